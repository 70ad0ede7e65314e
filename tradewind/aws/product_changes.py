"""Changes of products on their way to Firehose."""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tradewind.aws import clients
from tradewind.aws.catalog.names import NameStore
from tradewind.catalog.changes import changes_of, line_of

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient

_RECORDS = 500  # quota of PutRecordBatch
_BYTES = 3_500_000  # of one call; the quota is 4 MiB
_TRIES = 6
_FIRST_PAUSE = 0.1  # seconds, doubled each time


class DeliveryError(Exception):
    """Firehose left records over each time: the batch comes again."""


def record_changes(records: Iterable[Mapping[str, Any]]) -> int:
    """Deliver the changes in a batch of the table's stream, and return how many there were. Raises: DeliveryError."""
    store = NameStore(clients.dynamodb(), os.environ["CATALOG_TABLE"])
    names = {each.index_id: each.name for each in store.all() if each.primary is None}
    lines = [line_of(change) for change in changes_of(records, names=names)]
    deliver(clients.firehose(), os.environ["PRODUCT_CHANGES_DELIVERY"], lines)
    return len(lines)


def deliver(client: "FirehoseClient", stream: str, lines: Sequence[bytes]) -> None:
    """Put lines into a delivery stream; again those that it left over. Raises: DeliveryError."""
    for some in _parts(lines):
        left = some
        for number in range(_TRIES):
            answer = client.put_record_batch(DeliveryStreamName=stream, Records=[{"Data": line} for line in left])
            if not answer["FailedPutCount"]:
                break
            told = zip(left, answer["RequestResponses"], strict=True)
            left = [line for line, response in told if response.get("ErrorCode")]
            time.sleep(_FIRST_PAUSE * 2**number)
        else:
            raise DeliveryError(f"{stream} left {len(left)} records over {_TRIES} times")


def _parts(lines: Sequence[bytes]) -> list[list[bytes]]:
    parts: list[list[bytes]] = []
    size = 0
    for line in lines:
        if not parts or len(parts[-1]) >= _RECORDS or size + len(line) > _BYTES:
            parts.append([])
            size = 0
        parts[-1].append(line)
        size += len(line)
    return parts
