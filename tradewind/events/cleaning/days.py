"""The files of touched event days: events and interactions, with sessions over midnight."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from tradewind.events.cleaning.engine import EVENT_COLUMNS, names, open_files, statement, write
from tradewind.events.cleaning.judging import moved
from tradewind.events.cleaning.ports import CleaningSettings, LakeFiles, StagedFile
from tradewind.lake import layout
from tradewind.lake.tables import INTERACTIONS

_EVENTS = names(EVENT_COLUMNS)
_INTERACTIONS = names(INTERACTIONS.columns)


@dataclass(slots=True)
class Days:
    """Writes day after day, each on what the one before it became.

    Reads from `con` the tables added_events (with event_day), displaced (receipt, event_day) and known_links.
    A day of `anew` is made of added_events alone; what lies in the lake of it is not read but to compare.
    """

    con: duckdb.DuckDBPyConnection
    lake: LakeFiles
    settings: CleaningSettings
    into: Path
    anew: frozenset[str] = frozenset()
    staged: list[StagedFile] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    _live: dict[str, Path | None] = field(default_factory=dict)  # day -> its events as they were; None: it had none
    _made: dict[str, Path | None] = field(default_factory=dict)  # day -> its events as they are now

    def make(self, days: Collection[str]) -> None:
        """Stage `days`, and those after them as far as their sessions change."""
        waiting = set(days)
        while waiting:
            day = min(waiting)
            waiting.discard(day)
            # A day that only follows has nothing new of its own: it is staged if a session of it changes.
            if self._make(day, must=day in days):
                waiting.add(moved(day, 1))

    def _make(self, day: str, *, must: bool) -> bool:
        """Stage one day. Returns whether the day after it can have other sessions now."""
        live = self._live_events(day)
        self._gather(day, live)
        self._find_sessions(day)
        if not must and not self._sessions_differ():
            return False
        self.touched.add(day)
        open_files(self.con, "live_events", [live] if live else [], EVENT_COLUMNS)
        before = self._open_ends("live_events", day)
        made = self._write(day)
        open_files(self.con, "made_events", [made] if made else [], EVENT_COLUMNS)
        self._write_interactions(day, had=live is not None)
        return self._open_ends("made_events", day) != before

    def _gather(self, day: str, live: Path | None) -> None:
        """Make the view `day_events`: what is there and stays, and what is new."""
        con = self.con
        open_files(con, "there", [live] if live and day not in self.anew else [], EVENT_COLUMNS)
        # Views, because a copy of the wide rows would cost a fifth of the cleaning.
        con.execute(f"create or replace temp view new_that_day as from added_events where event_day = '{day}'")
        con.execute(
            f"""
            create or replace temp view day_events as
            select {_EVENTS} from there
            where receipt not in (select receipt from displaced where event_day = '{day}')
                and receipt not in (select receipt from new_that_day)
            union all select {_EVENTS} from new_that_day
            """  # noqa: S608
        )

    def _find_sessions(self, day: str) -> None:
        """Make the table `day_sessions` (receipt, session_id)."""
        con = self.con
        yesterday = moved(day, -1)
        before = self._made[yesterday] if yesterday in self._made else self._live_events(yesterday)
        open_files(con, "day_before", [before] if before else [], EVENT_COLUMNS)
        con.execute(f"create or replace temp table open_sessions as {self._ends('day_before', yesterday)}")
        con.execute(
            """
            create or replace temp view gap_events as
            select receipt, anonymous_id, occurred_at from day_events
            where anonymous_id is not null and session_source is distinct from 'client'
            """
        )
        con.execute(f"create or replace temp table day_sessions as {statement('sessions')}")

    def _live_events(self, day: str) -> Path | None:
        if day not in self._live:
            self._live[day] = self.lake.fetch(layout.clean_events_key(day))
        return self._live[day]

    def _ends(self, events: str, day: str) -> str:
        """Return the query for the last event by gap of each anonymous id, where it is near enough to midnight."""
        midnight = f"timestamp '{moved(day, 1)} 00:00:00'"
        return f"""
            select anonymous_id, max(occurred_at) as occurred_at, max_by(session_id, occurred_at) as session_id
            from {events}
            where session_source = 'gap'
                and occurred_at > {midnight} - interval {self.settings.session_gap_minutes:d} minute
            group by anonymous_id
            """  # noqa: S608

    def _open_ends(self, events: str, day: str) -> object:
        """Return a value that is the same for the same ends."""
        ends = f"select count(*), bit_xor(hash(anonymous_id, occurred_at, session_id)) from ({self._ends(events, day)})"  # noqa: S608
        return self.con.execute(ends).fetchall()

    def _sessions_differ(self) -> bool:
        return bool(
            self.con.execute(
                """
                select 1 from day_events e left join day_sessions s on s.receipt = e.receipt
                where e.session_source = 'gap' and e.session_id is distinct from s.session_id limit 1
                """
            ).fetchall()
        )

    def _write(self, day: str) -> Path | None:
        """Write the day's events; return their file, None where none are left."""
        key = layout.clean_events_key(day)
        self._made[day] = path = self.into / key if self.con.execute("from day_events limit 1").fetchall() else None
        if path:
            query = f"select {_EVENTS} from ({statement('events')}) order by occurred_at, receipt"  # noqa: S608
            write(self.con, query, path)
            self.staged.append(StagedFile(key=key, path=path))
        elif self._live_events(day):
            self.removed.append(key)
        return path

    def _write_interactions(self, day: str, *, had: bool) -> None:
        key = layout.clean_interactions_key(day)
        some = "select 1 from {} where interaction is not null limit 1"
        if self.con.execute(some.format("made_events")).fetchall():
            path = self.into / key
            query = f"select {_INTERACTIONS} from ({statement('interactions')}) order by occurred_at, receipt, line"  # noqa: S608
            write(self.con, query, path)
            self.staged.append(StagedFile(key=key, path=path))
        elif had and self.con.execute(some.format("live_events")).fetchall():
            self.removed.append(key)
