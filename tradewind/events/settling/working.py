"""Working off the queue of raw events: register what came, take the lease, clean what waits.

Killed anywhere, nothing is lost: a raw object waits in the registry, and its message comes back until it is done.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import duckdb

from tradewind.errors import InputError
from tradewind.events.cleaning import cleaning
from tradewind.events.cleaning.ports import UnreadableRaw
from tradewind.events.settling import messages, publishing, raw_objects, rebuilding
from tradewind.events.settling.manifest import Manifest
from tradewind.events.settling.messages import Arrived, Delivery, Look, Rebuild
from tradewind.events.settling.raw_objects import FetchedObject, LiveFiles, RawCatalog
from tradewind.events.settling.registry import (
    LATE_RECEIPT,
    LEASE,
    RENEWAL,
    Lease,
    LeaseLostError,
    Progress,
    RawObject,
    may_take,
    to_sweep,
)
from tradewind.events.settling.stores import Clock, EventStores

# What one run takes at most: each commit then comes within seconds, and its manifest stays small.
MAX_OBJECTS = 100
MAX_BYTES = 64 * 1024**2
# No run begins with less than this left: a function that is ended in the middle has worked for nothing.
SPARE = timedelta(minutes=3)
# A look for settled receipts that could not be deleted yet: once nobody writes them any more.
SWEEP_SECONDS = int(LATE_RECEIPT.total_seconds()) + 1
# A message whose object another is about to clean looks again after this: by then it is done, or its cleaner is dead.
BUSY_SECONDS = 60


TimeLeft = Callable[[], timedelta]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One invocation: its stores, its clock, the time that it has, and where temporary files go."""

    stores: EventStores
    clock: Clock
    time_left: TimeLeft
    folder: Path | None = None  # None: the system's
    max_objects: int = MAX_OBJECTS
    max_bytes: int = MAX_BYTES

    def register(self, delivery: Delivery) -> bool:
        """Let what a message asks for wait; return False for one that asks for nothing.

        One whose object is done counts, too: its holder may have died before everything was in place.
        """
        match messages.parse(delivery.body):
            case Arrived(key):
                if self.stores.cleanings.object(key) is None:
                    self.stores.cleanings.wait_for(key)
                return True
            case Rebuild(rebuild_id, first, last):
                asked = Progress(rebuild_id=rebuild_id, first=first, last=last)
                self.stores.cleanings.ask_rebuild(asked, self.clock())
                return True
            case Look():
                return True
        return False

    def work_off(self, deliveries: Sequence[Delivery]) -> str:
        """Clean all that waits, and return in a few words what was done; `deliveries` were registered.

        While another works, they come again later as copies: that is no failed delivery.
        """
        ids = frozenset(delivery.message_id for delivery in deliveries)
        done: list[str] = []
        sweep_is_due = not self.stores.cleanings.state().unswept or any(_is_look(each) for each in deliveries)
        # Whoever found us busy may have let something wait after we had looked: look again once the lease is free.
        while self._has_work():
            if self.time_left() < SPARE:
                self.stores.queue.ask(Look())
                return _told(done, "handed on")
            holder = self._take(ids)
            if holder is None:
                self._postpone(deliveries)
                return _told(done, "another works")
            try:
                with self._holding(holder):
                    self._drain(holder, done)
            except LeaseLostError as lost:
                self._postpone(deliveries)
                return _told(done, f"given up: {lost}")
        self._bury(ids)
        if sweep_is_due and self.stores.cleanings.state().unswept:
            # One such message at a time: it was sent when there was the first to sweep, and follows itself.
            self.stores.queue.postpone(messages.write(Look()), seconds=SWEEP_SECONDS)
        return _told(done, "nothing waits")

    def _has_work(self) -> bool:
        state = self.stores.cleanings.state()
        if state.phase == "publishing" or to_sweep(state, self.clock()):
            return True
        return bool(self.stores.cleanings.waiting())

    def _take(self, ids: frozenset[str]) -> str | None:
        """Return the name under which the lease is ours now, or None where another has it."""
        now = self.clock()
        known = self.stores.cleanings.lease()
        if not may_take(known, messages=ids, now=now):
            return None
        lease = Lease(holder=uuid4().hex, until=now + LEASE, messages=ids)
        return lease.holder if self.stores.cleanings.take(lease, instead_of=known) else None

    def _bury(self, ids: frozenset[str]) -> None:
        """Give back the lease of a holder that died with nothing left to do: one of its messages is ours now."""
        known = self.stores.cleanings.lease()
        if known is not None and not known.messages.isdisjoint(ids):
            self.stores.cleanings.release(known.holder)

    def _postpone(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self.stores.queue.postpone(delivery.body, seconds=BUSY_SECONDS)

    @contextmanager
    def _holding(self, holder: str) -> Iterator[None]:
        """Renew the lease while the block runs, then give it back."""
        ended = threading.Event()
        renewal = threading.Thread(target=self._renew, args=(holder, ended), daemon=True)
        renewal.start()
        try:
            yield
        finally:
            ended.set()
            renewal.join()
            self.stores.cleanings.release(holder)

    def _renew(self, holder: str, ended: threading.Event) -> None:
        """Keep the lease alive. Where that fails the lease ends by itself, and the commit says so."""
        while not ended.wait(RENEWAL.total_seconds()):
            if not self.stores.cleanings.renew(holder, self.clock() + LEASE):
                return

    def _drain(self, holder: str, done: list[str]) -> None:
        if publishing.finish_committed(self.stores, self.clock):
            done.append("finished what was committed")
        publishing.sweep(self.stores, self.clock())
        alone, catalog = False, RawCatalog(self.stores)
        while self.time_left() >= SPARE:
            waiting = self.stores.cleanings.waiting()
            if waiting.objects:
                alone = self._clean(sorted(waiting.objects), holder, done, alone=alone)
            elif waiting.rebuilds:
                self._rebuild(min(waiting.rebuilds), catalog, holder, done)
            else:
                return

    def _clean(self, keys: Sequence[str], holder: str, done: list[str], *, alone: bool) -> bool:
        """Clean some of the waiting objects; return whether the next run should take one only.

        Where several fail together and none is known as the reason, they are tried one by one: the one that fails alone
        is set aside, so that it stops no other.
        """
        most = 1 if alone else self.max_objects
        keys = raw_objects.bounded(self.stores, keys, most=most, most_bytes=self.max_bytes)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="clean_events-") as name:
            objects = self._fetch(keys, Path(name), done)
            if not objects:
                return alone
            try:
                self._run(objects, Path(name), holder)
            except UnreadableRaw as error:
                (key,) = (each.key for each in objects if each.path == error.path)
                self._set_aside(key, error, done)
            except (duckdb.Error, InputError) as error:
                if _is_full(error):
                    raise
                if len(objects) > 1:
                    return True
                self._set_aside(objects[0].key, error, done)
            else:
                done.append(f"cleaned {len(objects)}")
        return alone

    def _fetch(self, keys: Sequence[str], folder: Path, done: list[str]) -> list[FetchedObject]:
        raw = folder / "raw"
        raw.mkdir()
        objects: list[FetchedObject] = []
        for key in keys:
            try:
                objects.append(raw_objects.look_at(self.stores, key, raw))
            except InputError as error:
                self._set_aside(key, error, done)
        return objects

    def _run(self, objects: Sequence[FetchedObject], folder: Path, holder: str) -> None:
        """Clean raw objects together and publish what became of them."""
        live, work = folder / "live", folder / "work"
        live.mkdir()
        work.mkdir()
        attempt = uuid4().hex
        outcome = cleaning.clean(
            [each.path for each in objects],
            attempt=attempt,
            lake=LiveFiles(self.stores, live),
            identities=self.stores.identities,
            settings=self.stores.settings,
            work=work,
        )
        manifest = Manifest(
            attempt=attempt,
            files=publishing.stage(self.stores, attempt, outcome.staged),
            removed=outcome.removed,
            objects={each.key: each.span for each in objects},
            settled=outcome.settled_so_far,
            links=outcome.links,
        )
        publishing.publish(self.stores, manifest, outcome.counts, holder=holder, clock=self.clock)

    def _set_aside(self, key: str, error: Exception, done: list[str]) -> None:
        failed = RawObject(key=key, state="failed", at=self.clock(), message=str(error))
        self.stores.cleanings.set_aside(failed)
        done.append(f"set aside {key}")

    def _rebuild(self, rebuild_id: str, catalog: RawCatalog, holder: str, done: list[str]) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="rebuild_events-") as name:
            step = rebuilding.RebuildStep(self.stores, catalog, self.clock, holder, Path(name))
            try:
                done.append(step.take(rebuild_id))
            except (duckdb.Error, InputError) as error:
                if _is_full(error):
                    raise
                self.stores.cleanings.end_rebuild(rebuild_id, message=str(error))
                done.append(f"rebuild failed: {error}")


def _is_look(delivery: Delivery) -> bool:
    return messages.parse(delivery.body) == Look()


def _is_full(error: Exception) -> bool:
    """Return whether the disk was full, which is no raw object's fault."""
    return any(sign in str(error) for sign in ("No space left", "max_temp_directory_size"))


def _told(done: Sequence[str], last: str) -> str:
    return ", ".join((*done, last))
