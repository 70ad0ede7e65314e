"""A shopper's profile: the last interactions and visits, and how two of them become one.

All of it is made so that merging is a union: the same event again changes nothing, and the order in which events come
does not matter, as long as none of them was forgotten already (the oldest interactions, visits of an earlier day).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby

# What a day's worth of visits and an event's worth of lines may be. Together with `_LONGEST` they keep an item below
# 100 KB, far from DynamoDB's 400 KB.
_VISITS = 10
LINES_OF_AN_EVENT = 20  # an order of 500 lines must not push all that the shopper looked at out of the profile
_OLDEST_VISIT = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 256  # characters of an id; longer ones are kept as their digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One product of an interaction event; line 0 and no SKU where the event names none. `at` is UTC in ISO 8601."""

    event_id: str
    line: int
    interaction: str
    at: str
    received: str  # orders the copies of an event: the one received first counts (Activity.received)
    sku: str | None = None
    query_id: str | None = None
    session: str | None = None  # the client's
    anonymous_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A session of the shopper: the client's own, else events of one anonymous id with short gaps between them."""

    started_at: str
    last_at: str
    session: str | None = None  # the client's
    anonymous_id: str | None = None

    @property
    def id(self) -> str | None:
        """Return the session's id, as the lake has it; None where neither client nor anonymous id tells sessions."""
        if self.session or self.anonymous_id is None:
            return self.session
        microseconds = (datetime.fromisoformat(self.started_at) - _EPOCH) // timedelta(microseconds=1)
        # As analytics/sql/events/sessions.sql makes it.
        return sha256(f"{self.anonymous_id}{microseconds}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An identify or alias said that an anonymous id belongs to a user; of several, the first received one counts."""

    received: str
    user: str  # the key of the user's profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is kept of a shopper. Interactions and visits are newest first; times are UTC in ISO 8601, '' for never."""

    shopper: str  # see user_key, anonymous_key
    version: int = 0  # 0: not stored yet
    first_seen: str = ""
    last_seen: str = ""
    last_received: str = ""
    interactions: tuple[Interaction, ...] = ()
    visits: tuple[Visit, ...] = ()
    link: Link | None = None  # of an anonymous profile: where its interactions went

    @property
    def session(self) -> Visit | None:
        """Return the visit that the shopper was seen in last."""
        return self.visits[0] if self.visits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a shopper is kept, and what separates two visits."""

    interactions: int
    gap: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What one event says of its shopper."""

    receipt: str
    received_at: str
    at: str
    user_id: str | None = None
    anonymous_id: str | None = None
    session: str | None = None
    interactions: tuple[Interaction, ...] = ()
    linked: tuple[str, ...] = ()  # anonymous ids that are said to be the user's

    @property
    def received(self) -> str:
        """Return what sorts in the order of acceptance, as the cleaning sorts."""
        return f"{self.received_at} {self.receipt}"


def user_key(user_id: str) -> str:
    """Return the key of a user's profile. Prefixed, because a user's id may be another's anonymous id."""
    return f"user:{short(user_id)}"


def anonymous_key(anonymous_id: str) -> str:
    """Return the key of the profile of somebody who is not known yet."""
    return f"anonymous:{short(anonymous_id)}"


def short(text: str) -> str:
    """Return an id, or its digest where it is too long to be kept many times."""
    return text if len(text) <= _LONGEST else f"sha256:{sha256(text.encode()).hexdigest()}"


def profile_of(shopper: str, activities: Iterable[Activity], limits: Limits) -> Profile:
    """Return the profile that these events alone would make."""
    known = list(activities)
    return _bounded(
        Profile(
            shopper=shopper,
            first_seen=min((each.at for each in known), default=""),
            last_seen=max((each.at for each in known), default=""),
            last_received=max((each.received_at for each in known), default=""),
            interactions=tuple(line for each in known for line in each.interactions),
            visits=tuple(
                Visit(started_at=each.at, last_at=each.at, session=each.session, anonymous_id=each.anonymous_id)
                for each in known
            ),
        ),
        limits,
    )


def merged(profile: Profile, other: Profile, limits: Limits) -> Profile:
    """Return `profile` with what `other` knows added; its key, version and link stay."""
    return _bounded(
        replace(
            profile,
            first_seen=min(filter(None, (profile.first_seen, other.first_seen)), default=""),
            last_seen=max(profile.last_seen, other.last_seen),
            last_received=max(profile.last_received, other.last_received),
            interactions=profile.interactions + other.interactions,
            visits=profile.visits + other.visits,
        ),
        limits,
    )


def handed_over(profile: Profile, link: Link) -> Profile:
    """Return what stays of an anonymous profile whose interactions are in its user's."""
    return replace(profile, interactions=(), visits=(), link=link)


def counts(profile: Profile) -> dict[str, int]:
    """Return the events of the current session by interaction; at most as many as the profile keeps."""
    visit = profile.session
    if visit is None:
        return {}
    events = {
        (each.interaction, each.event_id)
        for each in profile.interactions
        if _whose(each) == _whose(visit) and visit.started_at <= each.at <= visit.last_at
    }
    return {name: len(list(group)) for name, group in groupby(sorted(events), key=lambda event: event[0])}


def _bounded(profile: Profile, limits: Limits) -> Profile:
    return replace(
        profile,
        interactions=_last(profile.interactions, limits.interactions),
        visits=_visits(profile.visits, limits.gap),
    )


def _last(interactions: Sequence[Interaction], count: int) -> tuple[Interaction, ...]:
    """Return the newest interactions, newest first. Of an event that came twice, the copy received first counts."""
    first_received: dict[str, str] = {}
    for each in interactions:
        first_received[each.event_id] = min(each.received, first_received.get(each.event_id, each.received))
    kept = {(each.event_id, each.line): each for each in interactions if each.received == first_received[each.event_id]}
    # Lines of one event stay in their order: the first product before the second.
    by_line = sorted(kept.values(), key=lambda each: each.line)
    return tuple(sorted(by_line, key=lambda each: (each.at, each.event_id), reverse=True)[:count])


def _visits(visits: Sequence[Visit], gap: timedelta) -> tuple[Visit, ...]:
    joined: list[Visit] = []
    # By anonymous id, too: of two that start a client's session in the same moment, always the same one stays.
    ordered = sorted(visits, key=lambda visit: (*map(str, _whose(visit)), visit.started_at, visit.anonymous_id or ""))
    for _, group in groupby(ordered, key=_whose):
        joined += _joined(group, gap)
    newest = sorted(joined, key=lambda visit: (visit.last_at, visit.started_at, str(_whose(visit))), reverse=True)
    if not newest:
        return ()
    oldest = datetime.fromisoformat(newest[0].last_at) - _OLDEST_VISIT
    return tuple(visit for visit in newest[:_VISITS] if datetime.fromisoformat(visit.last_at) >= oldest)


def _joined(visits: Iterable[Visit], gap: timedelta) -> list[Visit]:
    """Return visits of one client session, or of one anonymous id, in order of their start, as few as they are."""
    joined: list[Visit] = []
    for visit in visits:
        if joined and (visit.session or _between(joined[-1].last_at, visit.started_at) < gap):
            joined[-1] = replace(joined[-1], last_at=max(joined[-1].last_at, visit.last_at))
        else:
            joined.append(visit)
    return joined


def _between(earlier: str, later: str) -> timedelta:
    return datetime.fromisoformat(later) - datetime.fromisoformat(earlier)


def _whose(of: Visit | Interaction) -> tuple[str | None, str | None]:
    """Return what tells sessions apart: the client's id wherever it comes from, else the anonymous id."""
    return (of.session, None) if of.session else (None, of.anonymous_id)
