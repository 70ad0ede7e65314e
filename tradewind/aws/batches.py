"""DynamoDB calls about many items: in the sizes that it takes, again for what it left over."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tradewind.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_GET_AT_ONCE = 100  # quota of BatchGetItem
_WRITE_AT_ONCE = 25  # quota of BatchWriteItem
_FIRST_PAUSE = 0.05  # seconds before what was left over is sent again; doubled each time, as AWS asks for
_TRIES = 8


class ThrottledError(Unavailable):
    """DynamoDB left something over each time; the text names the table."""


def batch_get(client: "DynamoDBClient", table: str, keys: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return those items of `keys` that exist, read consistently, in no order. Raises: ThrottledError."""
    found: list[dict[str, Any]] = []
    for some in _parts(keys, _GET_AT_ONCE):
        left: Sequence[Mapping[str, Any]] = some
        for pause in _pauses(table):
            answer = client.batch_get_item(RequestItems={table: {"Keys": list(left), "ConsistentRead": True}})
            found += answer["Responses"].get(table, [])
            left_over = answer.get("UnprocessedKeys", {})
            left = left_over[table]["Keys"] if table in left_over else []
            if not left:
                break
            time.sleep(pause)
    return found


def batch_write(client: "DynamoDBClient", table: str, requests: Sequence[Mapping[str, Any]]) -> None:
    """Do put and delete requests, at most one an item, in any order. Raises: ThrottledError."""
    for some in _parts(requests, _WRITE_AT_ONCE):
        left: Any = some
        for pause in _pauses(table):
            left = client.batch_write_item(RequestItems={table: left}).get("UnprocessedItems", {}).get(table, [])
            if not left:
                break
            time.sleep(pause)


def _pauses(table: str) -> Iterator[float]:
    for number in range(_TRIES):
        yield _FIRST_PAUSE * 2**number
    raise ThrottledError(f"table {table}: DynamoDB left items over {_TRIES} times: try again later")


def _parts(of: Sequence[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(of), size):
        yield list(of[start : start + size])
