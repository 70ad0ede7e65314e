"""The records of the cleaning of events, and what may become of them: pure values and functions.

`tradewind.aws.cleaning_store` keeps them; every write there is conditional on what was read, or can be repeated.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

# Renewed while its holder lives, so it may be short: what a dead holder left is taken up after two minutes.
LEASE = timedelta(minutes=2)
RENEWAL = timedelta(seconds=20)
# A collector that did not learn whether its receipt was written tries again for less than this (its time-out).
LATE_RECEIPT = timedelta(minutes=1)


class LeaseLostError(Exception):
    """Another works now, or has changed the state; the one that hears this must write nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who may clean, and until when a silent holder counts as alive."""

    holder: str
    until: datetime
    messages: frozenset[str] = frozenset()  # ids of the holder's messages: when one comes again, the holder is dead


def may_take(lease: Lease | None, *, messages: Collection[str], now: datetime) -> bool:
    """Return whether one who works off `messages` may take the lease at `now`."""
    return lease is None or lease.until <= now or not lease.messages.isdisjoint(messages)


@dataclass(frozen=True, slots=True)
class Unswept:
    """A published attempt whose settled receipts may not be deleted yet, because a collector may still write them."""

    attempt: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What was committed last. In phase `publishing` whoever works next first puts it in place."""

    version: int = 0  # counts the writes; each names the one it read
    phase: Literal["idle", "publishing"] = "idle"
    attempt: str | None = None
    unswept: tuple[Unswept, ...] = ()


def committed(state: State, attempt: str) -> State:
    """Return the state that commits what `attempt` staged. Raises: LeaseLostError while another is published."""
    if state.phase != "idle":
        raise LeaseLostError(f"attempt {state.attempt} is being published")
    return replace(state, version=state.version + 1, phase="publishing", attempt=attempt)


def published(state: State, now: datetime) -> State:
    """Return the state after everything of the committed attempt is in place."""
    unswept = (*state.unswept, Unswept(state.attempt, now)) if state.attempt else state.unswept
    return replace(state, version=state.version + 1, phase="idle", unswept=unswept)


def swept(state: State, gone: Collection[Unswept]) -> State:
    left = tuple(each for each in state.unswept if each not in gone)
    return replace(state, version=state.version + 1, unswept=left)


def to_sweep(state: State, now: datetime) -> list[Unswept]:
    """Return the attempts whose settled receipts nobody writes any more."""
    return [each for each in state.unswept if each.at + LATE_RECEIPT <= now]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The days that the rows of a raw object are of ('YYYY-MM-DD', first and last): a rebuild reads only what it needs.

    `occurred` is None where no row has such a time (dropped and rejected events).
    """

    received: tuple[str, str]
    occurred: tuple[str, str] | None = None

    def was_received_on(self, day: str) -> bool:
        return self.received[0] <= day <= self.received[1]

    def may_have_occurred(self, first: str | None, last: str | None) -> bool:
        """Return whether an event of the days `first` to `last` may be in it; None is without an end."""
        if self.occurred is None:
            return False
        return (first is None or self.occurred[1] >= first) and (last is None or self.occurred[0] <= last)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawObject:
    """What is known of a raw object that was worked off."""

    key: str
    state: Literal["done", "failed"]
    at: datetime
    span: Span | None = None  # of done ones
    message: str | None = None  # why it failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is to be done: raw objects by key, and rebuilds by id."""

    objects: frozenset[str] = frozenset()
    rebuilds: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.objects or self.rebuilds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A rebuild that was asked for: days of the index to do, then event days to do."""

    rebuild_id: str
    first: str | None = None
    last: str | None = None
    state: Literal["asked", "indexing", "cleaning", "done", "failed"] = "asked"
    received_days: frozenset[str] = frozenset()  # still to do
    event_days: frozenset[str] = frozenset()  # still to do; known once received_days is empty
    steps: int = 0  # days done so far, of both kinds
    changed: Mapping[str, int] = field(default_factory=dict)  # what it added to the totals so far
    message: str | None = None  # why it failed


def days_between(first: str, last: str) -> list[str]:
    """Return the days from `first` to `last`, both included, as 'YYYY-MM-DD'."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(begin + timedelta(days=number)).isoformat() for number in range((end - begin).days + 1)]


def days_after(day: str, count: int) -> list[str]:
    """Return the `count` days after `day`, in ascending order."""
    begin = date.fromisoformat(day)
    return [(begin + timedelta(days=number)).isoformat() for number in range(1, count + 1)]


def days_before(day: str, count: int) -> list[str]:
    """Return the `count` days before `day`, in ascending order."""
    end = date.fromisoformat(day)
    return [(end - timedelta(days=number)).isoformat() for number in range(count, 0, -1)]
