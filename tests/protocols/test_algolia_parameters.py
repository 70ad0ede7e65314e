"""Parameters in both wire forms."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.errors import InputError
from tradewind.protocols.algolia.parameters import packed, parameters_of, unpacked
from tradewind.protocols.algolia.search_requests import search_request
from tradewind.protocols.algolia.table import PARAMETERS, ignored_of
from tradewind.search.filters import And, FacetIs, GeoCircle, NumberIs
from tradewind.search.request import Around

GIVEN: dict[str, Any] = {
    "query": "50% off & more",
    "facets": ["brand", "categories.lvl0"],
    "facetFilters": [["brand:Acme", "brand:Hooli"], "color:-red"],
    "hitsPerPage": 8,
    "page": 2,
    "clickAnalytics": True,
    "attributesToSnippet": ["description:20"],
    "distinct": True,
}


def as_v4(parameters: dict[str, Any]) -> str:
    """Return parameters as algoliasearch 4 writes them, independently of our code."""
    return urlencode(
        {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    )


def test_both_forms_and_a_mix_of_them_say_the_same() -> None:
    first = dict(list(GIVEN.items())[:4])
    rest = dict(list(GIVEN.items())[4:])

    assert parameters_of(GIVEN) == GIVEN
    assert parameters_of({"params": as_v4(GIVEN)}) == GIVEN
    assert parameters_of({"indexName": "shoes", "params": as_v4(first), **rest}) == GIVEN


def test_what_stands_beside_params_wins() -> None:
    assert parameters_of({"params": "query=old&page=1", "query": "new"}) == {"query": "new", "page": 1}


def test_null_is_as_if_it_were_not_sent() -> None:
    assert parameters_of({"query": None, "facets": None}) == {}


def test_one_text_is_a_list_of_one() -> None:
    assert parameters_of({"facets": "brand"})["facets"] == ["brand"]
    assert unpacked("facets=brand,price")["facets"] == ["brand", "price"]
    assert unpacked("facets=*")["facets"] == ["*"]


def test_numbers_and_flags_may_come_as_text() -> None:
    assert parameters_of({"hitsPerPage": "8", "page": 1.0, "synonyms": "false"}) == {
        "hitsPerPage": 8,
        "page": 1,
        "synonyms": False,
    }


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"hitsPerPage": "many"}, "hitsPerPage 'many': must be a whole number"),
        ({"hitsPerPage": 1.5}, "hitsPerPage 1.5: must be a whole number"),
        ({"page": True}, "page True: must be a whole number"),
        ({"query": ["shoe"]}, r"query \['shoe'\]: must be a text"),
        ({"facets": [1]}, r"facets \[1\]: must be a list of texts"),
        ({"clickAnalytics": "perhaps"}, "clickAnalytics 'perhaps': must be true or false"),
        ({"params": {"query": "shoe"}}, "params .*: must be URL-encoded text"),
        ({"params": "just words"}, "params 'just words': must be URL-encoded name=value pairs"),
        ({"params": "facets=%5B%22brand"}, "facets .*: must be JSON"),
        ({"params": "query=%ff"}, "params .*: must be URL-encoded"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_value_and_the_way_out(sent: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        parameters_of(sent)


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"page": -1}, "page -1: must be a whole number, 0 or more"),
        ({"hitsPerPage": 1001}, "hitsPerPage 1001: must be a whole number, from 0 to 1000"),
        ({"queryType": "prefix"}, "queryType 'prefix': choose one of prefixLast"),
        ({"aroundLatLng": "north"}, "aroundLatLng 'north': write latitude,longitude"),
        ({"aroundLatLng": "91,0"}, "aroundLatLng '91,0': write latitude,longitude"),
        ({"aroundLatLng": "1,1", "aroundRadius": "far"}, "aroundRadius 'far': must be a whole number of metres"),
        ({"attributesToSnippet": ["name:many"]}, "attributesToSnippet 'name:many': write attribute:words"),
        ({"distinct": -1}, "distinct -1: must be true, false, or a whole number"),
        ({"typoTolerance": "maybe"}, "typoTolerance 'maybe': must be true or false"),
        ({"filters": "price >"}, "filters"),
    ],
)
def test_a_value_out_of_bounds_is_named(sent: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        search_request(parameters_of(sent))


def test_parameters_become_a_request() -> None:
    request = search_request(parameters_of({**GIVEN, "filters": "price > 3", "typoTolerance": "min"}))

    assert (request.query, request.page, request.hits_per_page, request.distinct) == ("50% off & more", 2, 8, 1)
    assert request.facets == ("brand", "categories.lvl0")
    assert request.snippets == {"description": 20}
    assert (request.typo_tolerance, request.click_analytics) == (True, True)
    assert isinstance(request.filter, And)
    assert NumberIs("price", ">", 3) in request.filter.parts


def test_a_point_with_a_radius_is_a_condition_too() -> None:
    request = search_request(parameters_of({"aroundLatLng": "51.5, -0.12", "aroundRadius": 500}))

    assert request.around == Around(51.5, -0.12, 500.0)
    assert request.filter == GeoCircle(51.5, -0.12, 500.0)
    assert search_request({"aroundLatLng": "51.5,-0.12", "aroundRadius": "all"}).filter == And(())


def test_what_a_key_demands_holds_beside_the_request_and_for_pins() -> None:
    demanded = FacetIs("brand", "Acme")

    request = search_request({"filters": "brand:Umbrella"}, enforced=demanded, max_hits=5)

    assert request.filter == And((FacetIs("brand", "Umbrella"), demanded))
    assert request.filter_pins
    assert not search_request({}).filter_pins
    assert request.hits_per_page is None  # of the index, and no more than 5: see the shop
    assert search_request({"hitsPerPage": 100}, max_hits=5).hits_per_page == 5


def test_unknown_and_ignored_parameters_are_told_apart_from_others() -> None:
    assert ignored_of(["query", "explain", "colour", "indexName", "params"]) == ("colour", "explain")


def test_an_echo_can_be_read_again() -> None:
    assert unpacked(packed(GIVEN)) == GIVEN


texts = st.text(max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from([*PARAMETERS, "params", "unknown"])


def refusal_of(read: Callable[[], Any]) -> InputError | None:
    """Return why something cannot be read, None where it can; any other exception is a fault."""
    try:
        read()
    except InputError as error:
        return error
    return None


@given(st.dictionaries(names, values, max_size=6))
@settings(max_examples=300, deadline=None)
def test_whatever_is_sent_is_understood_or_refused_by_name(sent: dict[str, Any]) -> None:
    refusal = refusal_of(lambda: search_request(parameters_of(sent)))
    assert refusal is None or (refusal.field and refusal.way_out)


@given(st.lists(st.tuples(names, texts), max_size=6), texts)
@settings(max_examples=300, deadline=None)
def test_whatever_stands_in_params_is_understood_or_refused_by_name(pairs: list[tuple[str, str]], junk: str) -> None:
    encoded = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    for text in (encoded, junk, f"{encoded}&{junk}"):
        refusal = refusal_of(lambda text=text: search_request(unpacked(text)))  # type: ignore[misc]
        assert refusal is None or (refusal.field and refusal.way_out)
