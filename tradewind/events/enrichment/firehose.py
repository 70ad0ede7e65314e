"""What Firehose gives a transforming function and takes back.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html. A record holds several events,
and its answer as many rows: Firehose reads consecutive JSON documents of a record as rows of their own.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from tradewind.events.enrichment.raw_rows import Rules, StreamRecord, rows_of


class StreamPosition(msgspec.Struct, frozen=True, rename="camel"):
    """Where in the Kinesis stream a record lies."""

    shard_id: str
    sequence_number: str


class DeliveredRecord(msgspec.Struct, frozen=True, rename="camel"):
    """A record to transform; its data travels in base64, which msgspec undoes."""

    record_id: str
    data: bytes
    approximate_arrival_timestamp: int  # milliseconds since 1970
    kinesis_record_metadata: StreamPosition | None = None  # None for records that were put into Firehose itself


class Delivery(msgspec.Struct, frozen=True):
    """A batch of records."""

    records: list[DeliveredRecord]


class TransformedRecord(msgspec.Struct, frozen=True, rename="camel"):
    """What became of a record, by the same id. Dropped: it held nothing, not even an event to drop."""

    record_id: str
    result: Literal["Ok", "Dropped"]
    data: bytes


class Transformed(msgspec.Struct, frozen=True):
    records: list[TransformedRecord]


def transform(delivery: Delivery, rules: Rules) -> tuple[Transformed, Mapping[str, int]]:
    """Return the answer to a delivery, and how many events have each verdict."""
    verdicts: Counter[str] = Counter()
    return Transformed([_transformed(record, rules, verdicts) for record in delivery.records]), verdicts


def _transformed(record: DeliveredRecord, rules: Rules, verdicts: Counter[str]) -> TransformedRecord:
    rows: list[bytes] = []
    for verdict, row in rows_of(_stream_record(record), rules):
        verdicts[verdict] += 1
        rows.append(row)
    if not rows:
        return TransformedRecord(record.record_id, "Dropped", b"")
    rows.append(b"")  # a newline after the last one, so that records can be put one after the other
    return TransformedRecord(record.record_id, "Ok", b"\n".join(rows))


def _stream_record(record: DeliveredRecord) -> StreamRecord:
    place = record.kinesis_record_metadata
    return StreamRecord(
        name=f"{place.shard_id}:{place.sequence_number}" if place else record.record_id,
        arrived_at=datetime.fromtimestamp(record.approximate_arrival_timestamp / 1000, tz=UTC),
        data=record.data,
    )
