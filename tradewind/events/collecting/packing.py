"""Events into records of the stream: one line each, many to a record."""

from dataclasses import dataclass
from typing import Final

from tradewind.events.event import Event, lines_of

_KEY_CHARACTERS: Final = 256  # Kinesis' limit of a partition key
_NEWLINE: Final = b"\n"


@dataclass(frozen=True, slots=True)
class Record:
    """What one record of the stream holds: `events` lines of JSON with newlines between them."""

    data: bytes
    partition_key: str
    events: int


def pack(events: list[Event], *, towards: int, request_id: str) -> list[Record]:
    """Return the events as records in their order, each of at most `towards` bytes; a larger event stands alone.

    The partition key is the shopper's id where all events of a record have the same one, else one that spreads: the
    random id of the request and the record's number. Firehose bills a record in steps of 5 KB, so full ones are cheap.
    """
    lines = lines_of(events)
    records: list[Record] = []
    start = end = first = 0  # of the record: its first byte, the end of its last line so far, its first event
    ids: set[str | None] = set()
    for number, event in enumerate(events):
        end_of_line = lines.find(_NEWLINE, end + 1)
        if end_of_line - start > towards and number > first:
            key = _partition_key(ids, f"{request_id}-{len(records)}")
            records.append(Record(lines[start:end], key, number - first))
            start, first = end + 1, number
            ids = set()
        ids.add(event.user_id or event.anonymous_id)
        end = end_of_line
    if events:
        key = _partition_key(ids, f"{request_id}-{len(records)}")
        records.append(Record(lines[start:end], key, len(events) - first))
    return records


def _partition_key(ids: set[str | None], otherwise: str) -> str:
    shopper = next(iter(ids)) if len(ids) == 1 else None
    return shopper[:_KEY_CHARACTERS] if shopper else otherwise
