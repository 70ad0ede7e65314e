"""Partial updates: which record follows from a record and the attributes that a client sends.

First-level attributes are replaced whole, or changed by one of Algolia's built-in operations,
{"_operation": "Increment", "value": 1}.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tradewind.errors import InputError

_NAMES = "Increment, Decrement, Add, AddUnique, Remove, IncrementFrom, IncrementSet"


class _IgnoredError(Exception):
    """A condition of the update does not hold: the record stays as it is."""


def updated(record: Mapping[str, Any] | None, changes: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the record with `changes`, None where an IncrementFrom or IncrementSet says to leave it.

    `record` None: there is none yet, operations begin from 0 and from an empty list.
    Raises: InputError for an unknown operation or one that does not fit the attribute's value.
    """
    after = dict(record or {})
    try:
        for attribute, change in changes.items():
            after[attribute] = _value(attribute, after.get(attribute), change)
    except _IgnoredError:
        return None
    return after


def is_operation(change: Any) -> bool:
    return isinstance(change, Mapping) and "_operation" in change


def _value(attribute: str, before: Any, change: Any) -> Any:
    if not is_operation(change):
        return change
    name = change["_operation"]
    operation = _OPERATIONS.get(name) if isinstance(name, str) else None
    if operation is None:
        raise InputError(f"{attribute}._operation", repr(name), f"choose one of {_NAMES}")
    if "value" not in change:
        raise InputError(f"{attribute}.value", "missing", f"{name} needs a value")
    return operation(attribute, before, change["value"])


def _increment(attribute: str, before: Any, by: Any) -> int | float:
    return _number(attribute, before) + _number(f"{attribute}.value", by)


def _decrement(attribute: str, before: Any, by: Any) -> int | float:
    return _number(attribute, before) - _number(f"{attribute}.value", by)


def _increment_from(attribute: str, before: Any, expected: Any) -> int | float:
    """One more, only where the value is the expected one (a record that is not there has 0)."""
    number = _number(attribute, before)
    if number != _whole(f"{attribute}.value", expected):
        raise _IgnoredError
    return number + 1


def _increment_set(attribute: str, before: Any, wanted: Any) -> int | float:
    """The wanted value, only where it is above the value there is (a record that is not there has 0)."""
    if _whole(f"{attribute}.value", wanted) <= _number(attribute, before):
        raise _IgnoredError
    return int(wanted)


def _add(attribute: str, before: Any, element: Any) -> list[Any]:
    return [*_elements(attribute, before), _element(attribute, element)]


def _add_unique(attribute: str, before: Any, element: Any) -> list[Any]:
    there = _elements(attribute, before)
    return there if any(_same(each, element) for each in there) else [*there, _element(attribute, element)]


def _remove(attribute: str, before: Any, element: Any) -> list[Any]:
    _element(attribute, element)
    return [each for each in _elements(attribute, before) if not _same(each, element)]


_OPERATIONS: Mapping[str, Callable[[str, Any, Any], Any]] = {
    "Increment": _increment,
    "Decrement": _decrement,
    "Add": _add,
    "AddUnique": _add_unique,
    "Remove": _remove,
    "IncrementFrom": _increment_from,
    "IncrementSet": _increment_set,
}


def _number(field: str, value: Any) -> int | float:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(field, f"{value!r:.60}", "this operation needs a number there")
    return value


def _whole(field: str, value: Any) -> int:
    number = _number(field, value)
    if number != int(number):
        raise InputError(field, repr(value), "give a whole number")
    return int(number)


def _elements(attribute: str, value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise InputError(attribute, f"{value!r:.60}", "this operation needs a list there")
    return list(value)


def _element(attribute: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{attribute}.value", f"{value!r:.60}", "give a text or a number")
    return value


def _same(one: Any, other: Any) -> bool:
    """Return whether two elements are equal; true is not 1."""
    return type(one) is not bool and one == other
