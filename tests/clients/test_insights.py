"""search-insights as it comes from its registry, against the collector on a port of the loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.clients.browser import visit
from tests.clients.installed import HERE, need_node, run
from tests.collector_cloud import NOW, CollectorCloud, collector_cloud, http_event
from tradewind.events.collecting.collecting import collect
from tradewind.events.collecting.request import request_of
from tradewind.events.enrichment.raw_rows import RawRow, Rules, row_of

SEARCH_KEY = "5ea4c45ea4c45ea4c45ea4c45ea4c4aa"
QUERY_ID = "43b15df305339e827f0ac0bdc5ebcaa7"
RULES = Rules(consent_category="analytics", consent_required=False, shop_time_zone="Europe/London")
NAMED = {"index": "products"}
AFTER_SEARCH = {**NAMED, "queryID": QUERY_ID, "objectIDs": ["A", "B"]}
BOUGHT = {"price": 2, "quantity": 3, "queryID": QUERY_ID}

_CALLS: list[tuple[str, dict[str, Any]]] = [
    ("clickedObjectIDsAfterSearch", {**AFTER_SEARCH, "positions": [1, 2]}),
    ("clickedObjectIDs", {**NAMED, "objectIDs": ["A"]}),
    ("clickedFilters", {**NAMED, "filters": ["brand:Käse & Co"]}),
    ("viewedObjectIDs", {**NAMED, "objectIDs": ["A"]}),
    ("addedToCartObjectIDsAfterSearch", {**AFTER_SEARCH, "objectIDs": ["A"]}),
    ("purchasedObjectIDs", {**NAMED, "objectIDs": ["A"], "objectData": [BOUGHT], "currency": "EUR"}),
    ("convertedObjectIDsAfterSearch", AFTER_SEARCH),
]
# Each is called as its event is named: of a page's beacons one may overtake another.
CALLS: list[list[Any]] = [[method, {"eventName": method, **event}] for method, event in _CALLS]
INTERACTIONS = ["click", "click", None, "impression", "add_to_cart", "purchase", None]


@pytest.fixture
def shop() -> Iterator[CollectorCloud]:
    with collector_cloud() as cloud:
        cloud.add_key(SEARCH_KEY, kind={"S": "search"})
        yield cloud


@contextmanager
def served(shop: CollectorCloud) -> Iterator[str]:
    """Give the origin of an HTTP server that hands each request to the collector."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            event = http_event(self.command, path, body=body, query=query, headers=dict(self.headers.items()))
            answer = collect(request_of(event), shop.collector, NOW).answer
            self.send_response(answer.status)
            for name, value in {**answer.headers, "content-length": str(len(answer.body))}.items():
                self.send_header(name, value)
            # An HTTP API answers so, too: what a browser measures of its requests.
            self.send_header("timing-allow-origin", "*")
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = answer  # noqa: N815 - as http.server calls it

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def rows(shop: CollectorCloud) -> list[RawRow]:
    return [row_of(event, RULES) for event in shop.events()]


def job(origin: str, **more: Any) -> dict[str, Any]:
    return {"appId": "APP", "key": SEARCH_KEY, "host": origin, "origin": origin, "calls": CALLS, **more}


def expect_the_calls(shop: CollectorCloud) -> None:
    """Assert that each call of CALLS is stored as what it is."""
    order = [method for method, _ in _CALLS]
    found = sorted(rows(shop), key=lambda row: order.index(json.loads(row["properties"] or "")["event_name"]))
    assert [row["interaction"] for row in found] == INTERACTIONS
    click, purchase = found[0], found[5]
    assert click["query_id"] == QUERY_ID
    assert [(each.sku, each.position) for each in click["products"] or ()] == [("A", 1), ("B", 2)]
    assert (purchase["revenue"], purchase["currency"]) == ("6", "EUR")  # 3 x 2
    assert [each.query_id for each in purchase["products"] or ()] == [QUERY_ID]
    assert json.loads(found[2]["properties"] or "")["filters"] == ["brand:Käse & Co"]
    assert (len(shop.receipts()), shop.refused()) == (len(CALLS), 0)


def test_a_server_sends_every_kind_of_event_and_hears_that_each_was_sent(shop: CollectorCloud) -> None:
    need_node()
    with served(shop) as origin:
        told = run(["node", str(HERE / "insights_node.mjs")], job(origin, userToken="shopper-1"))

    assert told == {"sent": [True] * len(CALLS)}
    expect_the_calls(shop)
    assert {row["anonymous_id"] for row in rows(shop)} == {"shopper-1"}


def test_a_server_with_a_wrong_key_hears_that_nothing_was_sent(shop: CollectorCloud) -> None:
    need_node()
    with served(shop) as origin:
        told = run(["node", str(HERE / "insights_node.mjs")], job(origin, key="wrong", userToken="s", calls=CALLS[:1]))

    assert told == {"sent": [False]}
    assert shop.events() == []


def test_a_page_sends_beacons_with_the_token_of_its_cookie(shop: CollectorCloud) -> None:
    with served(shop) as origin:
        told = visit("search-insights", job(origin))

    assert told["sent"] == [True] * len(CALLS)
    expect_the_calls(shop)
    assert {row["anonymous_id"] for row in rows(shop)} == {told["userToken"]}
    assert {row["device_type"] for row in rows(shop)} == {"mobile"}
