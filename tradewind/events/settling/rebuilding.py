"""A rebuild, day by day: first the index of each received day again from raw, then each event day from raw and index.

Each day is a run of its own, published like any other, and taken from what the rebuild has to do by its own commit.
New raw objects are cleaned in between, and a rebuild reads only objects that were cleaned: else an event would get into
the index that is not in the events, and its cleaning would take it for a repeat.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from tradewind.events.cleaning import rebuilding
from tradewind.events.cleaning.ports import Counts, Link, SeenDay, StagedFile
from tradewind.events.settling import publishing, raw_objects
from tradewind.events.settling.manifest import Manifest, Step
from tradewind.events.settling.raw_objects import LiveFiles, RawCatalog
from tradewind.events.settling.registry import Progress, Span, days_after, days_before, days_between
from tradewind.events.settling.stores import Clock, EventStores
from tradewind.lake import layout


@dataclass(frozen=True, slots=True)
class RebuildStep:
    """The next step of a rebuild, under the lease of `holder`, with an empty `folder` of its own."""

    stores: EventStores
    catalog: RawCatalog
    clock: Clock
    holder: str
    folder: Path

    def take(self, rebuild_id: str) -> str:
        """Do the next step and return, in a few words, which it was."""
        progress = self.stores.cleanings.rebuild(rebuild_id)
        if progress is None or progress.state in ("done", "failed"):
            self.stores.cleanings.end_rebuild(rebuild_id, message=progress.message if progress else None)
            return "a rebuild that has ended"
        if progress.state == "asked":
            return self._plan(progress)
        if progress.received_days:
            return self._index(progress, min(progress.received_days))
        days = _within(progress, progress.event_days)
        if days:
            return self._clean(progress, min(days))
        self.stores.cleanings.end_rebuild(rebuild_id)
        return "rebuilt"

    def _plan(self, progress: Progress) -> str:
        """Find the received days that hold events of the days asked for; raw objects nobody cleaned yet come first."""
        self.catalog.refresh(self.clock())
        for key in self.catalog.unknown:
            self.stores.cleanings.wait_for(key)
        if self.catalog.unknown:
            return f"{len(self.catalog.unknown)} raw objects are cleaned first"
        spans = list(self.catalog.spans.values())
        days = received_days(spans, progress.first, progress.last)
        if days:
            days |= self._lost_before(min(days), spans)
        self.stores.cleanings.plan_rebuild(replace(progress, state="indexing", received_days=frozenset(days)))
        return f"planned {len(days)} received days"

    def _lost_before(self, first: str, spans: Iterable[Span]) -> set[str]:
        """Return those days before `first` whose index has expired: duplicates of later days are sought in it."""
        received = {day for span in spans for day in days_between(*span.received)}
        before = days_before(first, self.stores.settings.duplicate_days)
        return {day for day in before if day in received and self.stores.lake.head(layout.events_seen_key(day)) is None}

    def _index(self, progress: Progress, day: str) -> str:
        raw = self._fetch(lambda span: span.was_received_on(day))
        live = self._live()
        had_index = live.fetch(layout.events_seen_key(day)) is not None
        seen = rebuilding.rebuild_seen(day, raw, lake=live, settings=self.stores.settings, work=self._made("work"))
        # Known before the event days are made: a link of a later day is for the events before it, too.
        links = rebuilding.links_in(raw, settings=self.stores.settings, work=self._made("links"))
        changes = difference(seen) if had_index else Counts()
        manifest = self._manifest(
            seen.staged,
            seen.removed,
            links=links,
            step=Step(
                rebuild_id=progress.rebuild_id,
                received_day=day,
                received_days=self._following(day) if changes != Counts() else (),
                event_days=tuple(sorted(_within(progress, seen.event_days))),
            ),
        )
        publishing.publish(self.stores, manifest, changes, holder=self.holder, clock=self.clock)
        return f"index of {day}"

    def _clean(self, progress: Progress, day: str) -> str:
        raw = self._fetch(lambda span: span.may_have_occurred(day, day))
        outcome = rebuilding.rebuild_day(
            day,
            raw,
            lake=self._live(),
            identities=self.stores.identities,
            settings=self.stores.settings,
            work=self._made("work"),
        )
        step = Step(rebuild_id=progress.rebuild_id, event_day=day)
        manifest = self._manifest(outcome.staged, outcome.removed, links=outcome.links, step=step)
        publishing.publish(self.stores, manifest, outcome.counts, holder=self.holder, clock=self.clock)
        return f"events of {day}"

    def _fetch(self, wanted: Callable[[Span], bool]) -> list[Path]:
        """Return copies of the cleaned raw objects whose days are `wanted`."""
        self.catalog.refresh(self.clock())
        raw = self._made("raw")
        return [raw_objects.fetch(self.stores, key, raw) for key, span in self.catalog.spans.items() if wanted(span)]

    def _following(self, day: str) -> tuple[str, ...]:
        """Return the days whose index may change with that of `day`: duplicates are sought back so far."""
        after = days_after(day, self.stores.settings.duplicate_days)
        return tuple(each for each in after if any(s.was_received_on(each) for s in self.catalog.spans.values()))

    def _manifest(
        self,
        staged: Sequence[StagedFile],
        removed: tuple[str, ...],
        *,
        step: Step,
        links: tuple[Link, ...] = (),
    ) -> Manifest:
        attempt = uuid4().hex
        files = publishing.stage(self.stores, attempt, staged)
        return Manifest(attempt=attempt, files=files, removed=removed, links=links, step=step)

    def _live(self) -> LiveFiles:
        return LiveFiles(self.stores, self._made("live"))

    def _made(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder


def received_days(spans: Iterable[Span], first: str | None, last: str | None) -> set[str]:
    """Return the days on which events of the days `first` to `last` may have been received; None is without an end."""
    everything = first is None and last is None
    return {
        day
        for span in spans
        if everything or span.may_have_occurred(first, last)
        for day in days_between(*span.received)
    }


def difference(seen: SeenDay) -> Counts:
    """Return what the totals gain by an index that was made again: counts - before."""
    reasons = {*seen.counts.dropped, *seen.before.dropped}
    dropped = {each: seen.counts.dropped.get(each, 0) - seen.before.dropped.get(each, 0) for each in sorted(reasons)}
    return Counts(
        accepted=seen.counts.accepted - seen.before.accepted,
        clean=seen.counts.clean - seen.before.clean,
        duplicate=seen.counts.duplicate - seen.before.duplicate,
        rejected=seen.counts.rejected - seen.before.rejected,
        dropped={reason: number for reason, number in dropped.items() if number},
    )


def _within(progress: Progress, days: Collection[str]) -> list[str]:
    """Return those event days that were asked for."""
    return [
        day
        for day in days
        if (progress.first is None or day >= progress.first) and (progress.last is None or day <= progress.last)
    ]
