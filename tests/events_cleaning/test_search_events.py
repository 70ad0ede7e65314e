"""What comes of a search, from the wire to the views: traces, Insights and UBI, collected, transformed and cleaned."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.collector_cloud import KEY, NOW, STREAM, CollectorCloud, collector_cloud
from tests.events_cleaning.shop import Shop
from tests.search.test_tracing import searched
from tradewind.aws.event_stream import EventStream
from tradewind.aws.receipt_store import ReceiptStore
from tradewind.aws.search_traces import Traces
from tradewind.events.enrichment.raw_rows import Rules, StreamRecord, rows_of
from tradewind.lake import sql
from tradewind.lake.tables import VIEWS
from tradewind.personalization.activities import Consent, activity_of

QUERY_ID = "0" * 32  # of tests.search.test_tracing
RULES = Rules(consent_category="analytics", consent_required=False, shop_time_zone="Europe/London")
SHOPPER = {"index": "products", "userToken": "u-1", "queryID": QUERY_ID, "eventName": "Named"}


@pytest.fixture
def cloud() -> Iterator[CollectorCloud]:
    with collector_cloud() as made:
        yield made


def search(cloud: CollectorCloud) -> None:
    """Search for a lamp: A and B are shown."""
    receipts = ReceiptStore(cloud.dynamodb, "receipts")
    traces = Traces(EventStream(cloud.kinesis, STREAM), receipts, record_bytes=25_000, new_id=lambda: "f" * 32)
    assert traces.put([searched("A", "B", user_token="u-1")], cloud.now) == 1


def send(cloud: CollectorCloud, path: str, body: Any) -> None:
    cloud.now += timedelta(minutes=1)
    assert cloud.post(path, body, headers={"x-algolia-api-key": KEY})[0] == 200


def clean(cloud: CollectorCloud, folder: Path) -> Shop:
    """Return the lake after all that is in the stream was transformed and cleaned."""
    shop = Shop(folder)
    data = b"\n".join(record["Data"] for record in cloud.records())
    record = StreamRecord(name="shard:1", arrived_at=NOW, data=data)
    rows = [json.loads(row) for _, row in rows_of(record, RULES)]
    times = ("occurred_at", "received_at")
    shop.arrives([row | {name: datetime.fromisoformat(row[name]) for name in times} for row in rows])
    return shop


def ask(shop: Shop, query: str) -> list[tuple[Any, ...]]:
    con = duckdb.connect()
    for table in ("events", "interactions"):
        files = f"{shop.lake.folder}/clean/{table}/**/*.parquet"
        con.execute(f"create view {table} as from read_parquet('{files}', hive_partitioning = true)")
    for view in VIEWS:
        text = sql.read_sql(f"views/{view.name}.sql")
        if not any(other in text for other in ("sales", "_invoices", "raw_product_changes")):
            con.execute(f"create view {view.name} as {sql.transpile(text, 'duckdb')}")
    return con.execute(query).fetchall()


def test_clicks_and_purchases_of_insights_are_interactions_of_their_query(
    cloud: CollectorCloud, tmp_path: Path
) -> None:
    search(cloud)
    click = {**SHOPPER, "eventType": "click", "objectIDs": ["B"], "positions": [2]}
    send(cloud, "/1/events", {"events": [click]})
    data = [{"price": 2.5, "quantity": 4}]
    bought = {**SHOPPER, "eventType": "conversion", "eventSubtype": "purchase", "objectIDs": ["B"], "objectData": data}
    send(cloud, "/1/events", {"events": [{**bought, "currency": "GBP"}]})

    shop = clean(cloud, tmp_path)

    told = [
        (row["interaction"], row["line"], row["sku"], row["query_id"], row["position"]) for row in shop.interactions()
    ]
    assert told == [
        ("search", 0, None, QUERY_ID, None),
        ("click", 1, "B", QUERY_ID, 2),
        ("purchase", 1, "B", QUERY_ID, None),
    ]
    assert {row["session_id"] for row in shop.events()} != {None}
    assert len({row["session_id"] for row in shop.events()}) == 1
    assert ask(shop, "select query, index_name, sku, position, shown, clicked from search_clicks order by sku") == [
        ("lamp", "products", "A", 1, 1, 0),
        ("lamp", "products", "B", 2, 1, 1),
    ]
    assert ask(shop, "select query, currency, orders, units, revenue from revenue_by_query") == [
        ("lamp", "GBP", 1, 4, 4 * 2.5),
    ]


def test_a_query_that_its_client_tells_of_is_a_duplicate_of_the_trace_and_the_counts_agree(
    cloud: CollectorCloud, tmp_path: Path
) -> None:
    search(cloud)
    send(cloud, "/ubi_queries", [{"user_query": "Lamp!", "query_id": QUERY_ID, "client_id": "u-1"}])
    send(cloud, "/ubi_queries", [{"user_query": "elsewhere", "query_id": "other", "client_id": "u-1"}])
    event = {"action_name": "click", "query_id": QUERY_ID, "client_id": "u-1", "timestamp": "2026-03-01T12:03:00Z"}
    about = {"object": {"object_id": "A"}, "position": {"ordinal": 1}}
    send(cloud, "/ubi_events", [{**event, "event_attributes": about}])

    shop = clean(cloud, tmp_path)

    assert shop.totals == {"accepted": 4, "clean": 3, "duplicate": 1, "rejected": 0}
    assert sum(cloud.receipts().values()) == shop.totals["accepted"]
    assert ask(shop, "select query_id, user_query, query_response_hit_ids from ubi_queries order by timestamp") == [
        (QUERY_ID, "lamp", ["A", "B"]),
        ("other", "elsewhere", None),
    ]
    assert ask(shop, "select action_name, query_id, object_id, ordinal, client_id from ubi_events") == [
        ("click", QUERY_ID, "A", 1, "u-1"),
    ]
    assert ask(shop, "select searches from daily_events") == [(2,)]


def test_a_profile_remembers_that_somebody_searched_and_not_what_was_shown(cloud: CollectorCloud) -> None:
    search(cloud)

    activity = activity_of(cloud.event(), Consent(category="analytics", required=False))

    assert activity is not None
    assert [(each.interaction, each.sku, each.query_id) for each in activity.interactions] == [
        ("search", None, QUERY_ID)
    ]
