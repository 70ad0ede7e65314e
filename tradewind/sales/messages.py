"""Messages on the sales queue: what they ask for, and what is to be done about it as the registry stands."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import unquote_plus

from tradewind.lake import layout
from tradewind.sales.loads import Load
from tradewind.sales.transitions import is_held

Command = Literal["rebuild", "retry", "remove"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a message: its id is the same for each delivery."""

    message_id: str
    body: str
    times: int  # deliveries so far, this one included


@dataclass(frozen=True, slots=True)
class Request:
    """What a message asks for: the cleaning of an upload that arrived, or a command."""

    load: str
    kind: Literal["upload", "file", "rebuild", "retry", "remove"]
    upload_id: str | None = None  # of kind upload


@dataclass(frozen=True, slots=True)
class Ignore:
    """Nothing is left to do."""

    why: str


@dataclass(frozen=True, slots=True)
class Postpone:
    """Another attempt works on the load."""


@dataclass(frozen=True, slots=True)
class Finish:
    """An attempt died after its commit: put its files in place first, then decide again."""

    committed: str


@dataclass(frozen=True, slots=True)
class Clean:
    """Clean this upload."""

    upload_id: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Take the load out of the lake."""


Decision = Ignore | Postpone | Finish | Clean | Remove


def parse(body: str) -> Request | None:
    """Return what a message asks for, or None for one that is not about a new load (such as the object of a part).

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


def _command(record: dict[str, Any]) -> Request | None:
    match record["command"]:
        case "rebuild" | "retry" | "remove" as command:
            return Request(str(record["load"]), command)
    return None


def _arrival(key: str) -> Request | None:
    arrival = layout.arrival(key)
    if arrival is None:
        return None
    return Request(arrival.load, "upload" if arrival.upload_id else "file", arrival.upload_id)


def decide(request: Request, load: Load | None, *, message_id: str, now: datetime) -> Decision:
    """Return what is to be done about `request`, given the load's record as it is at `now`."""
    if load is None:
        return Ignore("the load was removed")
    if load.answered == message_id:
        return Ignore("this message was settled before")
    if is_held(load, now) and load.owner != message_id:
        return Postpone()
    if load.committed is not None:
        return Finish(load.committed)
    if request.kind == "remove":
        return Remove()
    if request.kind == "rebuild":
        return Clean(load.live_upload_id or load.upload_id)
    if request.upload_id not in (None, load.upload_id):
        return Ignore("a newer upload took its place")
    if load.state == "clean" and load.live_upload_id == load.upload_id:
        return Ignore("it is clean")
    return Clean(load.upload_id)
