"""Records: items record#<index id>#<shard> / objectID."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tradewind.aws.batches import batch_get, batch_write
from tradewind.aws.catalog.paging import items_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARDS = 16
_WRITERS = 4  # a write waits some milliseconds for DynamoDB and costs no time of ours
_PART = 25  # quota of BatchWriteItem


@dataclass(frozen=True, slots=True)
class Found:
    """A stored record. `revision` is of the edit that wrote it: no two edits have the same."""

    body: bytes
    revision: int


class RecordStore:
    """The records of all generations of indexes."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, index_id: str, object_ids: Sequence[str]) -> dict[str, Found]:
        """Return the records that there are, by object id, read consistently."""
        keys = [key_of(index_id, object_id) for object_id in dict.fromkeys(object_ids)]
        return {item["sk"]["S"]: _found(item) for item in batch_get(self._client, self._table, keys)}

    def all(self, index_id: str) -> Iterator[tuple[str, bytes]]:
        """Yield every (object id, record) of a generation, by shard and id."""
        for shard in range(SHARDS):
            for item in items_of(self._client, self._table, f"record#{index_id}#{shard:02x}"):
                yield item["sk"]["S"], bytes(item["body"]["B"])

    def write(self, index_id: str, changes: Mapping[str, bytes | None], revision: int) -> None:
        """Put records, delete those that are None; in no order. Raises: ThrottledError."""
        requests: list[dict[str, Any]] = []
        for object_id, body in changes.items():
            key = key_of(index_id, object_id)
            requests.append(
                {"DeleteRequest": {"Key": key}}
                if body is None
                else {"PutRequest": {"Item": _item(key, body, revision)}}
            )
        parts = [requests[start : start + _PART] for start in range(0, len(requests), _PART)]
        if len(parts) <= 1:
            batch_write(self._client, self._table, requests)
            return
        with ThreadPoolExecutor(_WRITERS) as pool:
            list(pool.map(lambda part: batch_write(self._client, self._table, part), parts))

    def replace(self, index_id: str, object_id: str, body: bytes, revision: int, *, before: Found | None) -> bool:
        """Put a record if it is still as it was read (None: not there), and return whether it was."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if before is not None:
            condition = {
                "ConditionExpression": "revision = :read",
                "ExpressionAttributeValues": {":read": {"N": str(before.revision)}},
            }
        item = _item(key_of(index_id, object_id), body, revision)
        try:
            self._client.put_item(TableName=self._table, Item=item, **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def drop(self, index_id: str, limit: int) -> int:
        """Delete up to about `limit` records of a generation that no index has any more; return how many."""
        dropped = 0
        for shard in range(SHARDS):
            while dropped < limit:
                partition = f"record#{index_id}#{shard:02x}"
                page = list(items_of(self._client, self._table, partition, limit=_PART * 4, keys_only=True))
                requests = [{"DeleteRequest": {"Key": {"pk": item["pk"], "sk": item["sk"]}}} for item in page]
                if not requests:
                    break
                batch_write(self._client, self._table, requests)
                dropped += len(requests)
        return dropped


def key_of(index_id: str, object_id: str) -> dict[str, Any]:
    shard = hashlib.sha256(object_id.encode()).digest()[0] % SHARDS
    return {"pk": {"S": f"record#{index_id}#{shard:02x}"}, "sk": {"S": object_id}}


def _item(key: Mapping[str, Any], body: bytes, revision: int) -> dict[str, Any]:
    return {**key, "body": {"B": body}, "revision": {"N": str(revision)}}


def _found(item: Mapping[str, Any]) -> Found:
    return Found(bytes(item["body"]["B"]), int(item["revision"]["N"]))
