"""Raw objects as local files: fetched, and looked at once before they are cleaned."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from tradewind.errors import InputError
from tradewind.events.settling.registry import Span, days_after, days_before
from tradewind.events.settling.stores import EventStores
from tradewind.lake import layout


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedObject:
    """A raw object that can be read."""

    key: str
    path: Path
    span: Span


def look_at(stores: EventStores, key: str, folder: Path) -> FetchedObject:
    """Return the raw object `key`, copied into `folder`, with the days of its rows.

    Raises: InputError for one that is gone or is not Parquet with the columns of raw events.
    """
    path = fetch(stores, key, folder)
    received_date = layout.received_date_of(key) or ""
    try:
        first, last, first_occurred, last_occurred = _days_in(path)
    except duckdb.Error as error:
        why = str(error).partition("\n")[0]
        raise InputError(f"raw object {key!r}", f"cannot be read ({why})", "look at it and send it again") from error
    return FetchedObject(
        key=key,
        path=path,
        span=Span(
            # Its own date counts, too: rows without a time are taken as received on it.
            received=(min(first or received_date, received_date), max(last or received_date, received_date)),
            occurred=(first_occurred, last_occurred) if first_occurred and last_occurred else None,
        ),
    )


def _days_in(path: Path) -> tuple[str | None, ...]:
    """Return the first and last day on which rows were received, then on which they occurred."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = connection.read_parquet(str(path), hive_partitioning=False)
        # A file may leave out a column in which it has nothing.
        times = [column if column in rows.columns else "null" for column in ("received_at", "occurred_at")]
        days = ", ".join(f"cast(cast({end}({time}) as date) as varchar)" for time in times for end in ("min", "max"))
        (found,) = rows.aggregate(days).fetchall()
        return tuple(found)


def fetch(stores: EventStores, key: str, folder: Path) -> Path:
    """Return a copy of raw object `key` in `folder`, of a name that no other key has. Raises: InputError if gone."""
    path = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.parquet"
    if not path.exists() and not stores.lake.fetch(key, path):
        raise InputError(f"raw object {key!r}", "is gone", "put it back, or leave it set aside")
    return path


def bounded(stores: EventStores, keys: Sequence[str], *, most: int, most_bytes: int) -> list[str]:
    """Return the first of `keys`: at most `most` and together `most_bytes`, but at least one."""
    taken: list[str] = []
    total = 0
    for key in keys[:most]:
        found = stores.lake.head(key)
        total += found.size if found else 0
        if taken and total > most_bytes:
            break
        taken.append(key)
    return taken


class RawCatalog:
    """The raw objects of the lake with their days: read whole once, then only what is new."""

    def __init__(self, stores: EventStores) -> None:
        self._stores = stores
        self._listed: set[str] = set()
        self.spans: dict[str, Span] = {}  # of those that were cleaned, by key
        self.unknown: list[str] = []  # keys of those that nobody has worked off yet

    def refresh(self, now: datetime) -> None:
        """Look what is new at `now`: an object's date is that of its delivery, which lasts no day."""
        prefixes = [layout.RAW_EVENTS]
        if self._listed:
            today = now.date().isoformat()
            days = (*days_before(today, 1), today, *days_after(today, 1))
            prefixes = [layout.raw_events_prefix(day) for day in days]
        keys = {key for prefix in prefixes for key in self._stores.lake.list(prefix) if layout.received_date_of(key)}
        self._listed |= keys
        known = self._stores.cleanings.objects(sorted(key for key in self._listed if key not in self.spans))
        self.spans |= {key: each.span for key, each in sorted(known.items()) if each.span is not None}
        self.unknown = sorted(key for key in self._listed if key not in self.spans and key not in known)


class LiveFiles:
    """Copies of live objects, as `tradewind.events.cleaning.ports.LakeFiles` asks for them; each is fetched once.

    A folder is listed once, because most of the index days that a cleaning asks for are not there.
    """

    def __init__(self, stores: EventStores, folder: Path) -> None:
        self._stores = stores
        self._folder = folder
        self._listed: dict[str, frozenset[str]] = {}
        self._copies: dict[str, Path] = {}

    def fetch(self, key: str) -> Path | None:
        parent = key.rpartition("/")[0] + "/"
        if parent not in self._listed:
            self._listed[parent] = frozenset(self._stores.lake.list(parent))
        if key not in self._listed[parent]:
            return None
        if key not in self._copies:
            path = self._folder / f"live-{len(self._copies):05d}-{Path(key).name}"
            if not self._stores.lake.fetch(key, path):
                return None
            self._copies[key] = path
        return self._copies[key]
