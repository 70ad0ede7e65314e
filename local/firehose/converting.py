"""JSON documents to one Parquet file with the columns of a Glue table, as Firehose's record format conversion.

A value that is not of its column's type becomes null, as the JSON SerDes do it. A document that is not an object, or
has something else where a column is an array, a struct or a map, does not fit the schema, and its record has failed.
"""

import base64
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from local.athena.types import duckdb_type
from local.firehose.records import CONVERSION, Delivered, Failed

_MEMORY = "512MB"
_THREADS = 2

MALFORMED = ("DataFormatConversion.ParseError", "Encountered malformed JSON.")
NOT_AN_OBJECT = (
    "DataFormatConversion.MalformedData",
    "The input JSON contained a primitive at the top level. The top level must be an object or array.",
)
MISMATCH = ("DataFormatConversion.MalformedData", "Data does not match the schema.")
EMPTY = ("DataFormatConversion.MalformedData", "The record was empty or contained only whitespace.")
NO_TABLE = (
    "DataFormatConversion.EntityNotFound",
    "The specified table/database could not be found. Please ensure that the table/database exists and that the values "
    "provided in the schema configuration are correct, especially with regards to casing.",
)


Reasons = dict[int, tuple[str, str]]  # by the record's place: code and message

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the table: its Hive type, and its key in the JSON."""

    name: str
    type: str
    key: str


def failed(record: Delivered, why: tuple[str, str]) -> Failed:
    """Return the record as one that could not be converted."""
    return Failed(record.source, CONVERSION, *why, base64.b64encode(record.content).decode())


def convert(
    records: Sequence[Delivered], fields: Sequence[Field], *, compression: str, scratch: Path
) -> tuple[bytes, list[Failed]]:
    """Return the Parquet file of all records that fit, no bytes where none does, and those that do not.

    A record holds one document or several, one after the other; if one of them does not fit, its record has failed.
    """
    with tempfile.TemporaryDirectory(dir=scratch, prefix="firehose-") as name:
        folder = Path(name)
        found, bad = _sorted_out(records)
        with duckdb.connect(config={"memory_limit": _MEMORY, "threads": _THREADS}) as connection:
            bad |= _load(connection, found, folder / "documents.jsonl")
            bad |= dict.fromkeys(_misfits(connection, fields), MISMATCH)
            failures = [failed(records[place], why) for place, why in sorted(bad.items())]
            if len(bad) == len(records):
                return b"", failures
            target = folder / "rows.parquet"
            _write_parquet(connection, fields, target, without=bad, compression=compression)
        return target.read_bytes(), failures


def documents(content: bytes) -> list[str]:
    """Return the JSON documents in a record's content, each on one line.

    Raises: ValueError (with the reason as AWS gives it) for content that is not a sequence of JSON objects.
    """
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        raise ValueError(MALFORMED) from None
    if not text:
        raise ValueError(EMPTY)
    found, place = [], 0
    while place < len(text):
        try:
            document, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            raise ValueError(MALFORMED) from None
        if not isinstance(document, dict):
            raise ValueError(MISMATCH if isinstance(document, list) else NOT_AN_OBJECT)
        # A line break in JSON is white space: within a string it is escaped.
        found.append(text[place:end].replace("\n", " ").replace("\r", " "))
        place = _behind_space(text, end)
    return found


def _behind_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _sorted_out(records: Sequence[Delivered]) -> tuple[dict[int, list[str]], Reasons]:
    """Return the documents of each record, and why others have none, by the record's place."""
    found: dict[int, list[str]] = {}
    bad: Reasons = {}
    for place, record in enumerate(records):
        try:
            found[place] = documents(record.content)
        except ValueError as error:
            bad[place] = error.args[0]
    return found, bad


