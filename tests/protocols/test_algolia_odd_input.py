"""What no client should send, to the embedded engine: each is answered, and what comes after it is answered too."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.algolia_shop import SEARCH_KEY, AlgoliaShop
from tests.protocols.conftest import SHOES

PATH = "/1/indexes/shoes"
QUERY = f"{PATH}/query"
ODD_TEXTS = [
    "shoe " * 4000,
    "x" * 20_000,
    "語" * 7000,
    "\x00\x07\x1b[2J\x7f",
    "\u202e\ufeff\u200d",
    "'",
    "🧦" * 300,
    "-1e999",
]


@pytest.fixture
def engine() -> str:
    return "embedded"


def is_well(shop: AlgoliaShop) -> bool:
    """Return whether the next shopper is answered as ever."""
    return sorted(shop.ids("shoes", "shoe")) == ["1", "2"]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_any_text_may_stand_where_a_text_is_asked_for(shop: AlgoliaShop, text: str) -> None:
    asked: list[tuple[str, str, Any]] = [
        ("POST", QUERY, {"query": text}),
        ("POST", QUERY, {"params": urlencode({"query": text})}),
        ("POST", QUERY, {"query": "shoe", "userToken": text, "analyticsTags": [text], "ruleContexts": [text]}),
        ("POST", QUERY, {"query": "shoe", "attributesToRetrieve": [text], "attributesToHighlight": [text]}),
        ("POST", QUERY, {"query": "shoe", "facets": [text], "restrictSearchableAttributes": [text]}),
        ("POST", QUERY, {"query": "shoe", "highlightPreTag": text, "snippetEllipsisText": text}),
        ("POST", QUERY, {"facetFilters": [f"brand:{text}"]}),
        ("POST", QUERY, {"facetFilters": [[f"{text}:{text}"]]}),
        ("POST", f"{PATH}/facets/brand/query", {"facetQuery": text}),
        ("POST", f"{PATH}/browse", {"query": text}),
        ("POST", "/1/indexes/*/objects", {"requests": [{"indexName": "shoes", "objectID": text}]}),
    ]
    for method, path, body in asked:
        status, answer = shop.ask(method, path, body)
        assert status == 200, (path, answer)
    in_address = shop.ask("GET", PATH, query=f"query={quote(text[:2000])}", key=SEARCH_KEY)
    assert in_address[0] == 200
    assert shop.ask("GET", f"{PATH}/{quote(text[:2000], safe='')}")[0] == 404
    assert is_well(shop)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("hitsPerPage", "many", "hitsPerPage 'many': must be"),
        ("hitsPerPage", -1, "hitsPerPage -1: must be a whole number, from 0 to 1000"),
        ("page", "-1", "page -1: must be a whole number, 0 or more"),
        ("page", 1.5, "page 1.5: must be"),
        ("facetFilters", "[[", "facetFilters '[[': must be"),
        ("numericFilters", '["price"]', "numericFilters"),
        ("aroundLatLng", "here", "aroundLatLng 'here': write latitude,longitude"),
        ("insideBoundingBox", "[[1,2,3]]", "insideBoundingBox"),
        ("typoTolerance", "perhaps", "typoTolerance 'perhaps': must be true or false"),
        ("distinct", "all", "distinct 'all': must be true, false"),
        ("attributesToSnippet", '["name:x"]', "attributesToSnippet 'name:x': write attribute:words"),
    ],
)
def test_a_wrong_value_is_named_in_both_forms(shop: AlgoliaShop, name: str, value: Any, message: str) -> None:
    flat = {name: json.loads(value) if str(value).startswith("[[1") or str(value).startswith('["') else value}
    for body in (flat, {"params": urlencode({name: value})}):
        status, answer = shop.ask("POST", QUERY, body)
        assert (status, answer["status"]) == (400, 400)
        assert answer["message"].startswith(message), answer["message"]
    assert is_well(shop)


@pytest.mark.parametrize("params", [5, ["query=shoe"], "query", "a=%zz%", "&&&", "query=%ff%fe", "a=1&" * 2000])
def test_params_that_cannot_be_read_are_refused_or_mean_nothing(shop: AlgoliaShop, params: Any) -> None:
    status, answer = shop.ask("POST", QUERY, {"params": params})
    assert status in (200, 400)
    assert status == 200 or answer["message"].startswith("params")
    assert is_well(shop)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ("brand:Acme AND OR price > 1", "at position 15 ('OR price > 1'): a condition like brand:Acme is missing"),
        ("price > ", "at position 8 (the end): price > needs a number"),
        ("brand:Acme)", "at position 10 (')'): no bracket is open"),
        ("(brand:Acme", "at position 11 (the end): a closing bracket is missing"),
        ("price:10 TO", "at position 11 (the end): the upper end of the range is missing"),
        ("brand:Acme OR (price > 1 AND tags:new)", "at position 14"),
        ("NOT " * 3000 + "brand:Acme", "filters"),
        (" OR ".join(f"brand:{number}" for number in range(20_000)), "filters"),
    ],
)
def test_a_wrong_filter_is_refused_with_its_position(shop: AlgoliaShop, filters: str, message: str) -> None:
    status, answer = shop.ask("POST", QUERY, {"filters": filters})
    assert status == 400
    assert answer["message"].startswith("filters")
    assert message in answer["message"], answer["message"]
    assert is_well(shop)


def test_a_page_beyond_everything_is_empty_at_once(shop: AlgoliaShop) -> None:
    for page in (3, 10**6, 2**53 - 1):
        answer = shop.search("shoes", page=page, hitsPerPage=1000)
        assert (answer["hits"], answer["nbHits"], answer["page"]) == ([], 3, page)
    for wrong in (2**53 + 1, 10**30):
        assert shop.ask("POST", QUERY, {"page": wrong})[0] == 400
    answer = shop.search("shoes", offset=2**53 - 1, length=1000)
    assert (answer["hits"], answer["nbHits"]) == ([], 3)


def test_records_of_any_shape_are_indexed_and_found(shop: AlgoliaShop) -> None:
    deep: Any = "bottom"
    for _ in range(100):
        deep = {"a": [deep]}
    odd = [
        {"objectID": "deep", "name": "deep shoe", "below": deep},
        {"objectID": "wide", "name": "wide shoe", **{f"attribute{number}": number for number in range(3000)}},
        {"objectID": "long", "name": "long shoe " + "x" * 90_000},
        {"objectID": "\x00\u202e", "name": "odd shoe \x00\x1b"},
        {"objectID": "types", "name": ["typed shoe", 5, None, True, {"x": []}], "brand": {"a": 1}, "price": "dear"},
        {"objectID": "numbers", "name": "counted shoe", "price": [1e308, -1e308, 0], "cost": 10**18},
        {"objectID": "geo", "name": "far shoe", "_geoloc": {"lat": "north", "lng": None}, "_tags": 5},
        {"objectID": "bare"},
    ]
    shop.fill("shoes", [*SHOES, *odd])

    facets = ["brand", "price", "tags"]
    for query in ("", "shoe", "deep", "xxxx", "5"):
        answer = shop.search("shoes", query, facets=facets, getRankingInfo=True, aroundLatLng="1,1", hitsPerPage=50)
        assert answer["nbHits"] == len(answer["hits"])
    assert {each["objectID"] for each in odd} <= set(shop.ids("shoes", hitsPerPage=50))
    assert set(shop.ids("shoes", "shoe", hitsPerPage=50)) == {"1", "2", *(each["objectID"] for each in odd[:-1])}
    assert shop.ids("shoes", filters="price > 1e300") == ["numbers"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": "Boot"}, "requests[0].body.objectID None"),
        ({"objectID": 1.5}, "requests[0].body.objectID 1.5"),
        ({"objectID": {"a": 1}}, "requests[0].body.objectID {'a': 1}"),
        ({"objectID": "9", "text": "x" * 100_000}, "requests[0].body of 1000"),
    ],
)
def test_a_record_that_cannot_be_put_changes_nothing_that_is_searched(
    shop: AlgoliaShop, body: dict[str, Any], message: str
) -> None:
    status, answer = shop.ask("POST", f"{PATH}/batch", {"requests": [{"action": "updateObject", "body": body}]})
    assert (status, answer["message"][: len(message)]) == (400, message)
    assert is_well(shop)


def test_a_batch_of_ten_thousand_is_searched_and_one_more_is_refused_whole(shop: AlgoliaShop) -> None:
    records = [{"objectID": str(number), "name": f"lamp {number % 7}"} for number in range(10_001)]
    requests = [{"action": "addObject", "body": record} for record in records]
    status, answer = shop.ask("POST", "/1/indexes/lamps/batch", {"requests": requests})
    assert (status, answer["message"]) == (400, "requests has 10001 entries: send at most 10000 at once")
    assert shop.ask("POST", "/1/indexes/lamps/query", {})[0] == 404

    assert shop.ask("POST", "/1/indexes/lamps/batch", {"requests": requests[:10_000]})[0] == 200

    # Every seventh from 0 on, of 0 to 9,999: 9,999 // 7 + 1.
    assert shop.search("lamps", "lamp 0")["nbHits"] == 1429
    assert shop.search("lamps", "")["nbHits"] == 10_000
