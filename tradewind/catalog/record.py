"""Records of an index: any JSON object with an objectID, kept byte for byte as it was sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MAX_RECORD_BYTES = 100_000  # Algolia's limit of its larger plans

Value = Any  # a JSON value


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as the store and the engines know it. `body` is its JSON (UTF-8), with its objectID."""

    object_id: str
    body: bytes


def values_at(record: Mapping[str, Value], path: str) -> Iterator[Value]:
    """Yield the scalar values (text, number, boolean) of an attribute; arrays yield their elements, null yields none.

    A path with dots is a flat key first, then a way through nested objects; arrays of objects are walked through.
    """
    if path in record:
        yield from _scalars(record[path])
        return
    head, dot, rest = path.partition(".")
    while dot:
        below = record.get(head)
        for each in below if isinstance(below, list) else (below,):
            if isinstance(each, Mapping):
                yield from values_at(each, rest)
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"


def _scalars(value: Value) -> Iterator[Value]:
    if isinstance(value, list):
        for each in value:
            yield from _scalars(each)
    elif isinstance(value, str | int | float):  # booleans are ints
        yield value
