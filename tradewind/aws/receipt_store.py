"""The receipts table, as the collector writes it: how many events of a request are stored (docs/events.md)."""

from typing import TYPE_CHECKING

from tradewind.aws.unavailable import unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ReceiptStore:
    """One item a request: request_id, events, received_at."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def confirm(self, request_id: str, *, events: int, received_at: str) -> None:
        """Say that so many events of a request are stored; again changes nothing. Raises: Unavailable.

        The cleaning may have met the events before: what it wrote stays.
        """
        with unavailable("receipts"):
            self._client.update_item(
                TableName=self._table,
                Key={"request_id": {"S": request_id}},
                UpdateExpression="SET #events = :events, received_at = :received_at",
                ExpressionAttributeNames={"#events": "events"},
                ExpressionAttributeValues={":events": {"N": str(events)}, ":received_at": {"S": received_at}},
            )
