"""Rows of UBI as ubi.js posts them: one or a list of one, with the key in the base address."""

import json
from typing import Any

import pytest

from tests.collector_cloud import KEY, NOW_TEXT, CollectorCloud
from tradewind.events.enrichment.raw_rows import RawRow, Rules, row_of
from tradewind.events.event import query_message_id

RULES = Rules(consent_category="analytics", consent_required=False, shop_time_zone="Europe/London")

# As UbiEvent and UbiQuery of ubi.js make them.
EVENT = {
    "application": "shop",
    "action_name": "click",
    "query_id": "q1",
    "session_id": "s1",
    "client_id": "c1",
    "user_id": "",
    "timestamp": "2026-03-01T11:59:59.000Z",
    "message_type": "INFO",
    "message": "",
    "event_attributes": {
        "object": {"object_id": "A", "object_id_field": "objectID", "description": "a lamp", "name": "Lamp"},
        "position": {"ordinal": 3},
    },
}
QUERY = {
    "application": "shop",
    "query_id": "q1",
    "user_query": "lamp",
    "client_id": "c1",
    "object_id_field": "objectID",
    "timestamp": "2026-03-01T11:59:58.000Z",
    "message_type": "INFO",
    "message": "",
    "query_attributes": {"filters": ["brand"]},
}


def row(shop: CollectorCloud) -> RawRow:
    return row_of(shop.event(), RULES)


def told(shop: CollectorCloud) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(bytes(shop.event().properties))
    return sent


def test_a_click_is_one_on_the_product_at_its_place_after_its_query(shop: CollectorCloud) -> None:
    status, answer = shop.post("/ubi_events", [EVENT])

    assert (status, answer["errors"]) == (200, False)
    (item,) = answer["items"]
    assert (item["index"]["_index"], item["index"]["status"]) == ("ubi_events", 201)
    event, enriched = shop.event(), row(shop)
    assert (event.anonymous_id, event.user_id, event.name) == ("c1", None, "Product Clicked")
    assert event.occurred_at == "2026-03-01T11:59:59.000000Z"
    assert (enriched["interaction"], enriched["query_id"], enriched["client_session_id"]) == ("click", "q1", "s1")
    assert [(each.sku, each.name, each.position) for each in enriched["products"] or ()] == [("A", "Lamp", 3)]
    assert told(shop)["event_attributes"] == EVENT["event_attributes"]
    assert shop.receipts() == {f"{1:032x}": 1}


@pytest.mark.parametrize(
    ("action", "interaction"),
    [
        ("click", "click"),
        ("click_through", "click"),
        ("add_to_cart", "add_to_cart"),
        ("view", "view"),
        ("impression", "impression"),
        ("purchase", "purchase"),
        ("watch", None),
        ("Product Viewed", "view"),
        ("my own", None),
    ],
)
def test_each_action_is_its_interaction(shop: CollectorCloud, action: str, interaction: str | None) -> None:
    assert shop.post("/ubi_events", EVENT | {"action_name": action})[0] == 200
    assert row(shop)["interaction"] == interaction
    assert told(shop)["action_name"] == action


def test_a_purchase_has_its_price_from_the_object_or_its_detail(shop: CollectorCloud) -> None:
    thing = {"object_id": 7, "quantity": 2, "object_detail": {"price": 1.25, "currency": "EUR", "quantity": 9}}
    bought = {"object": thing, "order_id": "o1"}

    assert shop.post("/ubi_events", EVENT | {"action_name": "purchase", "event_attributes": bought})[0] == 200

    assert (row(shop)["order_id"], row(shop)["revenue"]) == ("o1", "2.5")  # 2 x 1.25
    assert [(each.sku, each.currency) for each in row(shop)["products"] or ()] == [("7", "EUR")]


def test_an_object_that_is_no_product_is_none(shop: CollectorCloud) -> None:
    post = {"object": {"object_id": "p1", "object_id_type": "post"}}
    assert shop.post("/ubi_events", EVENT | {"event_attributes": post})[0] == 200
    assert "products" not in row(shop) or row(shop)["products"] is None


def test_a_query_is_a_search_and_its_hits_are_what_was_shown(shop: CollectorCloud) -> None:
    hits = {"query_response_id": "r1", "query_response_hit_ids": ["B", 5]}

    status, answer = shop.post("/ubi_queries", [QUERY | hits])

    assert (status, answer["query_id"], answer["items"][0]["index"]["query_id"]) == (200, "q1", "q1")
    enriched = row(shop)
    assert (enriched["interaction"], enriched["query_id"]) == ("search", "q1")
    assert [(each.sku, each.position) for each in enriched["products"] or ()] == [("B", 1), ("5", 2)]
    assert (told(shop)["query"], told(shop)["query_response_id"]) == ("lamp", "r1")


