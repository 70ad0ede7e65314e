"""The items of the table of cleanings as values, and values as items."""

import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from tradewind.events.accounts import Accounts
from tradewind.events.cleaning.ports import Counts
from tradewind.events.settling.registry import Progress, RawObject, Span, State, Unswept

Item = Mapping[str, Any]

CHANGED: Final = "changed_"  # of a rebuild: what it added to a total
_TERMS = ("accepted", "clean", "duplicate", "rejected")
_DROPPED = "dropped_"
_SHELVES = 16  # sets of waiting objects: room for 50,000 keys


def shelf(key: str) -> str:
    """Return the id of the set in which the raw object `key` waits."""
    return f"waiting#{zlib.crc32(key.encode()) % _SHELVES}"


def shelves() -> Iterator[str]:
    return (f"waiting#{number}" for number in range(_SHELVES))


def object_id(key: str) -> str:
    return f"object#{key}"


def rebuild_item_id(rebuild_id: str) -> str:
    return f"rebuild#{rebuild_id}"


def item_key(name: str) -> dict[str, Any]:
    return {"id": {"S": name}}


def values(**values: object) -> dict[str, Any]:
    write = TypeSerializer().serialize
    return {f":{name}": write(value) for name, value in values.items()}


def written(fields: Mapping[str, object]) -> dict[str, Any]:
    write = TypeSerializer().serialize
    return {name: write(value) for name, value in fields.items() if value is not None}


def read_item(item: Item) -> dict[str, Any]:
    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in item.items()}


def state_in(item: Item | None) -> State:
    if item is None:
        return State()
    return State(
        version=int(item["version"]),
        phase=item["phase"],
        attempt=item.get("attempt"),
        unswept=tuple(Unswept(attempt, datetime.fromisoformat(at)) for attempt, at in item["unswept"]),
    )


def accounts_in(totals: Item) -> Accounts:
    dropped = {name.removeprefix(_DROPPED): int(totals[name]) for name in sorted(totals) if name.startswith(_DROPPED)}
    return Accounts(
        accepted=int(totals.get("accepted", 0)),
        clean=int(totals.get("clean", 0)),
        duplicate=int(totals.get("duplicate", 0)),
        rejected=int(totals.get("rejected", 0)),
        dropped_by_reason=dropped,
    )


def added_by(counts: Counts) -> dict[str, int]:
    """Return the attributes that `counts` change, with what to add."""
    added = {name: getattr(counts, name) for name in _TERMS}
    added |= {_DROPPED + reason: number for reason, number in counts.dropped.items()}
    return {name: number for name, number in added.items() if number}


def object_item(one: RawObject) -> dict[str, Any]:
    item: dict[str, Any] = {"id": object_id(one.key), "state": one.state, "at": one.at.isoformat()}
    if one.span is not None:
        item |= {"received": list(one.span.received), "occurred": one.span.occurred and list(one.span.occurred)}
    if one.message is not None:
        item["message"] = one.message
    return written(item)


def object_in(item: Item) -> RawObject:
    span = None
    if "received" in item:
        occurred = item.get("occurred")
        span = Span(received=tuple(item["received"]), occurred=tuple(occurred) if occurred else None)
    return RawObject(
        key=item["id"].removeprefix("object#"),
        state=item["state"],
        at=datetime.fromisoformat(item["at"]),
        span=span,
        message=item.get("message"),
    )


def progress_in(rebuild_id: str, item: Item) -> Progress:
    return Progress(
        rebuild_id=rebuild_id,
        first=item.get("first"),
        last=item.get("last"),
        state=item["state"],
        received_days=frozenset(item.get("received_days", ())),
        event_days=frozenset(item.get("event_days", ())),
        steps=len(item.get("days_done", ())),
        changed={name.removeprefix(CHANGED): int(item[name]) for name in sorted(item) if name.startswith(CHANGED)},
        message=item.get("message"),
    )
