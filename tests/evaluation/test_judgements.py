"""Grades become gains."""

import numpy as np
import pytest

from tradewind.errors import InputError
from tradewind.evaluation.judgements import Judgement, drawn, judge, together


def test_the_lowest_grade_of_the_file_has_gain_0_and_the_highest_gain_1() -> None:
    judged = judge([Judgement("lamp", "a", 1), Judgement("lamp", "b", 3), Judgement("rug", "a", 4)])
    assert judged.gains == {"lamp": {"a": 0.0, "b": (3 - 1) / (4 - 1)}, "rug": {"a": 1.0}}
    assert (judged.lowest, judged.highest) == (1, 4)


def test_grades_may_be_negative_and_broken() -> None:
    judged = judge([Judgement("lamp", "a", -1), Judgement("lamp", "b", 0.5), Judgement("lamp", "c", 1)])
    assert judged.gains["lamp"] == {"a": 0.0, "b": 0.75, "c": 1.0}


def test_repeated_pairs_are_averaged_and_counted() -> None:
    rows = [Judgement("lamp", "a", 2), Judgement("lamp", "a", 4), Judgement("lamp", "b", 1), Judgement("lamp", "b", 1)]
    judged = judge(rows)
    assert judged.gains["lamp"] == {"a": ((2 + 4) / 2 - 1) / (4 - 1), "b": 0.0}
    assert (judged.rows, judged.repeated) == (4, 2)


def test_a_gain_of_two_thirds_is_relevant_and_one_below_is_not() -> None:
    judged = judge([Judgement("lamp", sku, grade) for sku, grade in (("a", 4), ("b", 3), ("c", 2.9), ("d", 1))])
    assert judged.relevant("lamp") == {"a", "b"}


def test_two_thirds_that_were_averaged_are_relevant_too() -> None:
    rows = [Judgement("lamp", "a", 0.1), Judgement("lamp", "b", 0.7), *[Judgement("lamp", "c", 0.5)] * 3]
    assert judge(rows).relevant("lamp") == {"b", "c"}


def test_a_file_with_one_grade_says_what_fits() -> None:
    assert judge([Judgement("lamp", "a", 1), Judgement("rug", "b", 1)]).gains == {"lamp": {"a": 1.0}, "rug": {"b": 1.0}}


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (Judgement(" ", "a", 1), "judgement 2 has no query"),
        (Judgement("lamp", "", 1), "judgement 2 has no sku"),
        (Judgement("lamp", "a", float("nan")), "judgement 2 has grade nan"),
    ],
)
def test_a_row_that_says_nothing_is_named(row: Judgement, named: str) -> None:
    with pytest.raises(InputError, match=named):
        judge([Judgement("lamp", "z", 1), row])


def test_no_rows_are_no_judgements() -> None:
    with pytest.raises(InputError, match="judgements no rows"):
        judge([])


def test_imported_judgements_and_clicks_keep_their_own_scales() -> None:
    imported = judge([Judgement("Red  Lamp", "a", 10), Judgement("Red  Lamp", "b", 0)])
    clicked = judge([Judgement("red lamp", "b", 3), Judgement("rug", "r", 3), Judgement("rug", "s", 0)])
    both = together(imported, clicked)
    assert both is not None
    assert both.gains == {"Red  Lamp": {"a": 1, "b": 0}, "rug": {"r": 1, "s": 0}}
    assert both.rows == 2 + 2
    assert together(imported, None) is imported
    assert together(None, clicked) is clicked
    assert together(None, None) is None


def test_drawn_queries_keep_their_order_and_gains() -> None:
    judged = judge([Judgement(str(number), "a", number) for number in range(50)])
    some = drawn(judged, 10, np.random.default_rng(3))
    assert len(some.queries) == 10
    assert list(some.queries) == sorted(some.queries, key=int)
    assert all(some.gains[query] == judged.gains[query] for query in some.queries)
    assert drawn(judged, 50, np.random.default_rng(3)) is judged
