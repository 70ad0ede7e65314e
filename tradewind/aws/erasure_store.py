"""Requests of shoppers to be forgotten: kept until an erasure has done what they ask.

Item: anonymous_id (the user token), asked_at (of the first request), asked_again_at (of the latest). Nothing erases
yet; who does finds here what was asked, and it never expires.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from tradewind.aws.unavailable import unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ErasureStore:
    """One item a shopper."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def ask(self, token: str, *, now: datetime) -> None:
        """Write down that the shopper with this user token wants to be forgotten. Raises: Unavailable."""
        with unavailable("erasures"):
            self._client.update_item(
                TableName=self._table,
                Key={"anonymous_id": {"S": token}},
                UpdateExpression="SET asked_at = if_not_exists(asked_at, :now), asked_again_at = :now",
                ExpressionAttributeValues={":now": {"S": now.isoformat()}},
            )
