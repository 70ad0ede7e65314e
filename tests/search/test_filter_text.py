"""Texts and lists of filters become trees, or errors that say where and why."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.errors import InputError
from tradewind.search.filter_lists import (
    parse_bounding_boxes,
    parse_facet_filters,
    parse_numeric_filters,
    parse_optional_filters,
    parse_polygons,
    parse_tag_filters,
)
from tradewind.search.filter_text import MAX_CHARACTERS, MAX_CONDITIONS, MAX_DEPTH, parse_filters
from tradewind.search.filters import (
    EVERYTHING,
    And,
    FacetIs,
    Filter,
    GeoBox,
    GeoCircle,
    GeoPolygon,
    Not,
    NumberIs,
    NumberWithin,
    Or,
)

ACME, RED = FacetIs("brand", "Acme"), FacetIs("color", "red")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", EVERYTHING),
        ("   ", EVERYTHING),
        ("brand:Acme", ACME),
        ("brand : Acme", ACME),
        ('brand:"Acme & Sons"', FacetIs("brand", "Acme & Sons")),
        ("'my brand':'it is \\'quoted\\''", FacetIs("my brand", "it is 'quoted'")),
        ('brand:"AND"', FacetIs("brand", "AND")),
        ("url:https://example.com:8080/a", FacetIs("url", "https://example.com:8080/a")),
        ("categories.lvl1:'A > B'", FacetIs("categories.lvl1", "A > B")),
        ("used", FacetIs("_tags", "used")),
        ("NOTEBOOK", FacetIs("_tags", "NOTEBOOK")),
        ("available:true", FacetIs("available", "true")),
        ("price<30", NumberIs("price", "<", 30.0)),
        ("price >= -1.5e1", NumberIs("price", ">=", -15.0)),
        ("price != 0", NumberIs("price", "!=", 0.0)),
        ("price:10 TO 20", NumberWithin("price", 10.0, 20.0)),
        ("price: -20 TO -10.5", NumberWithin("price", -20.0, -10.5)),
        ("brand:Acme<score=3>", FacetIs("brand", "Acme", 3)),
        ("NOT brand:Acme", Not(ACME)),
        ("((brand:Acme))", ACME),
        ("(brand:Acme AND color:red)", And((ACME, RED))),
        ("brand:Acme AND color:red", And((ACME, RED))),
        ("brand:Acme OR NOT color:red", Or((ACME, Not(RED)))),
        ("(brand:Acme OR color:red) AND price<30", And((Or((ACME, RED)), NumberIs("price", "<", 30.0)))),
        ("price<3 OR price:5 TO 6", Or((NumberIs("price", "<", 3.0), NumberWithin("price", 5.0, 6.0)))),
        ("brand:Acme OR (color:red OR color:blue)", Or((ACME, RED, FacetIs("color", "blue")))),
    ],
)
def test_a_text_becomes_a_tree(text: str, expected: Filter) -> None:
    assert parse_filters(text) == expected


def test_or_binds_closer_than_and() -> None:
    assert parse_filters("a:1 OR b:2 AND c:3") == And((Or((FacetIs("a", "1"), FacetIs("b", "2"))), FacetIs("c", "3")))


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("brand:", 6, "a value is missing after brand:"),
        ("brand:Acme AND", 14, "a condition like brand:Acme is missing"),
        ("brand:Acme color:red", 11, "AND or OR is missing before it"),
        ("brand:AND", 6, "put a keyword in quotes"),
        ("brand:'Acme", 6, "the closing ' is missing"),
        ("(brand:Acme", 11, "a closing bracket is missing"),
        ("brand:Acme)", 10, "no bracket is open"),
        ("price>cheap", 6, "price > needs a number"),
        ("price>1e999", 6, "the number is too large"),
        ("price:30 TO 10", 6, "the range is empty: 30 is above 10"),
        ("price:30 TO", 11, "the upper end of the range is missing"),
        ("NOT (brand:Acme)", 4, "NOT before a bracket is not possible"),
        ("(a:1 AND b:2) OR c:3", 17, "AND inside OR is not possible"),
        ("a:1 OR (b:2 AND c:3)", 7, "AND inside OR is not possible"),
        ("brand:Acme OR price<3", 14, "one OR cannot mix facets, numbers and tags"),
        ("brand:Acme OR used", 14, "one OR cannot mix facets, numbers and tags"),
        ("brand:Acme<score=x>", 10, "a score is a whole number"),
        ("''", 0, "a condition like brand:Acme is missing"),
    ],
)
def test_a_bad_text_is_refused_with_position_and_reason(text: str, position: int, reason: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_filters(text)
    assert refused.value.field == "filters"
    assert refused.value.value.startswith(f"at position {position} (")
    assert reason in refused.value.way_out


def test_what_is_too_long_too_deep_or_too_much_is_refused_by_its_limit() -> None:
    with pytest.raises(InputError, match=f"at most {MAX_CHARACTERS} are taken"):
        parse_filters("a" * (MAX_CHARACTERS + 1))
    with pytest.raises(InputError, match=f"at most {MAX_DEPTH} brackets"):
        parse_filters("(" * (MAX_DEPTH + 1) + "a:b" + ")" * (MAX_DEPTH + 1))
    with pytest.raises(InputError, match=f"at most {MAX_CONDITIONS} conditions"):
        parse_filters(" OR ".join(["a:b"] * (MAX_CONDITIONS + 1)))
    assert parse_filters("(" * MAX_DEPTH + "a:b" + ")" * MAX_DEPTH) == FacetIs("a", "b")


_PIECES = ["brand", ":", "Acme", " ", "AND", "OR", "NOT", "TO", "(", ")", "<", ">=", "!=", "10", "-3.5", "'", '"', "\\"]
_PIECES += ["<score=", "2>", "_tags", "é", "\x00", "\n", "1e999", "a.b"]


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(_PIECES), max_size=25).map("".join)))
def test_any_text_is_a_filter_or_an_input_error(text: str) -> None:
    with suppress(InputError):
        assert isinstance(parse_filters(text), And | Or | Not | FacetIs | NumberIs | NumberWithin)


_NAMES = st.text(min_size=1, max_size=12)
_FACETS = st.builds(FacetIs, _NAMES.filter(lambda name: name != "_tags"), _NAMES, st.integers(-9, 9))


@settings(max_examples=150)
@given(st.lists(st.lists(st.one_of(_FACETS, _FACETS.map(Not)), min_size=1, max_size=3), min_size=1, max_size=4))
def test_quoted_names_and_values_come_back_as_they_were(groups: list[list[FacetIs | Not]]) -> None:
    text = " AND ".join("(" + " OR ".join(map(_written, group)) + ")" for group in groups)
    parts = tuple(part for group in groups for part in [group[0] if len(group) == 1 else Or(tuple(group))])
    assert parse_filters(text) == (parts[0] if len(parts) == 1 else And(parts))


def _written(filter: FacetIs | Not) -> str:
    if isinstance(filter, Not):
        assert isinstance(filter.part, FacetIs)
        return "NOT " + _written(filter.part)
    return f"{_in_quotes(filter.attribute)}:{_in_quotes(filter.value)}<score={filter.score}>"


def _in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, EVERYTHING),
        ("", EVERYTHING),
        ([], EVERYTHING),
        ([[]], EVERYTHING),
        ("brand:Acme", ACME),
        ("brand:Acme, Inc", FacetIs("brand", "Acme, Inc")),
        (["brand:Acme", "color:red"], And((ACME, RED))),
        (["brand:Acme", ["color:red", "color:blue"]], And((ACME, Or((RED, FacetIs("color", "blue")))))),
        ('[["brand:Acme"]]', ACME),
        (["color:-red"], Not(RED)),
        (["size:\\-5"], FacetIs("size", "-5")),
        (["size:-\\-5"], Not(FacetIs("size", "-5"))),
        (["time:10:30"], FacetIs("time", "10:30")),
    ],
)
def test_facet_filters_join_by_and_outside_and_by_or_inside(raw: Any, expected: Filter) -> None:
    assert parse_facet_filters(raw) == expected


@pytest.mark.parametrize(
    "raw", [["brand"], ["brand:"], [":Acme"], [3], [[["brand:Acme"]]], {"a": 1}, "[broken", ["a:-"]]
)
def test_a_bad_facet_filter_is_refused_by_name(raw: Any) -> None:
    with pytest.raises(InputError, match=r"^facetFilters "):
        parse_facet_filters(raw)


def test_numeric_filters_are_comparisons_and_ranges() -> None:
    low, high = NumberIs("price", ">=", 10.0), NumberIs("price", "<", 20.0)
    assert parse_numeric_filters("price>=10,price < 20") == And((low, high))
    assert parse_numeric_filters(["price>=10", ["price < 20", "stock:1 TO 5"]]) == And(
        (low, Or((high, NumberWithin("stock", 1.0, 5.0))))
    )
    for bad in ("price", "price=", "price=much", "price:5 TO 1", "price:nan TO 1", "price=inf", [5]):
        with pytest.raises(InputError, match=r"^numericFilters "):
            parse_numeric_filters(bad)


def test_tag_filters_take_lists_and_the_text_form() -> None:
    sale, new, used = (FacetIs("_tags", tag) for tag in ("sale", "new", "used"))
    assert parse_tag_filters(["sale", ["new", "-used"]]) == And((sale, Or((new, Not(used)))))
    assert parse_tag_filters("sale,(new,-used)") == And((sale, Or((new, Not(used)))))
    assert parse_tag_filters("sale") == sale


def test_optional_filters_have_scores_and_may_be_negative() -> None:
    expected = (FacetIs("brand", "Acme", 2), Not(FacetIs("color", "red")))
    assert parse_optional_filters(["brand:Acme<score=2>", "color:-red"]) == expected
    assert parse_optional_filters([["brand:Acme<score=2>", "color:-red"]]) == expected
    assert parse_optional_filters("brand:Acme<score=2> OR NOT color:red") == expected
    with pytest.raises(InputError, match="only facets can be optional"):
        parse_optional_filters("price<3")


def test_a_bounding_box_is_the_narrower_way_between_its_corners() -> None:
    around_paris = GeoBox(north=49.0, west=2.0, south=48.0, east=3.0)
    assert parse_bounding_boxes([[49.0, 2.0, 48.0, 3.0]]) == around_paris
    assert parse_bounding_boxes("48,3,49,2") == around_paris
    # From 170 east to 170 west are 20 degrees over the date line, not 340 around the world.
    assert parse_bounding_boxes([10, -170, -10, 170]) == GeoBox(north=10.0, west=170.0, south=-10.0, east=-170.0)
    assert isinstance(parse_bounding_boxes([[1, 2, 3, 4], [5, 6, 7, 8]]), Or)


@pytest.mark.parametrize(
    "raw", [[1, 2, 3], [], "a,b,c,d", [[91, 0, 0, 0]], [[0, 0, 0, 181]], [[[1, 2, 3, 4]]], 5, [True] * 4]
)
def test_a_bad_box_is_refused(raw: Any) -> None:
    with pytest.raises(InputError, match=r"^insideBoundingBox "):
        parse_bounding_boxes(raw)


def test_polygons_are_lists_of_points_and_several_are_joined_by_or() -> None:
    triangle = GeoPolygon(((0.0, 0.0), (0.0, 4.0), (3.0, 2.0)))
    square = GeoPolygon(((5.0, 5.0), (5.0, 6.0), (6.0, 6.0), (6.0, 5.0)))
    assert parse_polygons([0, 0, 0, 4, 3, 2]) == triangle
    assert parse_polygons("0,0,0,4,3,2") == triangle
    assert parse_polygons("[[0, 0, 0, 4, 3, 2]]") == triangle
    assert parse_polygons([[0, 0, 0, 4, 3, 2], [5, 5, 5, 6, 6, 6, 6, 5]]) == Or((triangle, square))
    assert len(parse_polygons([[0, 0] * 5000, [1, 1] * 5000]).parts) == 2  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "raw",
    [
        *([], [1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7], "a,b,c,d,e,f", [[0, 0, 0, 4, 91, 2]], [[0, 0, 0, 181, 3, 2]]),
        *([[[[0, 0], [0, 4], [3, 2]]]], [[0, 0, 0, 4, 3, 2], []], 5, [True] * 6, "[0,", [0, 0] * 10_001),
    ],
)
def test_a_bad_polygon_is_refused(raw: Any) -> None:
    with pytest.raises(InputError, match=r"^insidePolygon "):
        parse_polygons(raw)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.sampled_from(_PIECES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(_JSON)
def test_any_json_is_filters_or_an_input_error(raw: Any) -> None:
    for parse in (parse_facet_filters, parse_numeric_filters, parse_tag_filters, parse_bounding_boxes):
        with suppress(InputError):
            assert isinstance(
                parse(raw), And | Or | Not | FacetIs | NumberIs | NumberWithin | GeoBox | GeoCircle | GeoPolygon
            )
    with suppress(InputError):
        assert isinstance(parse_polygons(raw), Or | GeoPolygon)
    with suppress(InputError):
        assert all(isinstance(each, FacetIs | Not) for each in parse_optional_filters(raw))
