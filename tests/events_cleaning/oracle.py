"""The cleaning again, slow and obvious: all raw rows at once, in plain Python."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.events_cleaning.shop import Raw
from tradewind.events.cleaning.ports import CleaningSettings
from tradewind.events.event import request_of

_RANK = {"kept": 0, "dropped": 1, "rejected": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must be in the lake; events by receipt, interactions as (receipt, line, sku, price)."""

    totals: Counter[str]
    settled: Counter[str]
    events: dict[str, dict[str, Any]]  # receipt -> shopper_id, session_id, session_source
    interactions: list[tuple[str, int, str | None, Decimal | None]]


def expect(rows: Sequence[Raw], settings: CleaningSettings) -> Expected:
    best: dict[str, Raw] = {}
    for row in sorted(rows, key=lambda row: _RANK[row["verdict"]]):
        best.setdefault(row["receipt"], row)
    kept = sorted(
        (row for row in best.values() if row["verdict"] == "kept"), key=lambda row: (row["received_at"], row["receipt"])
    )
    clean = [row for place, row in enumerate(kept) if not _repeats(row, kept[:place], settings)]
    totals = Counter(accepted=len(best), clean=len(clean), duplicate=len(kept) - len(clean))
    for row in best.values():
        if row["verdict"] == "dropped":
            totals[f"dropped {row['reason']}"] += 1
        elif row["verdict"] == "rejected":
            totals["rejected"] += 1
    shoppers = _links(kept)
    sessions = _sessions(clean, settings)
    return Expected(
        totals=totals,
        settled=Counter(request_of(receipt) for receipt in best),
        events={
            row["receipt"]: {
                "shopper_id": row.get("user_id") or shoppers.get(row.get("anonymous_id") or ""),
                "session_id": row.get("client_session_id") or sessions.get(row["receipt"]),
                "session_source": "client"
                if row.get("client_session_id")
                else "gap"
                if row["receipt"] in sessions
                else None,
            }
            for row in clean
        },
        interactions=sorted(line for row in clean if row.get("interaction") for line in _lines(row)),
    )


def _repeats(row: Raw, earlier: Sequence[Raw], settings: CleaningSettings) -> bool:
    oldest = row["received_at"] - timedelta(days=settings.duplicate_days)
    return any(other["event_id"] == row["event_id"] and other["received_at"] >= oldest for other in earlier)


def _links(kept: Sequence[Raw]) -> dict[str, str]:
    links: dict[str, str] = {}
    for row in kept:  # as they were received
        anonymous = {"identify": row.get("anonymous_id"), "alias": row.get("previous_id")}.get(row["type"])
        if anonymous and row.get("user_id"):
            links.setdefault(anonymous, row["user_id"])
    return links


def _sessions(clean: Sequence[Raw], settings: CleaningSettings) -> dict[str, str]:
    sessions: dict[str, str] = {}
    latest: dict[str, tuple[datetime, str]] = {}  # anonymous id -> when it was last seen, its session
    for row in sorted(clean, key=lambda row: row["occurred_at"]):
        anonymous = row.get("anonymous_id")
        if not anonymous or row.get("client_session_id"):
            continue
        at = row["occurred_at"]
        if anonymous in latest and at - latest[anonymous][0] < timedelta(minutes=settings.session_gap_minutes):
            session = latest[anonymous][1]
        else:
            session = session_id(anonymous, at)
        latest[anonymous] = (at, session)
        sessions[row["receipt"]] = session
    return sessions


def session_id(anonymous_id: str, start: datetime) -> str:
    since_1970 = start.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    text = f"{anonymous_id}{since_1970 // timedelta(microseconds=1)}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _lines(row: Raw) -> list[tuple[str, int, str | None, Decimal | None]]:
    products = row.get("products") or []
    if not products:
        return [(row["receipt"], 0, None, None)]
    return [
        (row["receipt"], product["line"], product["sku"], Decimal(product["price"]) if product["price"] else None)
        for product in products
    ]
