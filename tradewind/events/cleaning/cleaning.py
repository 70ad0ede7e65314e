"""Raw events into clean events and interactions."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tradewind.events.cleaning import judging
from tradewind.events.cleaning.days import Days
from tradewind.events.cleaning.engine import connect, open_raw, statement, unreadable_among
from tradewind.events.cleaning.linking import find_links, know_links
from tradewind.events.cleaning.ports import CleaningSettings, Identities, LakeFiles, Outcome


def clean(
    raw_files: Sequence[Path],
    *,
    attempt: str,
    lake: LakeFiles,
    identities: Identities,
    settings: CleaningSettings,
    work: Path,
) -> Outcome:
    """Return what became of the rows of `raw_files`; its files lie in `work`, an empty folder of this run.

    In whatever order the raw files come, and however often: what is in the lake afterwards is the same, but for
    shopper ids of events whose day was not touched since they were linked.
    Raises: UnreadableRaw for a file that the others can be cleaned without.
    """
    with opened(raw_files, settings, work) as con:
        received = judging.find_arrived(con)
        around = judging.days_around(received, before=settings.duplicate_days, after=settings.duplicate_days)
        index = judging.open_seen(con, around, lake)
        judging.judge(con)
        if not con.execute("from judged limit 1").fetchall():
            return Outcome()
        made = work / "made"
        seen = judging.stage_seen(con, index, made)
        links = find_links(
            con, "select raw_file, raw_row from judged where raw_file is not null and event_day is not null"
        )
        con.execute("create or replace temp table displaced as from judged where raw_file is null")
        gather_added(
            con, "select raw_file, raw_row, event_day from judged where raw_file is not null and outcome = 'clean'"
        )
        know_links(con, links, identities)
        days = Days(con, lake, settings, made)
        days.make(touched_days(con))
        return Outcome(
            staged=(*seen, *judging.stage_rejected(con, attempt, made), *days.staged),
            removed=tuple(days.removed),
            counts=judging.counts_of_change(con),
            settled=judging.newly_settled(con),
            settled_so_far=judging.settled_so_far(con),
            links=links,
            event_days=frozenset(days.touched),
        )


@contextmanager
def opened(raw_files: Sequence[Path], settings: CleaningSettings, work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open `raw_events` over `raw_files`. An error while they are read becomes UnreadableRaw where a file is why."""
    con = connect(work, settings)
    try:
        open_raw(con, raw_files)
        yield con
    except duckdb.Error as error:  # which kind it is depends on what is wrong with the file
        if unreadable := unreadable_among(raw_files):
            raise unreadable from error
        raise
    finally:
        con.close()


def gather_added(con: duckdb.DuckDBPyConnection, added: str) -> None:
    """Make the table `added_events` of the raw events that the query `added` (raw_file, raw_row, event_day) names."""
    con.execute(f"create or replace temp view added as {added}")
    con.execute(f"create or replace temp table added_events as {statement('added_events')}")


def touched_days(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    rows = con.execute("select event_day from added_events union select event_day from displaced").fetchall()
    return frozenset(day for (day,) in rows)
