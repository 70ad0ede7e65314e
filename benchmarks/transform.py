"""Events of a browser through `transform_records`, base64 and JSON in and out, against parsing and writing alone."""

import base64
import json
import sys
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import msgspec
import orjson

from benchmarks.measure import Figure, alternate, figure, report
from tradewind.events.enrichment.firehose import Delivery, transform
from tradewind.events.enrichment.raw_rows import Rules
from tradewind.events.event import Event, line_of

EVENTS = 10_000
EVENTS_IN_A_RECORD = 20  # about 25 KB
USER_AGENTS = 400
GOAL = 20.0  # CPU µs an event: 50,000 a second and core

_RULES = Rules(consent_category="analytics", consent_required=False, shop_time_zone="Europe/London")
_NAMES = (
    "Product Viewed",
    "Product Viewed",
    "Product Clicked",
    "Products Searched",
    "Product Added",
    "Order Completed",
)
_REFERRERS = ("https://shop.example/c/lanterns", "https://www.google.com/", "https://l.facebook.com/l.php?u=x", "")
_ZONES = ("Europe/London", "Europe/London", "Europe/Berlin", "America/New_York", "Asia/Calcutta")


def figures() -> list[Figure]:
    """Return the figures, after making sure that every event has become a row."""
    batches = list(deliveries(Random(4)))
    kept = sum(transform(msgspec.convert(batch, Delivery), _RULES)[1]["kept"] for batch in batches)
    if kept != EVENTS:
        raise AssertionError(f"every event must be kept, got {kept} of {EVENTS}")
    cost = alternate({"ours": lambda: transformed(batches), "rival": lambda: parsed_and_written(batches)})
    ours, rival = (cost[side].cpu / EVENTS * 1e6 for side in ("ours", "rival"))
    size = sum(len(record["data"]) for batch in batches for record in batch["records"]) * 3 / 4 / EVENTS
    what = f"{EVENTS:,} events of {size:,.0f} bytes as analytics-next sends them, {USER_AGENTS} user agents"
    return [
        figure(
            "transform_records, an event",
            ours=ours,
            goal=GOAL,
            unit="CPU µs",
            how=f"{what}: {1e6 / ours:,.0f} events a second and core",
        ),
        figure(
            "transform_records to JSON alone",
            ours=ours,
            rival=rival,
            unit="CPU µs",
            how="the limit: base64 decoded, each line orjson.loads and orjson.dumps, base64 encoded",
        ),
    ]


def transformed(batches: Sequence[dict[str, Any]]) -> None:
    """Do what the handler does, but for the log line."""
    for batch in batches:
        msgspec.to_builtins(transform(msgspec.convert(batch, Delivery), _RULES)[0])


def parsed_and_written(batches: Sequence[dict[str, Any]]) -> None:
    for batch in batches:
        for record in batch["records"]:
            lines = msgspec.convert(record["data"], bytes).split(b"\n")
            msgspec.to_builtins(b"\n".join([orjson.dumps(orjson.loads(line)) for line in lines]))


def deliveries(rng: Random, *, records_in_a_delivery: int = 20) -> Iterator[dict[str, Any]]:
    """Yield deliveries of about half a megabyte, as Firehose sends them, with EVENTS events in all."""
    agents = [_user_agent(rng) for _ in range(USER_AGENTS)]
    records = [
        {
            "recordId": str(number),
            "approximateArrivalTimestamp": 1_795_272_719_012,
            "data": base64.b64encode(b"\n".join(_line(rng, agents) for _ in range(EVENTS_IN_A_RECORD))).decode(),
            "kinesisRecordMetadata": {"shardId": "shardId-000000000000", "sequenceNumber": str(number)},
        }
        for number in range(EVENTS // EVENTS_IN_A_RECORD)
    ]
    for first in range(0, len(records), records_in_a_delivery):
        yield {"records": records[first : first + records_in_a_delivery]}


def _line(rng: Random, agents: Sequence[str]) -> bytes:
    at = f"2026-11-21T{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
    path = f"/p/{rng.randrange(4000) + 20000}"
    return line_of(
        Event(
            receipt=f"{rng.getrandbits(128):032x}-{rng.randrange(100):04}",
            received_at=f"{at}.713001Z",
            occurred_at=f"{at}.412000Z",
            message_id=f"ajs-next-1795273083698-{rng.getrandbits(128):032x}",
            type="track",
            source="web",
            name=rng.choice(_NAMES),
            anonymous_id=f"{rng.getrandbits(128):032x}",
            country="GB",
            context=msgspec.Raw(json.dumps(_context(rng, agents, path), separators=(",", ":")).encode()),
            properties=msgspec.Raw(json.dumps(_properties(rng), separators=(",", ":")).encode()),
        )
    )


def _context(rng: Random, agents: Sequence[str], path: str) -> dict[str, Any]:
    brands = [{"brand": "Not;A=Brand", "version": "8"}, {"brand": "Chromium", "version": "150"}]
    return {
        "userAgent": rng.choice(agents),
        "locale": "en-GB",
        "timezone": rng.choice(_ZONES),
        "page": {
            "path": path,
            "referrer": rng.choice(_REFERRERS),
            "search": "",
            "title": "WHITE HANGING HEART T-LIGHT HOLDER",
            "url": f"https://shop.example{path}",
        },
        "userAgentData": {"brands": brands, "mobile": True, "platform": "Android"},
        "library": {"name": "analytics.js", "version": "next-1.84.3"},
        "ip": "203.0.113.0",
    }


def _properties(rng: Random) -> dict[str, Any]:
    return {
        "product_id": str(rng.randrange(4000) + 20000),
        "name": "WHITE HANGING HEART T-LIGHT HOLDER",
        "price": rng.randrange(2000) / 100,
        "quantity": rng.randrange(1, 12),
        "currency": "GBP",
        "position": rng.randrange(40),
        "query_id": f"{rng.getrandbits(128):032x}",
    }


def _user_agent(rng: Random) -> str:
    model = f"SM-{rng.choice('AGS')}{rng.randrange(100, 1000)}B"
    return (
        f"Mozilla/5.0 (Linux; Android {rng.randrange(9, 17)}; {model}) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{rng.randrange(90, 151)}.0.0.0 Mobile Safari/537.36"
    )


def main() -> int:
    return report("transform", figures())


if __name__ == "__main__":
    sys.exit(main())