def _load(connection: duckdb.DuckDBPyConnection, found: Mapping[int, Sequence[str]], path: Path) -> Reasons:
    """Fill the table `documents` (place, document); return what DuckDB reads more strictly: lone surrogates, say."""
    connection.execute("create table documents (n bigint, d json)")
    try:
        _insert(connection, found, path)
    except duckdb.InvalidInputException:
        bad = _invalid(connection, found)
        _insert(connection, {place: texts for place, texts in found.items() if place not in bad}, path)
        return dict.fromkeys(bad, MALFORMED)
    return {}


def _invalid(connection: duckdb.DuckDBPyConnection, found: Mapping[int, Sequence[str]]) -> set[int]:
    places = [place for place, texts in found.items() for _ in texts]
    every = [text for texts in found.values() for text in texts]
    given = "select unnest(?::bigint[]) as n, unnest(?::varchar[]) as d"
    rows = connection.execute(f"select n from ({given}) where not json_valid(d)", [places, every])  # noqa: S608
    return {int(row[0]) for row in rows.fetchall()}


def _insert(connection: duckdb.DuckDBPyConnection, found: Mapping[int, Sequence[str]], path: Path) -> None:
    with path.open("w") as lines:
        for place, texts in found.items():
            lines.writelines([f'{{"n":{place},"d":{text}}}\n' for text in texts])
    columns = "{n: 'BIGINT', d: 'JSON'}"
    connection.execute(
        f"insert into documents from read_json(?, columns = {columns}, format = 'newline_delimited')", [str(path)]
    )


def _misfits(connection: duckdb.DuckDBPyConnection, fields: Sequence[Field]) -> set[int]:
    """Return the places of records with a scalar where the table has an array, a struct or a map."""
    conditions = [
        f"coalesce(json_type(d, {_literal(_pointer(field.key))}), 'NULL') not in ('NULL', '{expected}')"
        for field in fields
        if (expected := _json_type(field.type))
    ]
    if not conditions:
        return set()
    found = connection.execute(f"select distinct n from documents where {' or '.join(conditions)}")  # noqa: S608
    return {int(row[0]) for row in found.fetchall()}


def _write_parquet(
    connection: duckdb.DuckDBPyConnection,
    fields: Sequence[Field],
    target: Path,
    *,
    without: Iterable[int],
    compression: str,
) -> None:
    structure = json.dumps({field.key: _structure(field.type) for field in fields})
    chosen = ", ".join(f"row[{_literal(field.key)}] as {_quoted(field.name)}" for field in fields)
    connection.execute("create table bad as select unnest(?::bigint[]) as n", [sorted(without)])
    connection.execute(
        f"copy (select {chosen} from (select json_transform(d, {_literal(structure)}) as row from documents"  # noqa: S608
        f" where n not in (select n from bad)))"
        f" to {_literal(str(target))} (format parquet, compression {compression})"
    )


def _json_type(hive_type: str) -> str | None:
    kind = hive_type.strip().lower()
    if kind.startswith("array"):
        return "ARRAY"
    return "OBJECT" if kind.startswith(("struct", "map")) else None


def _structure(hive_type: str) -> Any:
    """Return the type as json_transform takes it: a name, a list of one, an object by field."""
    text = hive_type.strip()
    if match := re.fullmatch(r"(?is)array\s*<(.*)>", text):
        return [_structure(match[1])]
    if match := re.fullmatch(r"(?is)struct\s*<(.*)>", text):
        parts = (part.partition(":") for part in _parts(match[1]))
        return {name.strip().lower(): _structure(kind) for name, _, kind in parts}
    return duckdb_type(text)


def _parts(text: str) -> Iterator[str]:
    """Yield the parts between the commas that are in no brackets."""
    depth, begin = 0, 0
    for place, character in enumerate(text):
        depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def fields_of(table: Mapping[str, Any], keys: Mapping[str, str]) -> list[Field]:
    """Return the fields of a Glue table."""
    columns = (table.get("StorageDescriptor") or {}).get("Columns") or []
    return [Field(c["Name"], c.get("Type", "string"), keys.get(c["Name"], c["Name"])) for c in columns]
