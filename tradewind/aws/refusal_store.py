"""The refusals table: how many events were refused, and for an hour why the latest were (docs/events.md)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from tradewind.aws.unavailable import unavailable
from tradewind.events.collecting.clock import utc_text
from tradewind.events.collecting.refusals import Note

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, WriteRequestTypeDef

TOTAL: Final = {"bucket": "total", "at": "total"}  # the key of the count
NOTES_OF_REQUEST: Final = 25  # what one BatchWriteItem call takes
KEPT_SECONDS: Final = 3600


class RefusalStore:
    """The count under one key, and notes by minute."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, notes: Sequence[Note], *, count: int, request_id: str, source: str | None, now: datetime) -> None:
        """Count refused events of a request and note why the first of them were. Raises: Unavailable.

        The notes come first: a kill in between leaves a note too many, never a wrong count.
        """
        requests: list[WriteRequestTypeDef] = [
            {"PutRequest": {"Item": _item(note, request_id=request_id, source=source, now=now)}}
            for note in notes[:NOTES_OF_REQUEST]
        ]
        with unavailable("refusals"):
            # Notes that the table was too busy for are given up: they are for looking on, the count is for counting.
            self._client.batch_write_item(RequestItems={self._table: requests})
            self._client.update_item(
                TableName=self._table,
                Key={name: {"S": value} for name, value in TOTAL.items()},
                UpdateExpression="ADD #events :count",
                ExpressionAttributeNames={"#events": "events"},
                ExpressionAttributeValues={":count": {"N": str(count)}},
            )

    def total(self) -> int:
        """Return how many events were refused so far."""
        key = {name: {"S": value} for name, value in TOTAL.items()}
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return int(answer["Item"]["events"]["N"]) if "Item" in answer else 0


def _item(note: Note, *, request_id: str, source: str | None, now: datetime) -> "dict[str, AttributeValueTypeDef]":
    at = utc_text(now)
    place = "" if note.index is None else f"-{note.index:04d}"
    item: dict[str, AttributeValueTypeDef] = {
        "bucket": {"S": at[:16]},
        "at": {"S": f"{at}#{request_id}{place}"},
        "code": {"S": note.code},
        "message": {"S": note.message},
        "events": {"N": str(note.events)},
        "expires": {"N": str(int(now.timestamp()) + KEPT_SECONDS)},
    }
    if source is not None:
        item["source"] = {"S": source}
    if note.index is not None:
        item["index"] = {"N": str(note.index)}
    if note.message_id is not None:
        item["message_id"] = {"S": note.message_id}
    return item
