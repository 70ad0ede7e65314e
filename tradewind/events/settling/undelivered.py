"""What Firehose could not deliver, so that it can be sent again.

Firehose writes one JSON line a failure. Where the function failed, it holds the record of the stream: that goes into
the stream again. Where a row did not fit the table, it holds the row: that becomes a raw object of our own, and a row
that still does not fit becomes a rejected one, so that every event ends somewhere.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
from sqlglot import exp

from tradewind.lake.tables import RAW_EVENTS

_REASON = "not_converted"
_TYPES = {column.name: exp.DataType.build(column.type, dialect="hive").sql("duckdb") for column in RAW_EVENTS.columns}
# Firehose spells it in several ways: failures of a function, and of the conversion.
_WHY = ("errorMessage", "ErrorMessage", "lastErrorMessage", "errorCode", "ErrorCode", "lastErrorCode")


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """One failure: the bytes that Firehose had, and why they went no further."""

    data: bytes
    why: str


def read_failures(text: str) -> list[Undelivered]:
    """Return the failures in an object under layout.UNDELIVERED_EVENTS; lines that say nothing are left out."""
    failures = []
    for line in text.splitlines():
        try:
            record = json.loads(line)
            data = base64.b64decode(record["rawData"], validate=True)
        except (ValueError, KeyError, TypeError, binascii.Error):
            continue
        why = next((record[name] for name in _WHY if record.get(name)), "no reason")
        failures.append(Undelivered(data=data, why=str(why)))
    return failures


def is_rows(data: bytes) -> bool:
    """Return whether these are rows of raw_events (else a record of the stream)."""
    try:
        first = json.loads(data.split(b"\n", 1)[0])
    except ValueError:
        return False
    return isinstance(first, dict) and "verdict" in first and "receipt" in first


def write_raw_object(rows: Iterable[bytes], path: Path) -> int:
    """Write rows of raw_events (JSON, a line each) as a raw object and return how many became rejected ones.

    `path` is in a folder where a file beside it may be written.
    """
    wrong = 0
    line = path.with_suffix(".json")
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} {type_}" for name, type_ in _TYPES.items())
        connection.execute(f"create table raw_events ({columns})")
        for row in (row for data in rows for row in data.splitlines() if row.strip()):
            try:
                _insert(connection, row, line)
            except duckdb.Error:
                _insert(connection, _rejected(row), line)
                wrong += 1
        connection.table("raw_events").write_parquet(str(path), compression="zstd")
    return wrong


def _insert(connection: duckdb.DuckDBPyConnection, row: bytes, line: Path) -> None:
    """Insert a row by way of the file `line`: only read_json takes a row that leaves columns out."""
    line.write_bytes(row)
    connection.execute(
        "insert into raw_events by name from read_json(?, columns = ?, format = 'newline_delimited')",
        [str(line), _TYPES],
    )


def _rejected(row: bytes) -> bytes:
    text = row.decode(errors="replace")
    told = json.loads(text)
    kept = {name: told.get(name) for name in ("receipt", "received_at", "source")}
    return json.dumps({**kept, "verdict": "rejected", "reason": _REASON, "line": text}).encode()
