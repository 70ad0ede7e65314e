"""From a request to the page that is shown."""

import re
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.fake_encoder import BagOfWordsEncoder
from tests.search.oracle_index import OracleIndex
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import parse_settings
from tradewind.errors import InputError
from tradewind.search.answer import Highlighted, SearchAnswer
from tradewind.search.answering import answer
from tradewind.search.facet_search import FoundValue, search_facet
from tradewind.search.filters import FacetIs
from tradewind.search.request import SearchRequest
from tradewind.search.suggesting import suggest

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SHOE = {
    "objectID": "1",
    "name": "Red running shoes",
    "brand": "New Balance",
    "price": 25.50,
    "cost": 9,
    "on_sale": True,
    "tags": ["running", "road"],
    "maker": {"name": "Runner & Sons", "code": 7, "address": {"city": "Rome"}},
    "description": "Light shoes for long runs on wet roads.",
    "nothing": None,
}
GLOVES = {"objectID": "2", "name": "Garden gloves", "brand": "New Look", "price": 9}
MUG = {"objectID": "3", "name": "Red mug", "brand": "Acme", "price": 5}
SETTINGS: dict[str, Any] = {
    "searchableAttributes": ["name", "brand", "description", "maker"],
    "attributesForFaceting": ["searchable(brand)", "price"],
}


def index_of(records: list[dict[str, Any]], **changes: Any) -> OracleIndex:
    definition = IndexDefinition(settings=parse_settings({**SETTINGS, **changes}))
    return OracleIndex([StoredRecord(each["objectID"], orjson.dumps(each)) for each in records], definition)


def ask(index: OracleIndex, query: str = "", encoder: BagOfWordsEncoder | None = None, **request: Any) -> SearchAnswer:
    return answer(
        SearchRequest(query=query, **request),
        name="products",
        index=index,
        definition=index.definition,
        encoder=encoder,
        now=NOW,
        query_id="0" * 32,
    )


@pytest.fixture
def shop() -> OracleIndex:
    return index_of([SHOE, GLOVES, MUG])


def ids(answered: SearchAnswer) -> list[str]:
    return [each.hit.object_id for each in answered.shown]


# Pages.


def many(count: int) -> OracleIndex:
    return index_of([{"objectID": f"{number:03}"} for number in range(count)], paginationLimitedTo=20)


def test_pages_count_up_to_the_pagination_limit_and_end_there() -> None:
    index = many(25)
    first = ask(index, hits_per_page=8)
    assert (first.outcome.count, first.pages, first.page, first.hits_per_page) == (25, 3, 0, 8)  # ceil(20 / 8)
    assert len(ids(ask(index, hits_per_page=8, page=2))) == 4  # 20 - 16
    assert ids(ask(index, hits_per_page=8, page=3)) == []
    assert ask(index, hits_per_page=8, page=10**12).outcome.count == 25


def test_offset_and_length_stand_instead_of_pages() -> None:
    index = many(25)
    answered = ask(index, offset=3, length=2)
    assert ids(answered) == ["003", "004"]
    assert (answered.offset, answered.length) == (3, 2)
    assert len(ids(ask(index, offset=5))) == 15  # 20 hits a page, cut at the limit of 20
    assert ids(ask(index, offset=5, length=0)) == []


def test_no_hits_a_page_still_counts() -> None:
    answered = ask(many(3), hits_per_page=0)
    assert (ids(answered), answered.outcome.count, answered.pages) == ([], 3, 0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hits_per_page": 1001}, "hitsPerPage 1001: must be from 0 to 1000"),
        ({"page": -1}, "page -1: must be 0 or more"),
        ({"offset": -2}, "offset -2: must be 0 or more"),
        ({"length": 1001}, "length 1001: must be from 0 to 1000"),
    ],
)
def test_an_impossible_page_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        ask(many(1), **changes)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 30), st.integers(1, 9))
def test_pages_partition_the_hits(count: int, per_page: int) -> None:
    index = many(count)
    pages = ask(index, hits_per_page=per_page).pages
    seen = [each for page in range(pages) for each in ids(ask(index, hits_per_page=per_page, page=page))]
    assert seen == [f"{number:03}" for number in range(min(count, 20))]


# What is shown.


