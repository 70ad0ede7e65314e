"""The rates table: requests of each key that has a rate, by second."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from tradewind.aws.unavailable import unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT_SECONDS: Final = 600


class RateStore:
    """One counter a key and second, {window, requests, expires}; shared by all instances of the function."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take(self, key_hash: str, now: datetime) -> int:
        """Count one request in the second of `now` and return how many it is of this second. Raises: Unavailable."""
        second = int(now.timestamp())
        with unavailable("rates"):
            answer = self._client.update_item(
                TableName=self._table,
                Key={"window": {"S": f"{key_hash}#{second}"}},
                UpdateExpression="SET expires = :expires ADD requests :one",
                ExpressionAttributeValues={":one": {"N": "1"}, ":expires": {"N": str(second + _KEPT_SECONDS)}},
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["requests"]["N"])
