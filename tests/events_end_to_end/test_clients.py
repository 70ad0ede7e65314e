"""The unmodified clients against the API, and what the lake says of their visits afterwards."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.clients import browser
from tests.clients.installed import NODE_CLIENTS, PYTHON_CLIENTS, play
from tests.clients.shopping import LONG_AGO, QUERY_ID, shopping
from tests.events_end_to_end.shop import Shop, gained, identity_holds

pytestmark = pytest.mark.cloud

# name of the way: (page, engine, options)
BROWSER_WAYS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "segment-browser in jsdom": ("segment-browser", "jsdom", {}),
    "segment-browser": ("segment-browser", "chromium", {}),
    "segment-browser in batches": ("segment-browser", "chromium", {"batching": True}),
    "rudder-browser": ("rudder-browser", "chromium", {}),
    "rudder-browser in batches": ("rudder-browser", "chromium", {"batch": True}),
    "rudder-browser by beacon": ("rudder-browser", "chromium", {"beacon": True}),
}
SERVER_WAYS = (*PYTHON_CLIENTS, *NODE_CLIENTS)
WAYS = (*SERVER_WAYS, *BROWSER_WAYS)
# RudderStack's browser client mints its own message ids, whatever it is given.
MINTS_ALL_IDS = tuple(way for way in WAYS if way.startswith("rudder-browser"))

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Visit:
    """What a client said of its visit, or why it could not be made."""

    id: str
    failed: list[str]
    trouble: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Visits:
    """The visits of all clients, and what their events have become."""

    by_way: dict[str, Visit]
    before: Row
    after: Row
    events: list[Row]
    interactions: list[Row]

    def made(self, way: str) -> str:
        """Return the id of a visit, or skip or fail as the visit did."""
        visit = self.by_way[way]
        if visit.trouble is not None:
            raise visit.trouble
        assert visit.failed == []
        return visit.id

    def events_of(self, visit: str) -> list[Row]:
        return [row for row in self.events if _belongs(row, visit)]


@pytest.fixture(scope="module")
def visits(shop: Shop) -> Visits:
    """Every client visits the shop; then one wait until the lake has all of it."""
    before = shop.settled()
    by_way = {way: _visit(shop, way) for way in WAYS}
    after = shop.settled()
    columns = (
        "event_id, type, name, interaction, to_iso8601(occurred_at) occurred_at, to_iso8601(received_at) received_at,"
        " shopper_id, user_id, anonymous_id, session_id, session_source, query_id, source, device_type, os, browser,"
        " country, locale, cardinality(products) products, order_id, revenue, currency, group_id, month"
    )
    events = shop.sql(f"select {columns} from events order by occurred_at, event_id")
    interactions = shop.sql("select * from interactions order by event_id, line")
    return Visits(by_way, before, after, events, interactions)


def _visit(shop: Shop, way: str) -> Visit:
    visit = f"{way.replace(' ', '-')}-{uuid.uuid4().hex[:8]}"
    job = {"origin": shop.api_url, "writeKey": shop.write_key, "calls": shopping(visit)}
    try:
        if way in SERVER_WAYS:
            return Visit(visit, play(way, job)["failed"])
        page, engine, options = BROWSER_WAYS[way]
        return Visit(visit, browser.visit(page, {**job, "options": options}, engine=engine)["failed"])
    except (Exception, pytest.skip.Exception, pytest.fail.Exception) as trouble:  # noqa: BLE001 (each test tells its own)
        return Visit(visit, [], trouble)


def _belongs(row: Row, visit: str) -> bool:
    return visit in (str(row["anonymous_id"]).removesuffix("-anonymous"), str(row["user_id"]).removesuffix("-shopper"))


@pytest.mark.parametrize("way", WAYS)
def test_every_call_of_a_client_is_one_event_under_its_canonical_name(visits: Visits, way: str) -> None:
    events = visits.events_of(visits.made(way))

    found = sorted((row["type"], row["name"] or "", row["interaction"] or "") for row in events)
    # The click is not among them: its consent was refused.
    assert found == [
        ("alias", "", ""),
        ("group", "", ""),
        ("identify", "", ""),
        ("page", "Lanterns", ""),
        ("track", "Order Completed", "purchase"),
        ("track", "Product Viewed", "view"),
        ("track", "Products Searched", "search"),
        ("track", "add_to_cart", "add_to_cart"),
        ("track", "purchase", "purchase"),
    ]
    assert len({row["event_id"] for row in events}) == 9
    assert {row["source"] for row in events} == {"web"}


@pytest.mark.parametrize("way", WAYS)
def test_the_time_that_a_client_gives_is_kept_to_the_second(visits: Visits, way: str) -> None:
    visit = visits.made(way)
    (order,) = [row for row in visits.events_of(visit) if row["name"] == "Order Completed"]

    # received - (sentAt - timestamp): off by as long as the request was on its way.
    assert abs(_moment(order["occurred_at"]) - LONG_AGO) < timedelta(seconds=30)
    assert order["month"] == _moment(order["occurred_at"]).strftime("%Y-%m")
    if way not in MINTS_ALL_IDS:
        assert order["event_id"] == f"{visit}-order"
    others = [row for row in visits.events_of(visit) if row is not order]
    assert all(abs(_moment(row["occurred_at"]) - _moment(row["received_at"])) < timedelta(minutes=2) for row in others)


@pytest.mark.parametrize("way", WAYS)
def test_products_orders_and_queries_are_read_from_both_dialects(visits: Visits, way: str) -> None:
    visit = visits.made(way)
    by_name = {row["name"]: row for row in visits.events_of(visit)}

    assert {name: (row["order_id"], float(row["revenue"])) for name, row in by_name.items() if row["order_id"]} == {
        "Order Completed": (f"{visit}-1", 22.08),
        "purchase": (f"{visit}-2", 15.3),
    }
    assert [by_name[name]["query_id"] for name in ("Products Searched", "Product Viewed")] == [QUERY_ID, QUERY_ID]
    assert by_name["Order Completed"]["products"] == 2
    lines = [
        (row["interaction"], row["line"], row["sku"], row["quantity"], float(row["price"] or 0), row["position"])
        for event in by_name.values()
        for row in visits.interactions
        if row["event_id"] == event["event_id"]
    ]
    assert sorted(lines, key=str) == sorted(
        [
            ("search", 0, None, None, 0.0, None),
            ("view", 1, "85123A", 6, 2.55, 3),
            ("add_to_cart", 1, "71053", 2, 3.39, None),
            ("purchase", 1, "85123A", 6, 2.55, None),
            ("purchase", 2, "71053", 2, 3.39, None),
            ("purchase", 1, "85123A", 6, 2.55, None),
        ],
        key=str,
    )


@pytest.mark.parametrize("way", WAYS)
def test_the_shopper_device_and_country_are_known(visits: Visits, way: str) -> None:
    visit = visits.made(way)
    events = visits.events_of(visit)

    if way == "segment-browser in jsdom":
        return  # jsdom's own user agent says what it is
    assert {row["device_type"] for row in events} == {"mobile"}
    assert {row["os"] for row in events} == {"iOS"}
    assert {row["country"] for row in events} == {"GB"}  # of the time zone
    identified = [row for row in events if row["type"] in ("identify", "group", "alias")]
    assert {row["shopper_id"] for row in identified} == {f"{visit}-shopper"}
    assert all(row["session_id"] for row in events if row["anonymous_id"])
    if way.startswith("rudder-browser"):
        assert {row["session_source"] for row in events} == {"client"}


def test_the_accounts_name_what_was_dropped(visits: Visits) -> None:
    made = sum(visit.trouble is None for visit in visits.by_way.values())

    assert identity_holds(visits.after), visits.after
    # Ten calls a visit: nine are in the lake, one had its consent refused.
    assert gained(
        visits.before, visits.after, ("accepted", "clean", "dropped", "duplicate", "rejected", "refused")
    ) == {
        "accepted": 10 * made,
        "clean": 9 * made,
        "dropped": made,
        "duplicate": 0,
        "rejected": 0,
        "refused": 0,
    }
    reasons = [counts["dropped_by_reason"].get("consent", 0) for counts in (visits.before, visits.after)]
    assert reasons[1] - reasons[0] == made


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=LONG_AGO.tzinfo)
