"""What of a query is said of the price, and what is not."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.search.filters import Filter, NumberIs, NumberWithin
from tradewind.search.understanding.prices import price_phrases, without


def is_(operator: str, number: float) -> Filter:
    return NumberIs("price", operator, number)  # type: ignore[arg-type]


def within(low: float, high: float) -> Filter:
    return NumberWithin("price", low, high)


@pytest.mark.parametrize(
    ("query", "expected", "rest"),
    [
        ("gift for a gardener under 30", is_("<", 30), "gift for a gardener"),
        ("under 30 gift", is_("<", 30), "gift"),
        ("lamp below £29.99", is_("<", 29.99), "lamp"),
        ("lamp less than $50", is_("<", 50), "lamp"),
        ("cheaper than 15 euros", is_("<", 15), ""),
        ("Under 1,000 sofa", is_("<", 1000), "sofa"),
        ("under 30,50€ lamp", is_("<", 30.5), "lamp"),
        ("under 30 in red", is_("<", 30), "in red"),
        ("lamp over £20", is_(">", 20), "lamp"),
        ("lamp more than 20 pounds", is_(">", 20), "lamp"),
        ("up to 100 lamp", is_("<=", 100), "lamp"),
        ("lamp max 40", is_("<=", 40), "lamp"),
        ("lamp at most 40", is_("<=", 40), "lamp"),
        ("budget of 40 lamp", is_("<=", 40), "lamp"),
        ("lamp at least 40", is_(">=", 40), "lamp"),
        ("lamp from £40", is_(">=", 40), "lamp"),
        ("€30 or less", is_("<=", 30), ""),
        ("mug 30 or under", is_("<=", 30), "mug"),
        ("£20+ mug", is_(">=", 20), "mug"),
        ("hat between 10 and 20", within(10, 20), "hat"),
        ("hat between £20 and £10", within(10, 20), "hat"),
        ("hat between £10-£20", within(10, 20), "hat"),
        ("£20-£30 hat", within(20, 30), "hat"),
        ("hat 20-30 pounds", within(20, 30), "hat"),
        ("hat $20 to $30", within(20, 30), "hat"),
        ("hat from 20 to 30 dollars", within(20, 30), "hat"),
    ],
)
def test_a_price_phrase_becomes_a_filter_and_leaves_the_words(query: str, expected: Filter, rest: str) -> None:
    phrases = price_phrases(query)
    assert [phrase.on("price") for phrase in phrases] == [expected]
    assert without(query, phrases).strip() == rest


@pytest.mark.parametrize(
    "query",
    [
        "vase under 30 cm",
        "ssd over 500 gb",
        "hose under 50ft",
        "hose 50 ft",
        "shelf under 30 in",
        "shelf under 30 in wide",
        "tv up to 50 inch",
        "tent up to 4 people",
        "box 20-30 cm",
        "box 20-30",
        "box between 20 and 30 litres",
        "toys for kids under 5",
        "toys ages 3 to 5",
        "nike air max 90",
        "iphone 15 pro max 256",
        "over the door hook",
        "under armour 30",
        "less than 5 stars",
        "under 5%",
        "under 30 x 40 frame",
        "sizes from 3",
        "lamp 30",
        "",
    ],
)
def test_sizes_ages_and_names_are_no_prices(query: str) -> None:
    assert price_phrases(query) == []


def test_two_phrases_hold_both() -> None:
    query = "shoes over 20 under 30"
    phrases = price_phrases(query)
    assert [phrase.on("price") for phrase in phrases] == [is_(">", 20), is_("<", 30)]
    assert without(query, phrases).strip() == "shoes"


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(["under", "over", "between", "and", "to", "-", "£", "30", "1,5", "cm", "max", "or less", "x"]),
        max_size=9,
    ).map(" ".join)
)
def test_phrases_lie_in_the_query_and_never_over_each_other(query: str) -> None:
    phrases = price_phrases(query)
    for one, other in pairwise(phrases):
        assert one.end <= other.start
    for phrase in phrases:
        assert 0 <= phrase.start < phrase.end <= len(query)
        assert any(letter.isdigit() for letter in query[phrase.start : phrase.end])
        assert phrase.low <= phrase.high
