"""Partial updates, by worked examples of each built-in operation."""

from typing import Any

import pytest

from tradewind.catalog.operations import updated
from tradewind.errors import InputError


def operation(name: str, value: Any) -> dict[str, Any]:
    return {"n": {"_operation": name, "value": value}}


@pytest.mark.parametrize(
    ("before", "name", "value", "after"),
    [
        (3, "Increment", 4, 7),
        (None, "Increment", 4, 4),
        (3, "Decrement", 4, -1),
        (1.5, "Increment", 1, 2.5),
        (["a"], "Add", "a", ["a", "a"]),
        (None, "Add", "a", ["a"]),
        (["a"], "AddUnique", "a", ["a"]),
        (["a"], "AddUnique", "b", ["a", "b"]),
        (["a", "b", "a"], "Remove", "a", ["b"]),
        ([1, True, 1.0], "Remove", 1, [True]),
        (None, "Remove", "a", []),
        (2, "IncrementFrom", 2, 3),
        (None, "IncrementFrom", 0, 1),
        (1, "IncrementSet", 5, 5),
        (None, "IncrementSet", 1, 1),
    ],
)
def test_an_operation_changes_its_attribute(before: Any, name: str, value: Any, after: Any) -> None:
    record = {"n": before, "other": "x"} if before is not None else {"other": "x"}
    assert updated(record, operation(name, value)) == {"other": "x", "n": after}


@pytest.mark.parametrize(
    ("before", "name", "value"),
    [(1, "IncrementFrom", 2), (None, "IncrementFrom", 2), (5, "IncrementSet", 5), (None, "IncrementSet", 0)],
)
def test_a_condition_that_does_not_hold_leaves_the_whole_record(before: Any, name: str, value: Any) -> None:
    assert updated({"n": before} if before is not None else None, {**operation(name, value), "other": 1}) is None


def test_other_attributes_are_replaced_whole_and_null_is_kept() -> None:
    assert updated({"a": {"x": 1}, "b": 2}, {"a": {"y": 2}, "c": None}) == {"a": {"y": 2}, "b": 2, "c": None}


@pytest.mark.parametrize(
    ("before", "change", "says"),
    [
        ("text", operation("Increment", 1), "n 'text'"),
        (True, operation("Increment", 1), "n True"),
        (1, operation("Add", "x"), "needs a list"),
        ([], operation("Add", {}), "n.value"),
        (1, operation("Double", 1), "Increment, Decrement"),
        (1, {"n": {"_operation": "Increment"}}, "n.value missing"),
        (1, operation("IncrementFrom", 1.5), "whole number"),
        (1, {"n": {"_operation": ["Add"], "value": 1}}, "n._operation"),
    ],
)
def test_an_operation_that_does_not_fit_is_refused_by_name(before: Any, change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        updated({"n": before}, change)
