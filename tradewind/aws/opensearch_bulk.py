"""Bulk changes of an index on a cluster: in small parts, again for what the cluster was too busy for, counted."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from opensearchpy.exceptions import TransportError

from tradewind.aws.opensearch_client import unavailable
from tradewind.search.index import IndexUnavailable

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

_ACTIONS_AT_ONCE = 500
_BYTES_AT_ONCE = 5_000_000  # OpenSearch advises 5 to 15 MB
_FIRST_PAUSE = 0.1  # seconds; doubled each time
_TRIES = 8
_BUSY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Change:
    """One document to put or to delete, as a bulk takes it. `of` names the product in errors."""

    of: str
    lines: bytes
    deletes: bool = False


def put(object_id: str, document_id: str | None, document: Mapping[str, Any]) -> Change:
    """Return the change that puts a document; without `document_id` the cluster gives it one."""
    target = {} if document_id is None else {"_id": document_id}
    return Change(object_id, b"%b\n%b\n" % (orjson.dumps({"index": target}), orjson.dumps(document)))


def delete(object_id: str, document_id: str) -> Change:
    """Return the change that deletes a document; one that is not there may stay so."""
    return Change(object_id, orjson.dumps({"delete": {"_id": document_id}}) + b"\n", deletes=True)


def apply_changes(
    client: "OpenSearch", index: str, changes: Iterable[Change], *, pause: Callable[[float], None] = time.sleep
) -> int:
    """Make all changes and return how many there were. Doing it twice gives the same index.

    Raises: IndexUnavailable where the cluster refuses one, or stays busy.
    """
    return sum(_send(client, index, part, pause) for part in _parts(changes))


def _send(client: "OpenSearch", index: str, part: Sequence[Change], pause: Callable[[float], None]) -> int:
    left = list(part)
    for number in range(_TRIES):
        left = _once(client, index, left)
        if not left:
            return len(part)
        pause(_FIRST_PAUSE * 2**number)
    raise IndexUnavailable(
        f"index {index}: the cluster was too busy for {len(left)} of {len(part)} changes, {_TRIES} times: "
        "try again later, or give it more nodes"
    )


def _once(client: "OpenSearch", index: str, changes: Sequence[Change]) -> list[Change]:
    """Send changes once and return those to send again."""
    body = b"".join(change.lines for change in changes)
    try:
        answer = client.bulk(body=body, index=index)
    except TransportError as error:
        if error.status_code in _BUSY:
            return list(changes)
        with unavailable(f"index {index}"):
            raise
    items = [next(iter(item.values())) for item in answer["items"]]
    if len(items) != len(changes):
        raise IndexUnavailable(f"index {index}: the cluster answered {len(items)} of {len(changes)} changes")
    again = []
    for change, item in zip(changes, items, strict=True):
        if item["status"] in _BUSY:
            again.append(change)
        elif item["status"] >= 300 and not (change.deletes and item["status"] == 404):
            raise IndexUnavailable(f"index {index}: {_refusal(change, item)}")
    return again


def _refusal(change: Change, item: dict[str, Any]) -> str:
    error = item.get("error", {})
    cause = error.get("caused_by", {}).get("reason", "")
    return f"the cluster refused product {change.of!r}: {error.get('reason', item['status'])} {cause}".rstrip()


def _parts(changes: Iterable[Change]) -> Iterator[list[Change]]:
    part: list[Change] = []
    size = 0
    for change in changes:
        if part and (len(part) >= _ACTIONS_AT_ONCE or size + len(change.lines) > _BYTES_AT_ONCE):
            yield part
            part, size = [], 0
        part.append(change)
        size += len(change.lines)
    if part:
        yield part
