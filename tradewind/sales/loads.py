"""A load: one source of sales (a file, or several given as one), its uploads and its state.

The record lives in DynamoDB (`tradewind.aws.load_store`); this module is what may be said of it without I/O.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from tradewind.errors import InputError

# queued: uploaded, not begun. waiting: needs Spark, which is not there yet. cleaning: an attempt holds the lease.
# publishing: checked and committed, its files are being put in place (a successor finishes it). clean: queryable.
# failed: nothing was changed; the last good version, if any, is still in place.
LoadState = Literal["queued", "waiting", "cleaning", "publishing", "clean", "failed"]

REASONS = ("duplicate", "adjustment", "no_price", "other")

# Deliveries of one message before it goes to the dead letters: the queue's maxReceiveCount.
MAX_DELIVERIES = 3

MAX_NAME_BYTES = 200  # an S3 key is 1,024 bytes at most and the name is part of several
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the rows of a load; read = sales + returns + sum(quarantined)."""

    read: int
    sales: int
    returns: int
    quarantined: Mapping[str, int] = field(default_factory=dict)  # reason -> rows

    @property
    def clean(self) -> int:
        return self.sales + self.returns

    @property
    def total_quarantined(self) -> int:
        return sum(self.quarantined.values())


def tally(outcomes: Iterable[tuple[str, int, Decimal]]) -> tuple[Counts, dict[str, Decimal]]:
    """Return counts and money of a load from (sale, return or reason; rows; sum of total_price), one each at most."""
    found = {outcome: (rows, money) for outcome, rows, money in outcomes}
    rows = {outcome: count for outcome, (count, _) in found.items()}
    counts = Counts(
        read=sum(rows.values()),
        sales=rows.get("sale", 0),
        returns=rows.get("return", 0),
        quarantined={reason: rows[reason] for reason in REASONS if reason in rows},
    )
    none = (0, Decimal("0.000"))
    return counts, {outcome: found.get(outcome, none)[1] for outcome in ("sale", "return", *REASONS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an upload consists of: the last object of an upload, and the start of its cleaning."""

    load: str
    upload_id: str
    parts: tuple[str, ...]  # keys, in order of their rows
    columns: Mapping[str, str] = field(default_factory=dict)  # theirs -> ours, from --map
    size: int = 0  # bytes of all parts
    demo: bool = False
    keep_demo: bool = False  # leave the demo's sales beside these

    def to_json(self) -> str:
        return json.dumps(
            {
                "load": self.load,
                "upload_id": self.upload_id,
                "parts": list(self.parts),
                "columns": dict(self.columns),
                "size": self.size,
                "demo": self.demo,
                "keep_demo": self.keep_demo,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        record = json.loads(text)
        return cls(
            load=record["load"],
            upload_id=record["upload_id"],
            parts=tuple(record["parts"]),
            columns=record["columns"],
            size=record["size"],
            demo=record["demo"],
            keep_demo=record.get("keep_demo", False),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The registry's record of a load. What may become of it: `tradewind.sales.transitions`."""

    name: str
    upload_id: str  # the newest upload; the state speaks of it
    state: LoadState
    updated_at: datetime
    queued_at: datetime | None = None  # when the newest upload was registered
    demo: bool = False
    keep_demo: bool = False  # imported to stand beside the demo's sales
    live_upload_id: str | None = None  # the upload whose rows are in clean/ and quarantine/
    counts: Counts | None = None  # of the live upload
    money: Mapping[str, Decimal] = field(default_factory=dict)  # of the live upload: line type or reason -> sum
    owner: str | None = None  # the queue message that holds the lease; a redelivery has the same id
    attempt: str | None = None  # the attempt at that message; a new one for every delivery
    lease_until: datetime | None = None  # an attempt that is silent for longer is dead
    committed: str | None = None  # the attempt whose staged files must be put in place, whatever comes next
    answered: str | None = None  # the queue message that was settled last, well or badly
    message: str | None = None  # why it failed or waits, for a person
    version: int = 0  # counts the writes of the record; each write names the one it read


def check_name(name: str) -> str:
    """Return `name` if it can name a load.

    Raises: InputError for an empty name, a slash, a control character or more than 200 bytes of UTF-8.
    """
    if not name.strip():
        raise InputError("load name", repr(name), "give it at least one visible character (--as NAME)")
    if "/" in name or _CONTROL.search(name):
        raise InputError("load name", repr(name), "leave out slashes and control characters (--as NAME)")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise InputError("load name", repr(name), f"shorten it to {MAX_NAME_BYTES} bytes of UTF-8 (--as NAME)")
    return name


def upload_id(file_digests: Iterable[bytes], columns: Mapping[str, str]) -> str:
    """Return 16 hex digits that name the content: the SHA-256 of the source files in order and of the column map.

    The split is not part of it: the same bytes are the same upload however they travel.
    """
    digest = hashlib.sha256()
    for file_digest in file_digests:
        digest.update(file_digest)
    digest.update(json.dumps(sorted(columns.items())).encode())
    return digest.hexdigest()[:16]
