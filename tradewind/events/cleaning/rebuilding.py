"""Index and days of events again from raw."""

from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb

from tradewind.events.cleaning import judging
from tradewind.events.cleaning.cleaning import gather_added, opened
from tradewind.events.cleaning.days import Days
from tradewind.events.cleaning.engine import SEEN_COLUMNS, connect, open_files
from tradewind.events.cleaning.linking import find_links, know_links
from tradewind.events.cleaning.ports import CleaningSettings, Identities, LakeFiles, Link, Outcome, SeenDay
from tradewind.lake import layout


def rebuild_seen(
    received_day: str, raw_files: Sequence[Path], *, lake: LakeFiles, settings: CleaningSettings, work: Path
) -> SeenDay:
    """Return the index of `received_day` ('YYYY-MM-DD', UTC) again, from all raw files that can hold its rows.

    Other rows of these files are passed over. `lake` must show the days before as they were rebuilt, so do the days
    in ascending order; if a day changes, those within duplicate_days after it may change with it.
    """
    key = layout.events_seen_key(received_day)
    live = lake.fetch(key)
    with opened(raw_files, settings, work) as con:
        judging.find_arrived(con, where=f"received_day = '{received_day}'")
        before = [judging.moved(received_day, -days) for days in range(1, settings.duplicate_days + 1)]
        judging.open_seen(con, before, lake)
        judging.judge(con)
        # What the days before would have to become is not asked here: they were rebuilt before.
        con.execute("delete from judged where raw_file is null")
        con.execute("update judged set was = null, was_day = null")
        staged = judging.stage_seen(con, {}, work / "made")
        made = staged[0].path if staged else None
        return SeenDay(
            staged=staged,
            removed=(key,) if live and not made else (),
            before=judging.counts_of_seen(con, live),
            counts=judging.counts_of_seen(con, made),
            settled_so_far=judging.newly_settled(con),
            event_days=_event_days(con, live) | _event_days(con, made),
        )


def rebuild_day(
    event_day: str,
    raw_files: Sequence[Path],
    *,
    lake: LakeFiles,
    identities: Identities,
    settings: CleaningSettings,
    work: Path,
) -> Outcome:
    """Return events and interactions of `event_day` again, from all raw files that can hold its rows and the index.

    A raw row that the index does not have yet waits for its cleaning. Counts and settled numbers are empty: these are
    the index's. The days after are staged, too, where a session reaches over midnight.
    """
    with opened(raw_files, settings, work) as con:
        links = find_links(con, "select raw_file, raw_row from raw_events where verdict = 'kept'")
        received = judging.find_arrived(con, where=f"event_day = '{event_day}'")
        judging.open_seen(con, received, lake)
        con.execute("create or replace temp table displaced (receipt varchar, event_day varchar)")
        gather_added(
            con,
            "select a.raw_file, a.raw_row, a.event_day from arrived a join events_seen s on s.receipt = a.receipt "
            "where s.outcome = 'clean'",
        )
        know_links(con, links, identities)
        days = Days(con, lake, settings, work / "made", anew=frozenset([event_day]))
        days.make([event_day])
        return Outcome(
            staged=tuple(days.staged),
            removed=tuple(days.removed),
            links=links,
            event_days=frozenset(days.touched),
        )


def received_days_of(
    event_days: Collection[str],
    *,
    index_days: Collection[str],
    lake: LakeFiles,
    settings: CleaningSettings,
    work: Path,
) -> frozenset[str]:
    """Return those of the received `index_days` on which a clean event of one of `event_days` was received."""
    with connect(work, settings) as con:
        return frozenset(
            day
            for day in index_days
            if not _event_days(con, lake.fetch(layout.events_seen_key(day))).isdisjoint(event_days)
        )


def links_in(raw_files: Sequence[Path], *, settings: CleaningSettings, work: Path) -> tuple[Link, ...]:
    """Return the first link of each anonymous id in `raw_files`."""
    with opened(raw_files, settings, work) as con:
        return find_links(con, "select raw_file, raw_row from raw_events where verdict = 'kept'")


def _event_days(con: duckdb.DuckDBPyConnection, index: Path | None) -> frozenset[str]:
    """Return the days on which the clean events of an index file happened."""
    open_files(con, "indexed", [index] if index else [], SEEN_COLUMNS)
    rows = con.execute("select distinct event_day from indexed where outcome = 'clean'").fetchall()
    return frozenset(day for (day,) in rows)
