"""Raw events made by hand, a lake in a folder, and what cleanings add up to."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tradewind.events.cleaning.cleaning import clean
from tradewind.events.cleaning.ports import CleaningSettings, Link, Outcome, StagedFile
from tradewind.events.cleaning.rebuilding import rebuild_day, rebuild_seen
from tradewind.lake import layout
from tradewind.lake.tables import RAW_EVENTS

Raw = dict[str, Any]

NOON = datetime(2024, 3, 10, 12)
SETTINGS = CleaningSettings(duplicate_days=7, session_gap_minutes=30)

_PRODUCT = pa.struct(
    [
        ("line", pa.int32()),
        ("sku", pa.string()),
        ("name", pa.string()),
        ("category", pa.string()),
        ("brand", pa.string()),
        ("variant", pa.string()),
        ("quantity", pa.int64()),
        ("price", pa.string()),
        ("currency", pa.string()),
        ("coupon", pa.string()),
        ("position", pa.int32()),
        ("query_id", pa.string()),
    ]
)
_TYPES = {"timestamp": pa.timestamp("us"), "int": pa.int32(), "array<string>": pa.list_(pa.string())}
RAW_SCHEMA = pa.schema(
    (column.name, pa.list_(_PRODUCT) if column.name == "products" else _TYPES.get(column.type, pa.string()))
    for column in RAW_EVENTS.columns
)


def raw(receipt: str, *, received_at: datetime = NOON, **fields: Any) -> Raw:
    """Return the raw row of a kept page view of its own message id that happened when it was received."""
    kept = {"event_id": f"message of {receipt}", "type": "page", "occurred_at": received_at, "anonymous_id": "a1"}
    return {"receipt": receipt, "verdict": "kept", "received_at": received_at, "source": "web", **kept, **fields}


def dropped(receipt: str, reason: str, *, received_at: datetime = NOON) -> Raw:
    return {"receipt": receipt, "verdict": "dropped", "reason": reason, "received_at": received_at, "source": "web"}


def rejected(receipt: str, *, received_at: datetime = NOON, line: str = "{") -> Raw:
    return {
        "receipt": receipt,
        "verdict": "rejected",
        "reason": "not_an_event",
        "received_at": received_at,
        "line": line,
    }


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def write_raw(path: Path, rows: Sequence[Raw], **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), schema=RAW_SCHEMA), path, **options)
    return path


class Lake:
    """Live objects as files below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fetched: list[str] = []

    def fetch(self, key: str) -> Path | None:
        self.fetched.append(key)
        path = self.folder / key
        return path if path.exists() else None

    def put(self, file: StagedFile) -> None:
        path = self.folder / file.key
        path.parent.mkdir(parents=True, exist_ok=True)
        copyfile(file.path, path)

    def rows(self, prefix: str, order: str) -> list[dict[str, Any]]:
        """Return all rows under `prefix`, ordered."""
        files = [str(path) for path in sorted((self.folder / prefix).rglob("*.parquet"))]
        if not files:
            return []
        with duckdb.connect() as con:
            found = con.execute(f"select * from read_parquet(?, hive_partitioning = false) order by {order}", [files])
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


class Identities:
    """Links of earlier cleanings; the first received wins."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}

    def links_of(self, anonymous_ids: Collection[str]) -> Mapping[str, Link]:
        return {each: self.links[each] for each in anonymous_ids if each in self.links}

    def put(self, link: Link) -> None:
        known = self.links.get(link.anonymous_id)
        if known is None or link.rank < known.rank:
            self.links[link.anonymous_id] = link


class Shop:
    """A lake with its totals: what the surroundings of the cleaning do, without a cloud."""

    def __init__(self, folder: Path, settings: CleaningSettings = SETTINGS) -> None:
        self.folder = folder
        self.lake = Lake(folder / "lake")
        self.identities = Identities()
        self.settings = settings
        self.totals: Counter[str] = Counter()
        self.settled: Counter[str] = Counter()
        self.settled_so_far: dict[str, int] = {}
        self.raw: list[Path] = []
        self.runs = 0

    def work(self) -> Path:
        self.runs += 1
        return self.folder / f"work-{self.runs}"

    def arrives(self, *objects: Sequence[Raw]) -> Outcome:
        """Clean raw objects of these rows, together, and publish."""
        files = []
        for rows in objects:
            files.append(write_raw(self.folder / "raw" / f"{len(self.raw)}.parquet", rows))
            self.raw.append(files[-1])
        return self.clean(files)

    def clean(self, files: Sequence[Path]) -> Outcome:
        work = self.work()
        outcome = clean(
            files,
            attempt=f"attempt-{self.runs}",
            lake=self.lake,
            identities=self.identities,
            settings=self.settings,
            work=work,
        )
        counts = outcome.counts
        self.totals.update(
            {
                "accepted": counts.accepted,
                "clean": counts.clean,
                "duplicate": counts.duplicate,
                "rejected": counts.rejected,
                **{f"dropped {reason}": number for reason, number in counts.dropped.items()},
            }
        )
        self.settled.update(outcome.settled)
        self.settled_so_far.update(outcome.settled_so_far)
        self._publish(outcome.staged, outcome.removed)
        for link in outcome.links:
            self.identities.put(link)
        return outcome

    def rebuild(self, received_days: Sequence[str], event_days: Sequence[str]) -> Counter[str]:
        """Rebuild from all raw files; return the counts of the rebuilt index."""
        counts: Counter[str] = Counter()
        for day in sorted(received_days):
            seen = rebuild_seen(day, self.raw, lake=self.lake, settings=self.settings, work=self.work())
            self._publish(seen.staged, seen.removed)
            counts.update(
                {
                    "accepted": seen.counts.accepted,
                    "clean": seen.counts.clean,
                    "duplicate": seen.counts.duplicate,
                    "rejected": seen.counts.rejected,
                    **{f"dropped {reason}": number for reason, number in seen.counts.dropped.items()},
                }
            )
        for day in sorted(event_days):
            outcome = rebuild_day(
                day,
                self.raw,
                lake=self.lake,
                identities=self.identities,
                settings=self.settings,
                work=self.work(),
            )
            self._publish(outcome.staged, outcome.removed)
        return counts

    def _publish(self, staged: Sequence[StagedFile], removed: Sequence[str]) -> None:
        for file in staged:
            self.lake.put(file)
        for key in removed:
            (self.lake.folder / key).unlink()

    def events(self) -> list[dict[str, Any]]:
        return self.lake.rows(layout.CLEAN_EVENTS, "occurred_at, receipt")

    def interactions(self) -> list[dict[str, Any]]:
        return self.lake.rows(layout.CLEAN_INTERACTIONS, "occurred_at, event_id, line")

    def quarantine(self) -> list[dict[str, Any]]:
        return self.lake.rows(layout.QUARANTINE_EVENTS, "received_at, receipt")

    def receipts(self) -> list[str]:
        """Return the receipts of the events table, sorted."""
        return sorted(event["receipt"] for event in self.events())

    def files(self) -> list[str]:
        """Return the keys of clean events and interactions, sorted."""
        clean = self.lake.folder / "clean"
        return sorted(str(path.relative_to(self.lake.folder)) for path in clean.rglob("*.parquet"))
