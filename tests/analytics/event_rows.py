"""Events in a lake, by way of the real transform and cleaning, and what one cleaning had before it."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from msgspec import Raw as Json

from tests.analytics.engines import CLEANING_RELATIONS
from tests.events_cleaning.shop import SETTINGS, Raw, Shop
from tradewind.demo.chance import stream
from tradewind.demo.journeys import JourneyEvent, make_journeys
from tradewind.demo.products import make_products
from tradewind.demo.shop import SEED, UNTIL
from tradewind.demo.shoppers import make_shoppers
from tradewind.events.cleaning import judging
from tradewind.events.cleaning.cleaning import gather_added, opened
from tradewind.events.cleaning.days import Days
from tradewind.events.cleaning.linking import find_links, know_links
from tradewind.events.enrichment.raw_rows import Rules, StreamRecord, rows_of
from tradewind.events.event import Event, lines_of, receipt_of

RULES = Rules(consent_category="analytics", consent_required=False, shop_time_zone="Europe/London")
RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 100


def demo_events() -> list[JourneyEvent]:
    """Return what `make up` sends."""
    products, shoppers = make_products(stream(SEED, "products")), make_shoppers(stream(SEED, "shoppers"))
    return make_journeys(stream(SEED, "journeys"), products, shoppers, UNTIL)


def designed_events() -> list[JourneyEvent]:
    """Return the events of a day on which everything happens that the demo leaves out."""
    lamp, mug = {"sku": "10001", "price": 1.5, "quantity": 4}, {"sku": "20002", "price": 0.255, "quantity": 2}
    track: list[tuple[str, dict[str, object]]] = [
        ("Order Completed", {"order_id": "twice", "revenue": 6.51, "products": [lamp, mug]}),
        ("Order Completed", {"order_id": "twice", "revenue": 6.51, "products": [lamp, mug]}),
        ("Order Refunded", {"order_id": "twice", "products": [{"sku": "20002", "quantity": 1}]}),
        ("Order Completed", {"order_id": "by line", "revenue": 6, "products": [lamp]}),
        ("Order Completed", {"order_id": "by line", "revenue": 0.51, "products": [mug]}),
        ("Order Refunded", {"order_id": "by line", "revenue": 100}),
        ("Order Completed", {"order_id": "huge", "revenue": 999_999_999_999_999, "products": [lamp]}),
        ("Order Completed", {"order_id": "huge", "revenue": 999_999_999_999_998, "products": [lamp]}),
        ("Order Completed", {"order_id": "many", "products": [{"sku": "10001", "quantity": 2**63 - 1}] * 2}),
        ("Order Completed", {"order_id": "bare"}),
        ("Order Completed", {"revenue": 5}),
        ("Order Refunded", {"order_id": "never", "revenue": 5}),
        ("Products Searched", {"query": "LÅMP"}),
        ("search", {"search_term": "lamp"}),
        *_searches(),
        ("Something Else", {"x": None}),
    ]
    events: list[JourneyEvent] = [{"type": "track", "event": name, "properties": sent} for name, sent in track]
    events.append({"type": "screen", "name": "Start"})
    events.append({"type": "page", "name": "Nowhere"})
    for number, event in enumerate(events):
        event |= {
            "anonymousId": f"designed-{number % 2}",
            "messageId": f"designed-{number}",
            "timestamp": f"2025-12-10T10:00:{number // 3:02d}.{number % 3}99Z",  # three in a second
            "context": {"sessionId": 7} if number % 5 == 0 else {},
        }
    return events


def _searches() -> list[tuple[str, dict[str, object]]]:
    """Return searches as the search API traces them, one that a client tells of as well, and what came of them."""
    lamps = [{"sku": "10001", "position": 1}, {"sku": 'quo"te\\', "position": 2}]
    trace = {"engine": "embedded", "index": "products", "page": 0, "filters": None}
    found = trace | {"query_id": "q1", "query": "Red  Lamp ", "searched": "red lamp", "nb_hits": 2, "products": lamps}
    clicked = [{"sku": "10001", "position": 1}]
    return [
        ("Products Searched", trace | {"query_id": "q0", "query": "red la", "nb_hits": 2, "products": lamps}),
        ("Products Searched", found),
        ("Products Searched", {"query_id": "q1", "query": "told again", "application": "page"}),
        ("Products Searched", trace | {"query_id": "q2", "query": "kayak", "nb_hits": 0, "filters": "{}"}),
        ("Products Searched", {"query": {"text": "an object"}}),
        ("Product Clicked", {"query_id": "q1", "products": clicked, "message": "m"}),
        ("Order Completed", {"order_id": "after search", "revenue": 6, "products": [{"sku": "10001", "price": 1.5}]}),
        ("Order Completed", {"query_id": "q1", "products": [{"sku": "20002", "price": 0.255, "quantity": 2}]}),
    ]


def raw_rows(sent: Sequence[JourneyEvent]) -> list[Raw]:
    """Return the rows of raw_events that transform_records makes of events that were sent in requests of a hundred."""
    record = StreamRecord(name="shard:1", arrived_at=RECEIVED, data=lines_of(list(_collected(sent))))
    return [_typed(json.loads(row)) for _, row in rows_of(record, RULES)]


def _collected(sent: Sequence[JourneyEvent]) -> Iterable[Event]:
    for number, event in enumerate(sent):
        request, index = divmod(number, _BATCH)
        received = RECEIVED + timedelta(seconds=request)
        yield Event(
            receipt=receipt_of(f"{request:032x}", index),
            received_at=received.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            occurred_at=event["timestamp"].replace("Z", "000Z"),
            message_id=event["messageId"],
            type=event["type"],
            source="demo",
            name=event.get("event") or event.get("name"),
            user_id=event.get("userId"),
            anonymous_id=event["anonymousId"],
            context=_json(event["context"]),
            properties=_json(event.get("properties", {})),
            traits=_json(event.get("traits", {})),
        )


def _json(value: object) -> Json:
    return Json(json.dumps(value).encode())


def _typed(row: dict[str, Any]) -> Raw:
    times = {name: datetime.fromisoformat(row[name]) for name in ("occurred_at", "received_at") if row.get(name)}
    return row | times


def keep_what_cleaning_reads(shop: Shop, raw_file: Path, into: Path) -> None:
    """Write CLEANING_RELATIONS as they are while `raw_file` is cleaned into the shop's lake: of its busiest day, where
    there is a choice.
    """
    with opened([raw_file], SETTINGS, into / "work") as con:
        received = judging.find_arrived(con)
        judging.open_seen(con, judging.days_around(received, before=7, after=7), shop.lake)
        judging.judge(con)
        links = find_links(con, "select raw_file, raw_row from judged where event_day is not null")
        con.execute("create temp table displaced as from judged where raw_file is null")
        gather_added(con, "select raw_file, raw_row, event_day from judged where outcome = 'clean'")
        know_links(con, links, shop.identities)
        ((day,),) = con.execute("select mode(event_day) from added_events").fetchall()
        Days(con, shop.lake, SETTINGS, into / "made").make([day])
        for name, columns in CLEANING_RELATIONS.items():
            _write(con, name, [column.name for column in columns], into / name)


def _write(con: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    con.execute(f"copy (select {', '.join(columns)} from {name}) to '{folder}/00000.parquet' (format parquet)")
