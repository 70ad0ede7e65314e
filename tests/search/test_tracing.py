"""The event that a search leaves."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tradewind.catalog.settings import Weights
from tradewind.events.enrichment.raw_rows import Rules, row_of
from tradewind.events.event import Event, line_of, read_line
from tradewind.search.answer import Reading, SearchAnswer, Shown
from tradewind.search.plan import Hit, Outcome
from tradewind.search.request import SearchRequest
from tradewind.search.tracing import SHOWN_MOST, Searched, trace_of, traces_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUERY_ID = "0" * 32
RECEIPT = f"{7:032x}-0000"
RULES = Rules(consent_category="analytics", consent_required=False, shop_time_zone="Europe/London")


def searched(*skus: str, page: int = 0, offset: int | None = None, **request: Any) -> Searched:
    """Return a search of the second index version that showed these products, five to a page."""
    shown = tuple(Shown(hit=Hit(object_id=sku, record=b"{}"), record=b"{}") for sku in skus)
    answer = SearchAnswer(
        query_id=QUERY_ID,
        index="products",
        version="v2",
        shown=shown,
        outcome=Outcome(hits=(), count=42),
        reading=Reading(query="lamp"),
        page=page,
        hits_per_page=5,
        pages=9,
        offset=offset,
    )
    made = SearchRequest(**{"query": "lamp", **request})
    return Searched(
        request=made, answer=answer, engine="embedded", encoder="minilm-1", weights=Weights(), milliseconds=3
    )


def trace(search: Searched) -> Event:
    return trace_of(search, now=NOW, receipt=RECEIPT)


def told(search: Searched) -> dict[str, Any]:
    properties: dict[str, Any] = json.loads(bytes(trace(search).properties))
    return properties


def test_it_says_what_was_asked_of_which_version_and_what_was_shown_where() -> None:
    found = told(searched("A", "B", page=2, user_token="u-1", analytics_tags=("mobile",)))

    assert found["products"] == [{"sku": "A", "position": 2 * 5 + 1}, {"sku": "B", "position": 2 * 5 + 2}]
    wanted = {"query": "lamp", "query_id": QUERY_ID, "index": "products", "engine": "embedded", "version": "v2"}
    assert found.items() >= wanted.items()
    assert (found["encoder"], found["nb_hits"], found["page"], found["hits_per_page"]) == ("minilm-1", 42, 2, 5)
    assert (found["tags"], found["processing_ms"], found["lexical_only"]) == (["mobile"], 3, False)
    assert found["weights"]["rrf_k"] == 60


def test_positions_follow_the_offset_where_there_is_one() -> None:
    assert [each["position"] for each in told(searched("A", "B", page=3, offset=7))["products"]] == [8, 9]


def test_it_is_the_events_line_that_the_pipe_reads_and_its_row_is_a_search_with_products_and_query() -> None:
    event = read_line(line_of(trace(searched("A", user_token="u-1"))))

    row = row_of(event, RULES)

    assert (row["verdict"], row["interaction"], row["query_id"], row["source"]) == (
        "kept",
        "search",
        QUERY_ID,
        "search",
    )
    assert (row["anonymous_id"], row["user_id"], row["event_id"]) == ("u-1", None, f"query-{QUERY_ID}")
    assert [(each.sku, each.position) for each in row["products"] or ()] == [("A", 1)]
    assert row["occurred_at"] == row["received_at"] == "2026-03-01 12:00:00.000000"


def test_of_how_it_was_understood_it_says_what_is_not_as_typed() -> None:
    search = searched("A", query="lmp under 30")
    reading = Reading(
        query="lamp",
        corrections={"lmp": "lamp"},
        price_text="under 30",
        rules=("sale",),
        relaxed=True,
        lexical_only=True,
    )

    found = told(replace(search, answer=replace(search.answer, reading=reading)))

    assert (found["searched"], found["corrections"], found["price"]) == ("lamp", {"lmp": "lamp"}, "under 30")
    assert (found["rules"], found["relaxed"], found["lexical_only"]) == (["sale"], True, True)
    assert {"searched", "corrections", "price", "rules", "tags"}.isdisjoint(told(searched("A")))


def test_conditions_are_those_of_the_request_without_places_and_keys() -> None:
    raw = {
        "query": "lamp",
        "facetFilters": [["brand:Acme"]],
        "filters": "price < 30",
        "aroundLatLng": "51.5,-0.1",
        "userToken": "u",
    }
    assert json.loads(told(searched("A", raw=raw))["filters"]) == {
        "facetFilters": [["brand:Acme"]],
        "filters": "price < 30",
    }
    assert told(searched("A", raw={"filters": ""}))["filters"] is None


@pytest.mark.parametrize("token", [None, "", "has blank", "x" * 130, "a\nb"])
def test_a_user_token_that_is_none_stays_out(token: str | None) -> None:
    event = trace(searched("A", user_token=token))
    assert (event.anonymous_id, event.user_id) == (None, None)


def test_the_user_token_is_all_that_tells_of_the_shopper() -> None:
    line = line_of(trace(searched("A", user_token="u-1"))).decode()
    assert re.findall("u-1", line) == ["u-1"]
    assert json.loads(line).keys() == {
        *("receipt", "received_at", "occurred_at", "message_id", "type", "source", "name", "anonymous_id", "properties")
    }


def test_an_empty_query_leaves_a_trace_and_one_without_analytics_none() -> None:
    browse, silent, search = searched("A", query=""), searched("A", analytics=False), searched("A")

    events = traces_of([browse, silent, search], now=NOW, request_id=f"{7:032x}")

    assert [json.loads(bytes(event.properties))["query"] for event in events] == ["", "lamp"]
    assert [event.receipt for event in events] == [f"{7:032x}-0000", f"{7:032x}-0001"]


def test_a_page_of_a_thousand_is_cut() -> None:
    found = told(searched(*[f"sku{number}" for number in range(1000)]))
    assert [each["position"] for each in found["products"]] == list(range(1, SHOWN_MOST + 1))
