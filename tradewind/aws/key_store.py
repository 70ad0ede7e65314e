"""The keys table: the hash of each key and what it may do."""

from datetime import datetime
from typing import TYPE_CHECKING

from tradewind.keys import Keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class KeyStore:
    """Key records {key_hash, kind, created_at}."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def register(self, keys: Keys, now: datetime) -> int:
        """Store the records that are not there yet and return how many; the same keys again change nothing."""
        stored = 0
        for key_hash, kind in keys.records():
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={"key_hash": {"S": key_hash}, "kind": {"S": kind}, "created_at": {"S": now.isoformat()}},
                    ConditionExpression="attribute_not_exists(key_hash)",
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                continue
            stored += 1
        return stored

    def kind_of(self, key_hash: str) -> str | None:
        """Return what the key with this hash may do (write, search, admin), None for an unknown one."""
        answer = self._client.get_item(TableName=self._table, Key={"key_hash": {"S": key_hash}}, ConsistentRead=True)
        return answer["Item"]["kind"]["S"] if "Item" in answer else None
