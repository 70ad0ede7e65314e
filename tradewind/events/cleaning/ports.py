"""What the cleaning of events needs from its surroundings, and what it hands back.

The functions are `cleaning.clean`, `rebuilding.rebuild_seen`, `rebuilding.rebuild_day`, `rebuilding.links_in` and
`rebuilding.received_days_of`. They touch only local files: who calls them fetches, publishes and counts.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tradewind.errors import InputError

_DAY_MINUTES = 24 * 60


@dataclass(unsafe_hash=True)  # not frozen: `with` blocks set __traceback__ on the exceptions that pass through them
class UnreadableRaw(InputError):
    """One of the raw files cannot be read, or is none of ours; the others can be cleaned without it."""

    path: Path


class LakeFiles(Protocol):
    """The live objects of the lake, as they are at one moment."""

    def fetch(self, key: str) -> Path | None:
        """Return a local copy of the live object `key` (clean events, index), None where there is none."""
        ...


class Identities(Protocol):
    """The links that earlier cleanings found."""

    def links_of(self, anonymous_ids: Collection[str]) -> Mapping[str, "Link"]:
        """Return the first link of each of `anonymous_ids` that has one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Link:
    """An identify or alias said that `anonymous_id` is `user_id`. Of several, the smallest by `rank` counts."""

    anonymous_id: str
    user_id: str
    linked_at: datetime  # received_at of the event; UTC, without zone
    receipt: str

    @property
    def rank(self) -> tuple[datetime, str]:
        return self.linked_at, self.receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningSettings:
    """How far duplicates are sought and where sessions end."""

    duplicate_days: int = 7
    session_gap_minutes: int = 30

    def __post_init__(self) -> None:
        if self.duplicate_days < 1:
            raise InputError(
                "duplicate_days",
                f"must be at least 1, got {self.duplicate_days}",
                "change Config.events.duplicate_days",
            )
        # Over a day, a session could jump over a day without events, and the day before would not tell of it.
        if not 1 <= self.session_gap_minutes <= _DAY_MINUTES:
            raise InputError(
                "session_gap_minutes",
                f"must be from 1 to {_DAY_MINUTES}, got {self.session_gap_minutes}",
                "change Config.events.session_gap_minutes",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedFile:
    """A file that replaces the live object `key`, or is a new one."""

    key: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Events by what became of them: accepted = clean + duplicate + dropped + rejected.

    In an Outcome it is what to add to the totals, and a term can be below zero: a copy that comes late but was received
    first takes the place of several clean events, and an event that was rejected is kept when it is sent again.
    """

    accepted: int = 0
    clean: int = 0
    duplicate: int = 0
    rejected: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)  # by reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a cleaning made of raw objects."""

    staged: tuple[StagedFile, ...] = ()
    removed: tuple[str, ...] = ()  # live keys whose day became empty
    counts: Counts = field(default_factory=Counts)  # to add to the totals
    settled: Mapping[str, int] = field(default_factory=dict)  # request id -> events that this run settled first
    # request id -> all events of it that the index holds now: the absolute number, the same if the run is done again
    settled_so_far: Mapping[str, int] = field(default_factory=dict)
    links: tuple[Link, ...] = ()  # the first of each anonymous id among the new events
    event_days: frozenset[str] = frozenset()  # 'YYYY-MM-DD' whose files are staged or removed


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDay:
    """The index of one received day, made again from raw."""

    staged: tuple[StagedFile, ...] = ()  # one, or none where raw has no event of that day
    removed: tuple[str, ...] = ()
    before: Counts = field(default_factory=Counts)  # of that day, as the live index had it
    counts: Counts = field(default_factory=Counts)  # of that day, absolute; totals change by counts - before
    settled_so_far: Mapping[str, int] = field(default_factory=dict)  # request id -> events, absolute
    event_days: frozenset[str] = frozenset()  # where this day's clean events happened, before or now
