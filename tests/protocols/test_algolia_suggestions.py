"""Query suggestions, as autocomplete asks for them: an index that nobody has made."""

from typing import Any

import pytest

from tests.algolia_shop import ADMIN_KEY, SEARCH_KEY, AlgoliaShop
from tests.protocols.conftest import SHOES
from tests.protocols.test_algolia_keys import INDEX_NOT_ALLOWED, signed
from tradewind.catalog.definition import IndexDefinition
from tradewind.config import Search
from tradewind.key_rights import Rights
from tradewind.search.index import CatalogIndex
from tradewind.search.serving.access import Caller
from tradewind.search.serving.shop import SearchShop
from tradewind.search.serving.suggestion_index import asked_of

NAME = "shoes_query_suggestions"
QUERY = f"/1/indexes/{NAME}/query"


@pytest.fixture(params=["oracle", "embedded"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def suggested(shop: AlgoliaShop, typed: str, **more: Any) -> list[str]:
    return [hit["query"] for hit in shop.search(NAME, typed, **more)["hits"]]


def hit(query: str, marked: str, *, popularity: int, words: int) -> dict[str, Any]:
    """Return a suggestion in the shape that autocomplete reads."""
    shown = {"value": marked, "matchLevel": "full", "fullyHighlighted": False, "matchedWords": ["sh"]}
    told = {"objectID": query, "query": query, "popularity": popularity, "nb_words": words}
    return told | {"_highlightResult": {"query": shown}}


def test_an_answer_has_suggestions_in_place_of_products(shop: AlgoliaShop) -> None:
    requests = [
        {"indexName": NAME, "query": "sh", "hitsPerPage": 5, "clickAnalytics": True},
        {"indexName": "shoes", "query": "sh"},
    ]
    status, answer = shop.ask("POST", "/1/indexes/*/queries", {"requests": requests}, key=SEARCH_KEY)
    assert status == 200
    suggestions, products = answer["results"]
    assert products["nbHits"] == 2
    assert suggestions["hits"] == [
        hit("shoe", "<em>sh</em>oe", popularity=2, words=1),
        hit("Red shoe", "Red <em>sh</em>oe", popularity=1, words=2),
        hit("Blue running shoe", "Blue running <em>sh</em>oe", popularity=1, words=3),
    ]
    told = {name: suggestions[name] for name in ("nbHits", "page", "nbPages", "hitsPerPage", "query", "index")}
    assert told == {"nbHits": 3, "page": 0, "nbPages": 1, "hitsPerPage": 5, "query": "sh", "index": NAME}
    assert len(suggestions["queryID"]) == 32


def test_what_was_typed_is_completed_and_marked_as_the_request_says(shop: AlgoliaShop) -> None:
    (hit,) = shop.search(NAME, "red sh", highlightPreTag="[", highlightPostTag="]")["hits"]
    assert (hit["query"], hit["_highlightResult"]["query"]["value"]) == ("red shoe", "[red] [sh]oe")
    assert shop.search(NAME, "red sh", attributesToHighlight=[], attributesToRetrieve=["query"])["hits"] == [
        {"objectID": "red shoe", "query": "red shoe"}
    ]
    assert suggested(shop, "") == suggested(shop, "red ") == suggested(shop, "zzz") == []


def test_pages_of_suggestions_are_of_one_list(shop: AlgoliaShop) -> None:
    everything = suggested(shop, "sh")
    pages = [shop.search(NAME, "sh", hitsPerPage=2, page=page) for page in range(3)]
    assert [hit["query"] for page in pages for hit in page["hits"]] == everything
    assert {(page["nbHits"], page["nbPages"]) for page in pages} == {(3, 2)}
    by_offset = shop.search(NAME, "sh", offset=1, length=1)
    assert ([hit["query"] for hit in by_offset["hits"]], by_offset["length"]) == (everything[1:2], 1)


def test_suggestions_are_of_products_that_meet_the_conditions_of_request_and_key(shop: AlgoliaShop) -> None:
    assert suggested(shop, "re") == ["red", "Red shoe"]
    assert suggested(shop, "re", filters="brand:Acme") == []
    assert suggested(shop, "re", key=signed(filters="brand:Acme")) == []
    assert suggested(shop, "sh", key=signed(filters="brand:Acme")) == ["shoe", "Blue running shoe"]
    # A word of brands alone is told to those who may see all of them.
    assert suggested(shop, "umb") == ["umbrella"]
    assert suggested(shop, "umb", key=signed(filters="brand:Acme")) == []


def test_a_key_of_some_indexes_has_to_be_for_the_suggestions_and_for_their_index(shop: AlgoliaShop) -> None:
    for number, indexes in enumerate([("shoes*",), (NAME, "shoes"), ("*",)]):
        shop.keys.make(f"{number}" * 32, "custom", rights=Rights(acl=("search",), indexes=indexes))
        assert suggested(shop, "re", key=f"{number}" * 32) == ["red", "Red shoe"]
    for number, indexes in enumerate([("shoes",), (NAME,), ("shoes_*",)], start=3):
        shop.keys.make(f"{number}" * 32, "custom", rights=Rights(acl=("search",), indexes=indexes))
        assert shop.ask("POST", QUERY, {"query": "re"}, key=f"{number}" * 32) == INDEX_NOT_ALLOWED
    assert shop.ask("POST", QUERY, {}, key=signed(restrictIndices="shoes")) == INDEX_NOT_ALLOWED
    assert suggested(shop, "re", key=signed(restrictIndices="shoes*")) == ["red", "Red shoe"]


def test_a_key_says_how_many_are_shown_at_most(shop: AlgoliaShop) -> None:
    shop.keys.make("7" * 32, "custom", rights=Rights(acl=("search",), max_hits=1))
    assert suggested(shop, "sh", key="7" * 32) == suggested(shop, "sh", key="7" * 32, hitsPerPage=9) == ["shoe"]


def test_an_index_of_that_name_wins(shop: AlgoliaShop) -> None:
    shop.fill(NAME, [{"objectID": "own", "query": "sheer luck"}])
    assert shop.search(NAME, "sh")["hits"][0]["objectID"] == "own"


@pytest.mark.parametrize("name", ["hats_query_suggestions", f"{NAME}_query_suggestions", "_query_suggestions"])
def test_there_are_suggestions_of_indexes_that_exist(shop: AlgoliaShop, name: str) -> None:
    expected = (404, {"message": f"Index {name} does not exist", "status": 404})
    assert shop.ask("POST", f"/1/indexes/{name}/query", {"query": "sh"}) == expected


def test_suggestions_are_asked_for_and_nothing_else(shop: AlgoliaShop) -> None:
    unknown = (404, {"message": f"Index {NAME} does not exist", "status": 404})
    for method, path in (("POST", "browse"), ("POST", "facets/brand/query"), ("GET", "shoe"), ("GET", "settings")):
        body: Any = {} if method == "POST" else None
        assert shop.ask(method, f"/1/indexes/{NAME}/{path}", body, key=ADMIN_KEY) == unknown
    assert [item["name"] for item in shop.ask("GET", "/1/indexes")[1]["items"]] == ["shoes"]


def test_suggestions_are_neither_traced_nor_too_odd_to_be_answered(shop: AlgoliaShop) -> None:
    for typed in ("sh" * 10_000, "\x00\x1b[31m", "((", "𝔰𝔥", "under 30", "'" * 600):
        assert shop.search(NAME, typed)["query"] == typed
    assert shop.ask("POST", QUERY, {"query": "sh", "page": -1})[0] == 400
    assert shop.traces.searches == []


def test_hidden_attributes_are_not_suggested(shop: AlgoliaShop) -> None:
    shop.fill("shoes", SHOES, unretrievableAttributes=["brand"])
    assert suggested(shop, "umb") == []
    assert suggested(shop, "re") == ["red", "Red shoe"]


class CountedIndexes:
    """One index, in a store where it takes long to learn that another is not there."""

    def __init__(self, shop: AlgoliaShop) -> None:
        self._catalog = shop.catalog
        self.asked: list[str] = []

    def named(self, name: str) -> tuple[CatalogIndex, IndexDefinition]:
        self.asked.append(name)
        return self._catalog.named(name)


def test_it_is_not_looked_at_every_letter_whether_somebody_made_such_an_index(shop: AlgoliaShop) -> None:
    indexes, clock = CountedIndexes(shop), iter([0.0, 0.0, 1.9, 2.0, 2.0])
    reading = SearchShop(
        keys=shop.ring,
        indexes=indexes,
        encoder=lambda: None,
        traces=shop.traces,
        limits=Search(pointer_seconds=2.0),
        new_id=lambda: "0" * 32,
        clock=lambda: next(clock),
    )
    caller = Caller(record=shop.keys.list()[0])

    assert [asked_of(NAME, reading, caller).suggests for _ in range(2)] == [True, True]
    assert indexes.asked == [NAME, "shoes", "shoes"]
    shop.fill(NAME, [{"objectID": "own", "query": "sheer luck"}])
    assert not asked_of(NAME, reading, caller).suggests
