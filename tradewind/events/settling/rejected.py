"""Rejected events, so that they can be sent again once the code that turned them away has changed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from tradewind.events.event import line_of, read_line, receipt_of


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected event: its receipt and its line as it came."""

    receipt: str
    line: str


def read_rejected(path: Path) -> list[Rejected]:
    """Return the rejected events of a file under layout.QUARANTINE_EVENTS."""
    rows = duckdb.read_parquet(str(path), hive_partitioning=False).select("receipt", "line").fetchall()
    return [Rejected(receipt, line or "") for receipt, line in rows]


def sent_again(rejected: Rejected) -> bytes | None:
    """Return the line under which a rejected event is sent again, None where it cannot be read as an event.

    It gets a receipt of its own, because its first one is accounted for. The new one follows from the old: an event
    that is sent again twice is a repeat of our own pipe, and counts once.
    """
    try:
        event = read_line(rejected.line)
    except msgspec.MsgspecError:
        return None
    request_id = hashlib.sha256(f"again {rejected.receipt}".encode()).hexdigest()[:32]
    return line_of(msgspec.structs.replace(event, receipt=receipt_of(request_id, 0)))


def write_without(path: Path, sent: Sequence[str], into: Path) -> bool:
    """Write the file at `path` without the receipts that were `sent`; return False, writing none, if none are left."""
    with duckdb.connect() as connection:
        connection.execute("create table sent as select unnest(?::varchar[]) as receipt", [list(sent)])
        left = connection.sql(
            "select * from read_parquet(?, hive_partitioning = false) where receipt not in (from sent)",
            params=[str(path)],
        )
        if not left.limit(1).fetchall():
            return False
        left.write_parquet(str(into), compression="zstd")
    return True
