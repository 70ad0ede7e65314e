"""The demo's sessions: the same each time, with every kind of interaction and every outcome of the accounting."""

import json
import re
from collections import Counter
from itertools import pairwise

import pytest

from tradewind.demo import DemoShop
from tradewind.demo.chance import stream
from tradewind.demo.journeys import JourneyEvent, batches, make_journeys
from tradewind.demo.shop import SEED, UNTIL


@pytest.fixture(scope="module")
def events(shop: DemoShop) -> list[JourneyEvent]:
    return make_journeys(stream(SEED, "journeys"), shop.products, shop.shoppers, UNTIL)


def names(events: list[JourneyEvent]) -> Counter[str]:
    return Counter(str(event.get("event") or event["type"]) for event in events)


def test_the_same_seed_gives_the_same_events(shop: DemoShop, events: list[JourneyEvent]) -> None:
    again = make_journeys(stream(SEED, "journeys"), shop.products, shop.shoppers, UNTIL)
    assert json.dumps(again) == json.dumps(events)


def test_every_interaction_happens(events: list[JourneyEvent]) -> None:
    said = names(events)
    wanted = (
        "Products Searched",
        "Product List Viewed",
        "Product Clicked",
        "Product Viewed",
        "Product Added",
        "Product Removed",
        "Checkout Started",
        "Order Completed",
        "Order Refunded",
        "Product Reviewed",
    )
    assert [name for name in wanted if said[name] == 0] == []


def test_fewer_and_fewer_go_on_down_the_funnel(events: list[JourneyEvent]) -> None:
    said = names(events)
    steps = [said[name] for name in ("Product Viewed", "Product Added", "Checkout Started", "Order Completed")]
    assert all(fewer < more for more, fewer in pairwise(steps))


def test_a_repeated_message_id_carries_the_same_event(events: list[JourneyEvent]) -> None:
    contents = {(event["messageId"], json.dumps(event)) for event in events}
    repeats = len(events) - len({event["messageId"] for event in events})
    assert len(contents) == len(events) - repeats
    assert 20 <= repeats <= 120


def test_there_are_bots_and_sessions_without_consent(events: list[JourneyEvent]) -> None:
    assert sum("bot" in event["context"]["userAgent"].lower() for event in events) >= 20
    assert sum(event["context"].get("consent") is not None for event in events) >= 20


def test_everyone_is_marked_as_demo(events: list[JourneyEvent]) -> None:
    assert all(event["anonymousId"].startswith("demo-") for event in events)
    addresses = {event["traits"]["email"] for event in events if event["type"] == "identify"}
    assert all(re.fullmatch(r"[^@]+@example\.com", address) for address in addresses)


def test_products_are_those_that_the_sales_know(shop: DemoShop, events: list[JourneyEvent]) -> None:
    codes = {product.stock_code for product in shop.products}
    bought = [
        product["sku"]
        for event in events
        if event.get("event") == "Order Completed"
        for product in event["properties"]["products"]
    ]
    assert bought
    assert set(bought) <= codes


def test_shoppers_look_at_what_they_like(shop: DemoShop, events: list[JourneyEvent]) -> None:
    # Products of the shopper's favourite department; a shopper who looked at random would have 1 in 11 there.
    favourite = {shopper.customer_id: next(iter(shopper.tastes)) for shopper in shop.shoppers}
    seen = [
        event["properties"]["category"] == favourite[event["anonymousId"].removeprefix("demo-browser-")]
        for event in events
        if event.get("event") == "Product Viewed" and event["anonymousId"].startswith("demo-browser-")
    ]
    assert sum(seen) / len(seen) > 0.25


def test_batches_hold_all_events_in_order(events: list[JourneyEvent]) -> None:
    requests = list(batches(events))
    assert [event for request in requests for event in request] == events
    assert max(len(request) for request in requests) == 100


def test_what_a_search_found_carries_its_query_id_into_the_order(events: list[JourneyEvent]) -> None:
    searches = {
        event["properties"]["query_id"]: event["properties"]
        for event in events
        if event.get("event") == "Products Searched"
    }
    clicks = [event["properties"] for event in events if event.get("event") == "Product Clicked"]
    found = [click for click in clicks if "query_id" in click]
    lines = [
        line for event in events if event.get("event") == "Order Completed" for line in event["properties"]["products"]
    ]

    assert all(re.fullmatch("[0-9a-f]{32}", query_id) for query_id in searches)
    assert 0 < len(found) < len(clicks)  # the others came from a department
    for click in found:
        shown = {product["sku"]: product["position"] for product in searches[click["query_id"]]["products"]}
        assert shown[click["sku"]] == click["position"]
    assert {line["query_id"] for line in lines if "query_id" in line} <= searches.keys()
    assert any("query_id" in line for line in lines)