def test_a_record_of_which_nothing_is_cut_stays_byte_for_byte() -> None:
    body = b'{ "objectID":"1",  "name": "x", "price": 1.50 , "big": 1e2}'
    definition = IndexDefinition(settings=parse_settings({"unretrievableAttributes": ["cost"]}))
    index = OracleIndex([StoredRecord("1", body)], definition)
    assert ask(index).shown[0].record == body
    assert ask(index, retrieve=("*",)).shown[0].record == body
    assert ask(index, retrieve=("objectID", "name", "price", "big")).shown[0].record == body


@pytest.mark.parametrize(
    ("retrieve", "expected"),
    [
        ((), {"objectID": "1"}),
        (("name", "missing"), {"objectID": "1", "name": "Red running shoes"}),
        (("maker.address.city",), {"objectID": "1", "maker": {"address": {"city": "Rome"}}}),
        (("maker",), {"objectID": "1", "maker": SHOE["maker"]}),
        (("*", "-maker", "-description"), {k: v for k, v in SHOE.items() if k not in ("maker", "description")}),
        (("-maker.address",), SHOE | {"maker": {"name": "Runner & Sons", "code": 7}}),
    ],
)
def test_records_are_cut_to_what_is_asked_for(
    shop: OracleIndex, retrieve: tuple[str, ...], expected: dict[str, Any]
) -> None:
    shown = ask(shop, "running", retrieve=retrieve).shown[0]
    assert orjson.loads(shown.record) == expected


def test_what_must_not_be_retrieved_is_never_shown() -> None:
    index = index_of([SHOE], unretrievableAttributes=["cost", "maker.name"])
    for retrieve in (None, ("*",), ("cost", "maker")):
        shown = ask(index, "running", retrieve=retrieve, highlight=("*",), snippets={"maker": 3}).shown[0]
        record = orjson.loads(shown.record)
        assert "cost" not in record
        assert record["maker"] == {"code": 7, "address": {"city": "Rome"}}
        assert "cost" not in shown.highlights
        assert "name" not in shown.highlights["maker"]
        assert "name" not in shown.snippets["maker"]


def test_highlights_mirror_the_record(shop: OracleIndex) -> None:
    shown = ask(shop, "run", highlight=("*",)).shown[0]
    tree = shown.highlights
    assert tree["name"] == Highlighted(value="Red <em>run</em>ning shoes", match="full", words=("run",))
    assert tree["tags"] == [
        Highlighted(value="<em>run</em>ning", match="full", words=("run",)),
        Highlighted(value="road", match="none"),
    ]
    assert tree["maker"]["name"].value == "<em>Run</em>ner & Sons"  # nothing is escaped
    assert tree["maker"]["address"]["city"].match == "none"
    assert tree["price"].value == "25.5"
    assert tree["maker"]["code"].value == "7"
    assert {"objectID", "on_sale", "nothing"}.isdisjoint(tree)


def test_searched_attributes_are_highlighted_where_nothing_else_is_said(shop: OracleIndex) -> None:
    assert set(ask(shop, "run").shown[0].highlights) == {"name", "brand", "description", "maker"}
    assert ask(shop, "run", highlight=()).shown[0].highlights is None
    only = ask(shop, "run", highlight=("maker.name",), pre_tag="<b>", post_tag="</b>").shown[0].highlights
    assert only == {"maker": {"name": Highlighted(value="<b>Run</b>ner & Sons", match="full", words=("run",))}}
    restricted = ask(shop, "run", highlight=("tags",), restrict_highlight=True).shown[0].highlights
    assert [each.value for each in restricted["tags"]] == ["<em>run</em>ning"]


def test_snippets_are_cut_to_so_many_words(shop: OracleIndex) -> None:
    shown = ask(shop, "wet ", snippets={"description": 3}, snippet_ellipsis="...").shown[0]
    assert shown.snippets["description"].value == "...on <em>wet</em> roads."
    assert set(shown.snippets) == {"description"}


def test_ranking_info_says_where_the_words_stand(shop: OracleIndex) -> None:
    shown = ask(shop, "red shoes ", ranking_info=True).shown[0]
    # name: red at 0, shoes at 2: 2 words apart. The first match is in the first attribute, at its first word.
    assert (shown.first_matched, shown.proximity, shown.exact_words) == (0, 2, 2)
    shown = ask(shop, "wet roads ", ranking_info=True).shown[0]
    # description is attribute 2; "wet" is its word 6 (Light 0, shoes 1, for 2, long 3, runs 4, on 5).
    assert (shown.first_matched, shown.proximity) == (2006, 1)
    shown = ask(shop, "runing ", ranking_info=True).shown[0]
    assert (shown.hit.typos, shown.exact_words) == (1, 0)


