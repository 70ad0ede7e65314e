"""What became of each receipt: the index of received days, the counts, what is settled."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb

from tradewind.events.cleaning.engine import SEEN_COLUMNS, names, open_files, statement, write
from tradewind.events.cleaning.ports import Counts, LakeFiles, StagedFile
from tradewind.lake import layout

_SEEN = names(SEEN_COLUMNS)
# As tradewind.events.event.request_of: what is before the last hyphen.
_REQUEST = "regexp_extract(receipt, '^(.*)-', 1)"


def find_arrived(con: duckdb.DuckDBPyConnection, *, where: str = "true") -> tuple[str, ...]:
    """Make the table `arrived` of the raw events for which `where` holds; return its received days, ascending."""
    con.execute(f"create or replace temp table arrived as select * from ({statement('arrived')}) where {where}")  # noqa: S608
    return _days(con, "select distinct received_day from arrived order by 1")


def open_seen(con: duckdb.DuckDBPyConnection, days: Iterable[str], lake: LakeFiles) -> Mapping[str, Path]:
    """Make the view `events_seen` of the index of `days`; return its files, by day, of those that have one."""
    found = {day: path for day in sorted(set(days)) if (path := lake.fetch(layout.events_seen_key(day)))}
    open_files(con, "events_seen", list(found.values()), SEEN_COLUMNS)
    return found


def days_around(days: Iterable[str], *, before: int, after: int) -> frozenset[str]:
    """Return each of `days` ('YYYY-MM-DD') and so many days before and after it."""
    return frozenset(moved(day, offset) for day in days for offset in range(-before, after + 1))


def moved(day: str, days: int) -> str:
    """Return the day so many days after `day`; negative is before."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def judge(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table `judged`: the receipts that change the index, from `arrived` and `events_seen`."""
    con.execute(f"create or replace temp table judged as {statement('judged')}")


def stage_seen(con: duckdb.DuckDBPyConnection, live: Mapping[str, Path], into: Path) -> tuple[StagedFile, ...]:
    """Return the index files of the received days that `judged` changes, written under `into`."""
    staged = []
    changed = "select received_day from judged union select was_day from judged where was_day is not null order by 1"
    for day in _days(con, changed):
        open_files(con, "seen_that_day", [live[day]] if day in live else [], SEEN_COLUMNS)
        path = into / layout.events_seen_key(day)
        write(
            con,
            f"""
            select {_SEEN} from (
                select {_SEEN} from seen_that_day where receipt not in (select receipt from judged)
                union all select {_SEEN} from judged where received_day = '{day}'
            ) order by received_at, receipt
            """,  # noqa: S608
            path,
        )
        staged.append(StagedFile(key=layout.events_seen_key(day), path=path))
    return tuple(staged)


def counts_of_change(con: duckdb.DuckDBPyConnection) -> Counts:
    """Return what `judged` adds to the totals: a new receipt one, another outcome one less and one more."""
    rows = con.execute(
        """
        select outcome, reason, count(*), count(*) filter (was is null) from judged group by all
        union all
        select was, was_reason, -count(*), 0 from judged where was is not null group by all
        """
    ).fetchall()
    return _counts(rows)


def counts_of_seen(con: duckdb.DuckDBPyConnection, path: Path | None) -> Counts:
    """Return the counts of one index file; of none, zeros."""
    open_files(con, "counted", [path] if path else [], SEEN_COLUMNS)
    return _counts(con.execute("select outcome, reason, count(*), count(*) from counted group by all").fetchall())


def _counts(rows: Sequence[tuple[str, str | None, int, int]]) -> Counts:
    """Return the counts of rows (outcome, reason, events, of these newly accepted)."""
    events: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for outcome, reason, number, _ in rows:
        events[outcome] += number
        if outcome == "dropped":
            dropped[reason or "unknown"] += number
    return Counts(
        accepted=sum(new for *_, new in rows),
        clean=events["clean"],
        duplicate=events["duplicate"],
        rejected=events["rejected"],
        dropped={reason: number for reason, number in sorted(dropped.items()) if number},
    )


def newly_settled(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return for each request how many of its events are new in the index."""
    return dict(
        con.execute(f"select {_REQUEST}, count(*) from judged where was is null group by 1 order by 1").fetchall()  # noqa: S608
    )


def settled_so_far(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return for each request with new events how many of its events the index holds now.

    The events of a request are received at one moment, so `events_seen` has them all.
    """
    return dict(
        con.execute(
            f"""
            with settled as (
                select {_REQUEST} as request from events_seen where receipt not in (select receipt from judged)
                union all
                select {_REQUEST} from judged
            )
            select request, count(*) from settled
            where request in (select {_REQUEST} from judged where was is null)
            group by 1 order by 1
            """  # noqa: S608
        ).fetchall()
    )


def stage_rejected(con: duckdb.DuckDBPyConnection, attempt: str, into: Path) -> tuple[StagedFile, ...]:
    """Return the file of the events that are newly rejected; none if there are none."""
    query = """
        select r.receipt, r.received_at, j.reason, r.line
        from judged j join raw_events r on r.raw_file = j.raw_file and r.raw_row = j.raw_row
        where j.outcome = 'rejected' order by r.received_at, r.receipt
        """
    if not con.execute("select 1 from judged where outcome = 'rejected' limit 1").fetchall():
        return ()
    key = layout.quarantine_events_key(attempt)
    write(con, query, into / key)
    return (StagedFile(key=key, path=into / key),)


def _days(con: duckdb.DuckDBPyConnection, query: str) -> tuple[str, ...]:
    return tuple(day for (day,) in con.execute(query).fetchall())
