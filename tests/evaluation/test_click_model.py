"""Judgements from clicks."""

import numpy as np
import pytest

from tradewind.errors import InputError
from tradewind.evaluation.click_model import Least, Shown, TooFew, estimate, judgements_from_clicks

EXAMINATION = (1.0, 0.6, 0.4, 0.25)  # the truth that the clicks below were made from
ATTRACTION = {"a": 0.6, "b": 0.3, "c": 0.15, "d": 0.02}


def clicks(*, showings: int = 4000) -> list[Shown]:
    """Each product of each query at each rank, clicked exactly as often as the model expects."""
    return [
        Shown(query, sku, rank, showings, round(showings * seen * drawn))
        for query in ("lamp", "rug")
        for sku, drawn in ATTRACTION.items()
        for rank, seen in enumerate(EXAMINATION, start=1)
    ]


def test_examination_and_attraction_are_found_again() -> None:
    model = estimate(clicks())
    assert model.examination == pytest.approx(EXAMINATION, abs=0.01)
    for sku, drawn in ATTRACTION.items():
        assert model.attraction["lamp", sku] == pytest.approx(drawn, abs=0.01)


def test_a_product_shown_low_is_as_good_as_one_shown_high_with_more_clicks() -> None:
    rows = [*clicks(), Shown("rug", "low", 4, 4000, 600), Shown("rug", "high", 1, 4000, 2400)]
    model = estimate(rows)
    assert 4000 * 0.25 * 0.6 == 600
    assert 4000 * 1.0 * 0.6 == 2400
    assert model.attraction["rug", "low"] == pytest.approx(model.attraction["rug", "high"], abs=0.02)


def test_grades_are_relative_to_the_best_product_of_the_query() -> None:
    made = judgements_from_clicks(clicks())
    assert not isinstance(made, TooFew)
    grades = {each.sku: each.grade for each in made if each.query == "lamp"}
    # 3 x .6/.6, 3 x .3/.6 = 1.5 -> 2, 3 x .15/.6 = .75 -> 1, 3 x .02/.6 = .1 -> 0
    assert grades == {"a": 3, "b": pytest.approx(1.5, abs=0.5), "c": 1, "d": 0}


def test_too_few_events_say_how_many_are_missing() -> None:
    found = judgements_from_clicks([Shown("lamp", "a", 1, 800, 20)])
    assert found == TooFew(800, 20)
    assert str(found) == "needs 9,200 more products shown and 480 more clicks"
    assert str(TooFew(20_000, 499)) == "needs 1 more clicks"


def test_who_wants_less_says_so() -> None:
    few = [Shown("lamp", "a", 1, 800, 20)]
    assert str(judgements_from_clicks(few, Least(showings=900, clicks=20))) == "needs 100 more products shown"
    assert not isinstance(judgements_from_clicks(few, Least(showings=800, clicks=20)), TooFew)


def test_what_was_hardly_looked_at_gets_no_grade() -> None:
    made = judgements_from_clicks([*clicks(), Shown("lamp", "new", 4, 40, 10)])
    assert not isinstance(made, TooFew)
    assert 40 * 0.25 < 20
    assert "new" not in {each.sku for each in made}


def test_a_query_that_nobody_clicked_for_gets_no_grades() -> None:
    made = judgements_from_clicks([*clicks(), Shown("void", "a", 1, 5000, 0), Shown("void", "b", 2, 5000, 0)])
    assert not isinstance(made, TooFew)
    assert {each.query for each in made} == {"lamp", "rug"}


def test_noise_does_not_turn_the_order_round() -> None:
    random = np.random.default_rng(5)
    rows = [
        Shown(f"q{number}", sku, rank, 300, int(random.binomial(300, seen * drawn)))
        for number in range(20)
        for sku, drawn in ATTRACTION.items()
        for rank, seen in enumerate(EXAMINATION, start=1)
    ]
    model = estimate(rows)
    assert model.examination == pytest.approx(EXAMINATION, abs=0.05)
    for number in range(20):
        order = sorted(ATTRACTION, key=lambda sku: -model.attraction[f"q{number}", sku])
        assert order == list(ATTRACTION)


def test_ranks_where_nothing_was_shown_are_never_looked_at() -> None:
    model = estimate([Shown("lamp", "a", 1, 100, 50), Shown("lamp", "b", 3, 100, 10)])
    assert model.examination[1] == 0


@pytest.mark.parametrize("row", [Shown("q", "a", 0, 5, 1), Shown("q", "a", 1, 5, 6), Shown("q", "a", 1, -1, 0)])
def test_a_row_that_cannot_be_is_refused(row: Shown) -> None:
    with pytest.raises(InputError, match="clicks of a product"):
        judgements_from_clicks([row])
