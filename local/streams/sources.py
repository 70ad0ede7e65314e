"""What event source mappings read from: Kinesis streams and the changes of tables, seen alike."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc

from local.streams.attempts import Item
from local.streams.kinesis import Shards, start_of
from local.streams.table_changes import TableChanges

# Lambda takes 6 MB in one call; some of it is around the records.
_BATCH_BYTES = 5_500_000

Mapped = dict[str, Any]  # ministack's record of a mapping
Place = str | int


@dataclass(frozen=True, slots=True)
class Batch:
    """What a shard holds for a mapping: `places` is the position after each record, `due` whether to go now."""

    items: Sequence[Item]
    places: Mapping[str, Place]
    due: bool


class Source(Protocol):
    """A stream as its consumers see it."""

    @property
    def arn(self) -> str: ...
    @property
    def reads(self) -> str:
        """The action that the function's role needs."""

    @property
    def info(self) -> str:
        """The name of the batch's facts in a failure's record."""

    def shards(self) -> Sequence[str]: ...

    def start(self, shard: str, mapping: Mapped) -> Place:
        """Return the position at which a mapping that is new begins."""

    def batch(self, shard: str, after: Place, mapping: Mapped) -> Batch: ...


@dataclass(frozen=True, slots=True)
class KinesisSource:
    arn: str
    stream: dict[str, Any]
    logs: Shards
    reads = "kinesis:GetRecords"
    info = "KinesisBatchInfo"

    def shards(self) -> Sequence[str]:
        return list(self.stream["shards"])

    def start(self, shard: str, mapping: Mapped) -> Place:
        wanted = {
            "ShardIteratorType": mapping.get("StartingPosition", "LATEST"),
            "Timestamp": mapping.get("StartingPositionTimestamp"),
        }
        return start_of(self.logs.log(self.stream, shard), wanted)

    def batch(self, shard: str, after: Place, mapping: Mapped) -> Batch:
        log = self.logs.log(self.stream, shard)
        count, size, arrived = log.waiting(str(after))
        if arrived is None or not _due(mapping, count, size, arrived):
            return Batch((), {}, due=False)
        entries = log.read(str(after), limit=int(mapping.get("BatchSize") or 100), max_bytes=_BATCH_BYTES)
        items = [
            Item(
                entry.sequence,
                entry.arrived,
                {
                    "kinesis": {
                        "kinesisSchemaVersion": "1.0",
                        "partitionKey": entry.key,
                        "sequenceNumber": entry.sequence,
                        "data": entry.data,
                        "approximateArrivalTimestamp": entry.arrived,
                    },
                    "eventSource": "aws:kinesis",
                    "eventVersion": "1.0",
                    "eventID": f"{shard}:{entry.sequence}",
                    "eventName": "aws:kinesis:record",
                    "invokeIdentityArn": _role(mapping),
                    "awsRegion": get_region(),
                    "eventSourceARN": self.arn,
                },
            )
            for entry in entries
        ]
        return Batch(items, {item.sequence: item.sequence for item in items}, due=True)


@dataclass(frozen=True, slots=True)
class TableSource:
    arn: str
    changes: TableChanges
    reads = "dynamodb:GetRecords"
    info = "DDBStreamBatchInfo"
    shard = "shardId-00000000000000000000-00000000"  # ministack's only one

    def shards(self) -> Sequence[str]:
        return (self.shard,)

    @property
    def end(self) -> int:
        return self.changes.bounds(self.arn)[1]

    def start(self, shard: str, mapping: Mapped) -> Place:
        first, end = self.changes.bounds(self.arn)
        return first if mapping.get("StartingPosition") == "TRIM_HORIZON" else end

    def batch(self, shard: str, after: Place, mapping: Mapped) -> Batch:
        first, _ = self.changes.bounds(self.arn)
        begin = max(int(after), first)
        records = self.changes.since(self.arn, begin, int(mapping.get("BatchSize") or 100))
        items = [
            Item(str(change["SequenceNumber"]), float(change["ApproximateCreationDateTime"]), record)
            for record in records
            for change in (record["dynamodb"],)
        ]
        due = bool(items) and _due(mapping, len(items), 0, items[0].arrived)
        return Batch(items, {item.sequence: begin + n + 1 for n, item in enumerate(items)}, due=due)


def _due(mapping: Mapped, count: int, size: int, arrived: float) -> bool:
    window = float(mapping.get("MaximumBatchingWindowInSeconds") or 0)
    full = count >= int(mapping.get("BatchSize") or 100) or size >= _BATCH_BYTES
    return full or time.time() - arrived >= window


def _role(mapping: Mapped) -> str:
    _, config = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    return str((config or {}).get("Role") or f"arn:aws:iam::{get_account_id()}:role/{mapping['FunctionName']}")
