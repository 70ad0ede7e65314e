"""The collected event: the one record that travels from the collector through Kinesis, a line of JSON each.

Written by collect_events; read by transform_records, update_profiles and `tradewind events tail`.
"""

from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal

import msgspec

EventType = Literal["track", "identify", "page", "screen", "group", "alias"]
VERSION: Final = 1
NO_OBJECT: Final = msgspec.Raw(b"{}")


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An accepted event. Times are UTC in ISO 8601 with six decimals and Z; ids are never empty texts.

    `context`, `properties` and `traits` stay JSON that nobody has looked into, but for context.ip, which is truncated.
    """

    receipt: str  # "<request id, 32 hex digits>-<0-based index in the request, 4 digits>"; sorts in the order accepted
    received_at: str
    occurred_at: str  # timestamp corrected by received - sentAt; where that is absurd, received_at with a flag
    message_id: str
    type: EventType
    source: str  # of the write key
    version: int = VERSION
    name: str | None = None  # track: event; page and screen: name
    user_id: str | None = None
    anonymous_id: str | None = None
    previous_id: str | None = None  # alias
    group_id: str | None = None  # group
    flags: tuple[str, ...] = ()  # what had to be mended, see docs/events.md
    context: msgspec.Raw = NO_OBJECT
    properties: msgspec.Raw = NO_OBJECT
    traits: msgspec.Raw = NO_OBJECT
    country: str | None = None  # CloudFront-Viewer-Country
    user_agent: str | None = None  # the request's own; set on pixel and beacon only


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)


def line_of(event: Event) -> bytes:
    """Return the event as one line of JSON, without the newline."""
    return _encoder.encode(event)


def lines_of(events: list[Event]) -> bytes:
    """Return the events as JSON, each followed by a newline."""
    return _encoder.encode_lines(events)


def read_line(line: bytes | str) -> Event:
    """Return the event of a line. Raises: msgspec.MsgspecError for a line that is none."""
    return _decoder.decode(line)


def receipt_of(request_id: str, index: int) -> str:
    """Return the receipt of event `index` (0-based, as the request lists it) of a request."""
    return request_id + _place(index)


def query_message_id(query_id: str) -> str:
    """Return the message id of the event that says that a query was asked: whoever tells of it, it counts once.

    At most 100 characters: ids above 94 are digested.
    """
    return f"query-{query_id if len(query_id) <= 94 else sha256(query_id.encode()).hexdigest()}"


@lru_cache(maxsize=4096)
def _place(index: int) -> str:
    return f"-{index:04d}"


def request_of(receipt: str) -> str:
    """Return the request id in a receipt."""
    return receipt.rpartition("-")[0]
