"""Events and refusals as they arrive: the stream read from now on, and the latest rows of the table of refusals."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_kinesis import KinesisClient

_RECORDS_AT_ONCE = 1000
# Refusals are written before the answer, but not in the order of their times: look again so far back.
_UNORDERED = timedelta(seconds=30)


class StreamTail:
    """The lines of a stream's records from a moment on, all shards."""

    def __init__(self, client: "KinesisClient", stream: str, *, since: datetime | None = None) -> None:
        """Open the stream; without `since`, from what arrives next."""
        self._client = client
        self._stream = stream
        self._opened = since or datetime.now(UTC)
        self._iterators: dict[str, str] = {}  # by shard
        self._read_to: dict[str, str] = {}  # sequence number by shard
        for shard in self._shards():
            self._iterators[shard] = self._open(shard, since)

    def poll(self) -> Iterator[bytes]:
        """Yield the lines that have arrived since the last call."""
        for shard in list(self._iterators):
            yield from self._poll(shard)

    def _poll(self, shard: str) -> Iterator[bytes]:
        try:
            answer = self._client.get_records(ShardIterator=self._iterators[shard], Limit=_RECORDS_AT_ONCE)
        except self._client.exceptions.ExpiredIteratorException:
            # It lives for five minutes; and no longer than a local cloud that was started again.
            self._iterators[shard] = self._open(shard, self._opened)
            return
        except self._client.exceptions.ProvisionedThroughputExceededException:
            return  # five reads a second and shard, shared by everyone who looks
        for record in answer["Records"]:
            self._read_to[shard] = record["SequenceNumber"]
            yield from filter(None, record["Data"].split(b"\n"))
        if answer.get("NextShardIterator"):
            self._iterators[shard] = answer["NextShardIterator"]
        else:
            self._follow_split(shard)

    def _follow_split(self, shard: str) -> None:
        """Go on with the shards that took the place of one that was split or merged; nothing in them was read yet."""
        del self._iterators[shard]
        for child in self._shards(after=shard):
            self._iterators.setdefault(child, self._open(child, datetime.fromtimestamp(0, UTC)))

    def _open(self, shard: str, since: datetime | None) -> str:
        where: dict[str, Any] = {"ShardIteratorType": "LATEST"}
        if shard in self._read_to:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self._read_to[shard]}
        elif since is not None:
            where = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": since}
        return self._client.get_shard_iterator(StreamName=self._stream, ShardId=shard, **where)["ShardIterator"]

    def _shards(self, after: str | None = None) -> list[str]:
        """Return the shards that take records now; `after`: those that took the place of this one."""
        pages = self._client.get_paginator("list_shards").paginate(StreamName=self._stream)
        shards = [shard for page in pages for shard in page["Shards"]]
        if after is None:
            return [each["ShardId"] for each in shards if "EndingSequenceNumber" not in each["SequenceNumberRange"]]
        return [
            each["ShardId"]
            for each in shards
            if after in (each.get("ParentShardId"), each.get("AdjacentParentShardId"))
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEvent:
    """An event that was refused, or a whole request (no index) with so many `events`. `at` is UTC in ISO 8601."""

    at: str
    code: str
    message: str
    events: int = 1
    source: str | None = None
    index: int | None = None
    message_id: str | None = None


class RefusalTail:
    """The rows of the table of refusals from a moment on. It keeps them for an hour."""

    def __init__(self, client: "DynamoDBClient", table: str, *, since: datetime) -> None:
        self._client = client
        self._table = table
        self._since = since
        self._shown: dict[tuple[str, str], datetime] = {}

    def poll(self, now: datetime) -> Iterator[RefusedEvent]:
        """Yield the refusals that were written since the last call."""
        minute = self._since.replace(second=0, microsecond=0)
        while minute <= now:
            for item in self._rows(f"{minute:%Y-%m-%dT%H:%M}"):
                key = (item["bucket"]["S"], item["at"]["S"])
                if key not in self._shown:
                    self._shown[key] = minute
                    yield _refused(item)
            minute += timedelta(minutes=1)
        self._since = max(self._since, now - _UNORDERED)
        self._shown = {key: at for key, at in self._shown.items() if at >= now - timedelta(minutes=2)}

    def _rows(self, bucket: str) -> "Iterator[Mapping[str, AttributeValueTypeDef]]":
        since = self._since.astimezone(UTC).isoformat(timespec="microseconds")[:26]
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#bucket = :bucket AND #at >= :since",
            ExpressionAttributeNames={"#bucket": "bucket", "#at": "at"},
            ExpressionAttributeValues={":bucket": {"S": bucket}, ":since": {"S": since}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]


def _refused(item: "Mapping[str, AttributeValueTypeDef]") -> RefusedEvent:
    def text(name: str) -> str | None:
        return item[name]["S"] if name in item and "S" in item[name] else None

    return RefusedEvent(
        at=item["at"]["S"].partition("#")[0],  # the rest makes the key unique
        code=text("code") or "refused",
        message=text("message") or "",
        events=int(item["events"]["N"]) if "events" in item else 1,
        source=text("source"),
        index=int(item["index"]["N"]) if "N" in item.get("index", {}) else None,
        message_id=text("message_id"),
    )
