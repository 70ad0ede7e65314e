"""Messages on the queue of raw events: what they ask for."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from tradewind.lake import layout


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a message: its id is the same for each delivery."""

    message_id: str
    body: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A raw object is there."""

    key: str


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Make the event days `first` to `last` ('YYYY-MM-DD', both included; None: without an end) again from raw."""

    rebuild_id: str
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Look whether anything waits."""


Request = Arrived | Rebuild | Look


def parse(body: str) -> Request | None:
    """Return what a message asks for, None for one that is not about raw events.

    Both S3 events are understood: through EventBridge, where keys are as they are, and S3's own notification of one
    object, where they are URL-encoded.
    """
    record = json.loads(body)
    if "command" in record:
        return _command(record)
    if "detail" in record:
        return _arrival(str(record["detail"]["object"]["key"]))
    if "Records" in record:
        return _arrival(unquote_plus(str(record["Records"][0]["s3"]["object"]["key"])))
    return None


def write(request: Request) -> str:
    """Return the body of our own message that asks for `request`."""
    match request:
        case Arrived(key):
            return json.dumps({"detail": {"object": {"key": key}}})
        case Rebuild(rebuild_id, first, last):
            return json.dumps({"command": "rebuild", "id": rebuild_id, "from": first, "to": last})
        case Look():
            return json.dumps({"command": "look"})


def _command(record: dict[str, Any]) -> Request | None:
    match record["command"]:
        case "rebuild":
            return Rebuild(str(record["id"]), record.get("from"), record.get("to"))
        case "look":
            return Look()
    return None


def _arrival(key: str) -> Arrived | None:
    return Arrived(key) if layout.received_date_of(key) is not None else None
