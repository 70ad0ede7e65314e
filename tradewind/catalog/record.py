"""Records of an index: any JSON object with an objectID, kept byte for byte as it was sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tradewind.errors import InputError

MAX_RECORD_BYTES = 100_000  # Algolia's limit of its larger plans
MAX_OBJECT_ID_BYTES = 1000  # DynamoDB takes sort keys up to 1,024
MAX_INDEX_NAME_BYTES = 256  # Algolia's limit

_SHOWN = 60  # characters of a value in an error

Value = Any  # a JSON value


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as the store and the engines know it. `body` is its JSON (UTF-8), with its objectID."""

    object_id: str
    body: bytes


def checked_body(object_id: str, body: bytes, *, limit: int = MAX_RECORD_BYTES) -> bytes:
    """Return the body as it is kept: as it was sent, or with the objectID put in front where it has none.

    Raises: InputError for what is no JSON object, names another objectID, or is larger than `limit` bytes.
    """
    record = checked_object(object_id, body)
    if "objectID" not in record:
        body = with_object_id(object_id, body)
    elif id_text(record["objectID"]) != object_id:
        told = f"{record['objectID']!r:.{_SHOWN}}"
        raise InputError("objectID", told, f"the record is stored as {object_id!r:.{_SHOWN}}: give both the same")
    if len(body) > limit:
        way_out = f"a record may have {limit:,} bytes: leave attributes out or split it"
        raise InputError("record", f"{object_id!r:.{_SHOWN}} of {len(body):,} bytes", way_out)
    return body


def checked_object(object_id: str, body: bytes) -> dict[str, Value]:
    """Return a record's attributes. Raises: InputError for what is no JSON object."""
    checked_object_id(object_id)
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InputError("record", f"{object_id!r:.{_SHOWN}}", f"send valid JSON ({error})") from error
    if not isinstance(record, dict):
        raise InputError("record", f"{object_id!r:.{_SHOWN}}", f"send a JSON object, not {type(record).__name__}")
    return record


def checked_object_id(object_id: str) -> str:
    """Return an objectID that can be stored. Raises: InputError for an empty or too long one."""
    try:
        size = len(object_id.encode())
    except UnicodeEncodeError as error:
        raise InputError("objectID", f"{object_id!r:.{_SHOWN}}", "is no valid Unicode text") from error
    if not size:
        raise InputError("objectID", "''", "give each record an objectID of 1 character or more")
    if size > MAX_OBJECT_ID_BYTES:
        way_out = f"an objectID may have {MAX_OBJECT_ID_BYTES} bytes, this one has {size}"
        raise InputError("objectID", f"{object_id!r:.{_SHOWN}}", way_out)
    return object_id


def checked_index_name(name: str) -> str:
    """Return the name of an index. Raises: InputError for one that cannot be one."""
    size = len(name.encode("utf-8", "surrogatepass"))
    if not name.strip() or size > MAX_INDEX_NAME_BYTES or not name.isprintable():
        way_out = f"give a name of 1 to {MAX_INDEX_NAME_BYTES} printable bytes"
        raise InputError("index", f"{name!r:.{_SHOWN}}", way_out)
    return name


def id_text(value: Value) -> str | None:
    """Return an objectID as text: whole numbers count as their digits, anything else but text as none."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def with_object_id(object_id: str, body: bytes) -> bytes:
    """Return the JSON object `body`, which has no objectID, with it in front; the rest stays byte for byte."""
    rest = body.lstrip()[1:]
    comma = b"" if rest.lstrip().startswith(b"}") else b","
    return b'{"objectID":' + orjson.dumps(object_id) + comma + rest


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
    if isinstance(value, (str, int, float)):  # booleans are ints
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _scalars(each)