def test_a_query_that_found_nothing_says_so(shop: CollectorCloud) -> None:
    assert shop.post("/ubi_queries", QUERY | {"query_response_hit_ids": []})[0] == 200
    assert told(shop)["nb_hits"] == 0


def test_a_query_without_an_id_gets_one(shop: CollectorCloud) -> None:
    status, answer = shop.post("/ubi_queries", {**QUERY, "query_id": None})

    assert (status, len(answer["query_id"])) == (200, 32)
    assert row(shop)["query_id"] == answer["query_id"]


def test_a_query_has_the_id_that_a_trace_of_it_has_so_that_it_counts_once(shop: CollectorCloud) -> None:
    long = "q" * 100
    for query_id in ("q1", long):
        assert shop.post("/ubi_queries", QUERY | {"query_id": query_id})[0] == 200
    assert shop.post("/ubi_events", EVENT | {"action_name": "search"})[0] == 200

    ids = [event.message_id for event in shop.events()]
    assert ids == ["query-q1", query_message_id(long), "query-q1"]
    assert max(map(len, ids)) <= 100


@pytest.mark.parametrize(
    ("path", "headers", "key"),
    [
        (f"/ubi/{KEY}/ubi_events", {}, None),
        (f"/s1/ubi/{KEY}/ubi_events", {}, None),
        ("/ubi_events", {"x-algolia-api-key": KEY}, None),
        ("/ubi_events", {}, KEY),
    ],
)
def test_the_key_may_be_in_the_base_address(
    shop: CollectorCloud, path: str, headers: dict[str, str], key: str | None
) -> None:
    assert shop.post(path, [EVENT], headers=headers, key=key)[0] == 200


def test_without_a_key_nothing_is_taken(shop: CollectorCloud) -> None:
    status, answer = shop.post("/ubi_events", [EVENT], key=None)
    assert (status, answer["error"]["type"], answer["status"]) == (401, "no_key", 401)


@pytest.mark.parametrize(
    ("path", "bad", "code"),
    [
        ("/ubi_events", EVENT | {"action_name": None}, "wrong_type"),
        ("/ubi_events", EVENT | {"action_name": ""}, "no_event_name"),
        ("/ubi_events", EVENT | {"action_name": "x" * 101}, "wrong_type"),
        ("/ubi_events", EVENT | {"timestamp": None}, "wrong_type"),
        ("/ubi_events", EVENT | {"timestamp": "yesterday"}, "wrong_value"),
        ("/ubi_events", EVENT | {"message": "x" * 1025}, "wrong_type"),
        ("/ubi_events", EVENT | {"query_id": "x" * 101}, "wrong_type"),
        ("/ubi_events", EVENT | {"client_id": None}, "no_id"),
        ("/ubi_events", EVENT | {"event_attributes": []}, "wrong_type"),
        ("/ubi_events", 5, "not_an_object"),
        ("/ubi_queries", {**QUERY, "user_query": None}, "wrong_type"),
        ("/ubi_queries", QUERY | {"query_response_hit_ids": [{}]}, "wrong_type"),
        ("/ubi_queries", QUERY | {"query_attributes": "x"}, "wrong_type"),
    ],
)
def test_a_bad_row_is_refused_by_name_and_the_good_one_beside_it_kept(
    shop: CollectorCloud, path: str, bad: Any, code: str
) -> None:
    good = EVENT if path == "/ubi_events" else QUERY

    status, answer = shop.post(path, [bad, good])

    assert (status, answer["errors"], len(shop.events()), shop.refused()) == (200, True, 1, 1)
    assert [item["index"]["status"] for item in answer["items"]] == [400, 201]
    assert answer["items"][0]["index"]["error"]["type"] == code
    status, answer = shop.post(path, [bad])
    assert (status, answer["error"]["type"], bool(answer["error"]["reason"])) == (400, code, True)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"'])
def test_a_body_without_rows_is_refused(shop: CollectorCloud, body: bytes) -> None:
    status, answer = shop.post("/ubi_events", body)
    assert (status, bool(answer["error"]["reason"])) == (400, True)


def test_a_query_without_a_time_is_of_now(shop: CollectorCloud) -> None:
    assert shop.post("/ubi_queries", {**QUERY, "timestamp": None})[0] == 200
    assert shop.event().occurred_at == NOW_TEXT