def test_the_answer_says_that_words_were_relaxed(shop: OracleIndex) -> None:
    assert ask(shop, "red gloves ").reading.relaxed
    assert not ask(shop, "gloves ").reading.relaxed


# Facets and suggestions.


def facet(index: OracleIndex, query: str, attribute: str = "brand", **request: Any) -> tuple[FoundValue, ...]:
    limit = request.pop("limit", 10)
    return search_facet(
        SearchRequest(**request),
        attribute,
        query,
        limit=limit,
        index=index,
        definition=index.definition,
        encoder=None,
        now=NOW,
    )


def test_values_of_a_facet_are_found_by_the_beginnings_of_their_words(shop: OracleIndex) -> None:
    assert facet(shop, "new") == (
        FoundValue("New Balance", "<em>New</em> Balance", 1),
        FoundValue("New Look", "<em>New</em> Look", 1),
    )
    assert facet(shop, "ne ba") == (FoundValue("New Balance", "<em>Ne</em>w <em>Ba</em>lance", 1),)
    assert facet(shop, "ne ba", filter=FacetIs("brand", "Acme")) == ()
    assert len(facet(shop, "")) == 3
    assert len(facet(shop, "", limit=2)) == 2


def test_a_facet_that_is_not_searchable_is_refused_with_the_way_out(shop: OracleIndex) -> None:
    with pytest.raises(InputError, match=re.escape("facet 'price': add searchable(price) to attributesForFaceting")):
        facet(shop, "1", attribute="price")
    with pytest.raises(InputError, match="maxFacetHits 101"):
        facet(shop, "", limit=101)


def test_suggestions_complete_the_last_word_and_find_something(shop: OracleIndex) -> None:
    def suggested(typed: str) -> tuple[str, ...]:
        return tuple(each.query for each in suggest(typed, index=shop, definition=shop.definition, now=NOW))

    assert suggested("gar") == ("garden", "Garden gloves")
    assert suggested("red m") == ("red mug",)  # and not "Red mug" beside it
    assert suggested("red g") == ()  # nothing is both
    assert suggested("") == ()
    assert suggested("red ") == ()


def test_suggestions_say_how_many_products_they_were_found_in(shop: OracleIndex) -> None:
    def suggested(typed: str, **more: Any) -> tuple[tuple[str, int], ...]:
        return suggest(typed, index=shop, definition=shop.definition, now=NOW, **more)

    assert suggested("re") == (("red", 2), ("Red mug", 1), ("Red running shoes", 1))
    assert suggested("re", limit=1) == (("red", 2),)
    assert suggested("re", filter=FacetIs("brand", "Acme")) == (("red", 1), ("Red mug", 1))
    # A word of another brand: all words of the index are told where no condition holds.
    assert suggested("ac") == (("acme", 1),)
    assert suggested("ac", filter=FacetIs("brand", "New Look")) == ()


def test_suggestions_do_not_tell_what_is_hidden() -> None:
    records = [{"objectID": "1", "name": "Red mug", "supplier": "Redmond", "code": {"at": "redcliff"}}]
    changes: dict[str, Any] = {"searchableAttributes": ["name", "supplier", "code.at"]}

    def suggested(*hidden: str) -> set[str]:
        shop = index_of(records, **changes, unretrievableAttributes=list(hidden))
        return {each.query for each in suggest("re", index=shop, definition=shop.definition, now=NOW)}

    assert suggested() == {"red", "redmond", "redcliff", "Red mug"}
    assert suggested("supplier") == suggested("code") == {"red", "Red mug"}
    assert suggested("name") == set()


def test_where_no_attribute_is_known_to_be_the_name_all_texts_complete_a_word() -> None:
    records: list[dict[str, Any]] = [
        {"objectID": "1", "title": "Red mug", "note": "red and round", "secret": "red rum"},
        {"objectID": "2", "title": "Red rug", "note": ["red rug"]},
    ]
    shop = index_of(records, searchableAttributes=[], unretrievableAttributes=["secret"])

    suggested = suggest("red r", index=shop, definition=shop.definition, now=NOW)

    # "red" begins with r, too, but is there already; the rum is hidden.
    assert suggested == (("red round", 1), ("red rug", 1))
    # "and" stands in a text, and is nothing to look for.
    assert suggest("red a", index=shop, definition=shop.definition, now=NOW) == ()
