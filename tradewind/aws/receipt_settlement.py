"""The receipts table as the cleaning and the status see it; the collector's side is in `receipt_store`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tradewind.aws.batches import batch_get, batch_write
from tradewind.events.settling.receipts import Receipt, Settlement, settle

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Only what the stream itself made up may be longer than a collector's request id; a key takes 2,048 bytes.
_LONGEST_ID = 1024

# Who looks at the status waits for this: beyond it "at least" is all that one wants to know.
MOST_OPEN = 10_000
MOST_READ = 50_000


@dataclass(frozen=True, slots=True)
class OpenReceipts:
    """Receipts with events in flight; `whole`: there are no others."""

    receipts: Sequence[Receipt]
    whole: bool


class ReceiptSettlement:
    """Receipts by request id."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def settle(self, settled: Mapping[str, int], now: datetime) -> None:
        """Write that so many events of each request are accounted for; again changes nothing."""
        known = self.receipts(settled)
        simple: list[dict[str, Any]] = []
        for request_id, number in settled.items():
            if len(request_id.encode()) > _LONGEST_ID:
                continue
            step = settle(request_id, known.get(request_id), settled=number, now=now)
            match step.action:
                case "delete":
                    simple.append({"DeleteRequest": {"Key": _key(request_id)}})
                case "replace":
                    simple.append({"PutRequest": {"Item": _item(step)}})
                case "raise_to":
                    self._raise_to(step)
        batch_write(self._client, self._table, simple)

    def sweep(self, request_ids: Collection[str]) -> None:
        """Delete those receipts that are settled; the caller knows that no collector writes them any more."""
        gone = [each.request_id for each in self.receipts(request_ids).values() if each.is_settled]
        batch_write(self._client, self._table, [{"DeleteRequest": {"Key": _key(each)}} for each in gone])

    def receipts(self, request_ids: Collection[str]) -> dict[str, Receipt]:
        keys = [_key(each) for each in request_ids if len(each.encode()) <= _LONGEST_ID]
        return {each.request_id: each for each in map(_receipt, batch_get(self._client, self._table, keys))}

    def open_receipts(self, *, most_open: int = MOST_OPEN, most_read: int = MOST_READ) -> OpenReceipts:
        """Return receipts that hold events which are not accounted for; all of them, unless there are very many.

        The table holds open receipts and those of the last minutes; 10,000 of them are some 1.2 MB, 150 read units.
        A filter within the request would be read and paid for all the same.
        """
        found: list[Receipt] = []
        read = 0
        for page in self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True):
            read += len(page["Items"])
            found += [each for each in map(_receipt, page["Items"]) if each.in_flight]
            if "LastEvaluatedKey" in page and (len(found) >= most_open or read >= most_read):
                return OpenReceipts(found[:most_open], whole=False)
        return OpenReceipts(found[:most_open], whole=len(found) <= most_open)

    def _raise_to(self, step: Settlement) -> None:
        change = "SET settled = :settled"
        values: dict[str, Any] = {":settled": {"N": str(step.receipt.settled)}}
        if step.expires is not None:
            change += ", expires = :expires"
            values[":expires"] = {"N": str(int(step.expires.timestamp()))}
        else:
            change += " REMOVE expires"  # events of it are in flight: it must not go by itself
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(step.receipt.request_id),
                UpdateExpression=change,
                ConditionExpression="attribute_not_exists(settled) OR settled < :settled",
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise


def _key(request_id: str) -> dict[str, Any]:
    return {"request_id": {"S": request_id}}


def _item(step: Settlement) -> dict[str, Any]:
    receipt = step.receipt
    item: dict[str, Any] = {
        **_key(receipt.request_id),
        "events": {"N": str(receipt.events)},
        "settled": {"N": str(receipt.settled)},
    }
    if receipt.received_at is not None:
        item["received_at"] = {"S": receipt.received_at}
    if step.expires is not None:
        item["expires"] = {"N": str(int(step.expires.timestamp()))}
    return item


def _receipt(item: Mapping[str, Any]) -> Receipt:
    return Receipt(
        request_id=item["request_id"]["S"],
        events=int(item["events"]["N"]) if "events" in item else None,
        received_at=item.get("received_at", {}).get("S"),
        settled=int(item.get("settled", {}).get("N", 0)),
    )
