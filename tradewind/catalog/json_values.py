"""Values of JSON that somebody sent, taken by type or refused by name."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.errors import InputError


def refuse(field: str, value: Any, way_out: str) -> InputError:
    """Return the error for a value that cannot be used."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return InputError(field, text if len(text) <= 80 else text[:77] + "...", way_out)


def text_of(raw: Mapping[str, Any], key: str, field: str | None = None) -> str | None:
    """Return a text, None where there is none. Raises: InputError."""
    value = raw.get(key)
    if value is not None and not isinstance(value, str):
        raise refuse(field or key, value, "must be a text")
    return value


def flag_of(raw: Mapping[str, Any], key: str, default: bool, field: str | None = None) -> bool:
    """Return a boolean. Raises: InputError."""
    value = raw.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise refuse(field or key, value, "must be true or false")
    return value


def whole_of(raw: Mapping[str, Any], key: str, default: int, low: int, high: int, field: str | None = None) -> int:
    """Return a whole number from `low` to `high`. Raises: InputError."""
    value = raw.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise refuse(field or key, value, f"must be a whole number from {low} to {high}")
    return value


def texts_of(raw: Mapping[str, Any], key: str, field: str | None = None) -> tuple[str, ...] | None:
    """Return a list of texts, one text as a list of it, None where there is none. Raises: InputError."""
    value = raw.get(key)
    if value is None:
        return None
    listed: Sequence[Any] = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise refuse(field or key, value, "must be a list of texts")
    return tuple(listed)


def object_of(raw: Mapping[str, Any], key: str, field: str | None = None) -> Mapping[str, Any]:
    """Return an object, an empty one where there is none. Raises: InputError."""
    value = raw.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise refuse(field or key, value, "must be an object")
    return value


def objects_of(raw: Mapping[str, Any], key: str, field: str | None = None) -> tuple[Mapping[str, Any], ...]:
    """Return a list of objects, empty where there is none. Raises: InputError."""
    value = raw.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise refuse(field or key, value, "must be a list of objects")
    return tuple(value)
