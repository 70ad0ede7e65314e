"""Queries of keys that have a limit, in the table of rates: by key, address and hour."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from tradewind.aws.unavailable import unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT_SECONDS: Final = 7200


class QueryCountStore:
    """Counters {window, requests, expires}; adding is one atomic write, and killed after it the count stays."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take(self, counter: str, queries: int, now: datetime) -> int:
        """Add to a counter and return what it stands at. Raises: Unavailable."""
        with unavailable("counts of queries"):
            answer = self._client.update_item(
                TableName=self._table,
                Key={"window": {"S": counter}},
                UpdateExpression="SET expires = :expires ADD requests :queries",
                ExpressionAttributeValues={
                    ":queries": {"N": str(queries)},
                    ":expires": {"N": str(int(now.timestamp()) + _KEPT_SECONDS)},
                },
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["requests"]["N"])
