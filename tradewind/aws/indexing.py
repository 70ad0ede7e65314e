"""The indexer: open tasks become versions that shoppers see. It may be killed anywhere and called any number of times.

It believes the table alone: the records that a task names are read as they are now, made visible, and only then the
task is closed.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from tradewind.aws.catalog_store import CatalogStore
from tradewind.catalog.index_name import IndexName
from tradewind.catalog.indexing import Generation, plan_work
from tradewind.catalog.publishing import Changes, Published, Publisher, PublisherMovedError
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.tasks import Task

logger = logging.getLogger(__name__)

_ENCODED_AT_ONCE = timedelta(seconds=0.3)  # of vectors within an edit: words first, meaning follows
_LOOK_EVERY = timedelta(seconds=0.4)  # for edits, while vectors are computed
_ABANDONED_AFTER = timedelta(hours=1)  # readers of the old generation are gone by then
_DROPPED_AT_ONCE = 20_000  # records of abandoned generations
_ENOUGH_TIME = timedelta(seconds=90)  # left of a call for one more round
_ROUNDS = 200


@dataclass(slots=True)
class Done:
    """What a call of the indexer did."""

    published: dict[str, Published] = field(default_factory=dict)  # by index, the last version
    closed: int = 0  # tasks
    failed: dict[str, Exception] = field(default_factory=dict)  # by index


class Indexer:
    """Works off the tasks of all indexes with one engine."""

    def __init__(
        self,
        store: CatalogStore,
        publisher: Publisher,
        *,
        encode_seconds: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        time_left: Callable[[], timedelta] = lambda: timedelta.max,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._encode = timedelta(seconds=encode_seconds)
        self._clock = clock
        self._time_left = time_left
        self._known: frozenset[int] = frozenset()  # tasks that were open when the round began

    def run(self, *, sweep: bool = False) -> Done:
        """Work until nothing is to be done or the time is up; with `sweep`, tidy up and look for what was forgotten.

        Raises: the first error of an index, once all others are done.
        """
        done = Done()
        if sweep:
            self._ask_for_vectors()
        for _ in range(_ROUNDS):
            if not self._round(done) or self._time_left() < _ENOUGH_TIME:
                break
        if sweep:
            self._tidy_up()
        self._go_on_later(done)
        if done.failed:
            name, error = next(iter(done.failed.items()))
            raise RuntimeError(f"index {name!r} could not be published; its tasks stay open") from error
        return done

    # A round

    def _round(self, done: Done) -> bool:
        """Work off what is open now; return whether there was anything."""
        names = {each.name: each for each in self._store.names.all()}
        opened = self._store.tasks.all()
        self._known = frozenset(task.id for task in opened)
        work = plan_work(opened, names.values(), self._clock())
        tasks = [task for task in work.tasks if not set(task.names) & done.failed.keys()]
        if not tasks:
            return False
        settled = set(work.names) - done.failed.keys()
        for generation in work.generations:
            if generation.name not in done.failed:
                publish = partial(self._publish, names[generation.name], generation, done)
                settled -= self._try(generation.name, publish, done)
        for name in work.names:
            if name not in done.failed and name in settled:
                settled -= self._try(name, partial(self._point, name, names), done)
        for task in work.tasks_of(settled):
            self._store.tasks.close(task)
            done.closed += 1
        return True

    def _try(self, name: str, act: Callable[[], None], done: Done) -> set[str]:
        """Do it and return the names that are not settled."""
        try:
            act()
        except PublisherMovedError:
            logger.info("index %r was published by another: once more", name)
            return {name}
        except Exception as error:  # one broken index keeps no other waiting; run() raises it
            logger.exception("index %r could not be published", name)
            done.failed[name] = error
            return {name}
        return set()

    def _publish(self, name: IndexName, work: Generation, done: Done) -> None:
        whole = work.whole or not self._publisher.knows(work.index_id, name.name)
        puts, removes = self._all(work.index_id) if whole else self._touched(work)
        edits = bool(whole or work.object_ids or work.definition)
        changes = Changes(
            name=name.name,
            index_id=work.index_id,
            definition=self._store.definitions.read(name.definition_id),
            puts=puts,
            removes=removes,
            whole=whole,
        )
        if not (edits or work.encode):
            return
        before = done.published.get(name.name)
        published = self._publisher.publish(changes, encode_for=self._encode_for(edits=edits))
        done.published[name.name] = published
        self._store.names.note_published(name, records=published.records, size=published.size)
        logger.info(
            "index %r: version %s with %d records, %d without a vector",
            name.name,
            published.version,
            published.records,
            published.unencoded,
        )
        stuck = before is not None and not edits and published.unencoded >= before.unencoded
        if published.unencoded and published.encoder and not stuck:
            self._ask_to_encode(name)

    def _point(self, name: str, names: dict[str, IndexName]) -> None:
        """Let a name lead to what its item says; what was just published does so already."""
        here = names.get(name)
        if here is None:
            self._publisher.remove(name)
            return
        definition = self._store.definitions.read(here.definition_id)
        if here.primary is not None:
            self._publisher.point_replica(name, primary=here.primary, definition=definition)
        else:
            self._publisher.point(name, index_id=here.index_id, definition=definition)

    def _touched(self, work: Generation) -> tuple[Sequence[StoredRecord], frozenset[str]]:
        found = self._store.stored.get(work.index_id, work.object_ids)
        puts = [StoredRecord(each, found[each].body) for each in work.object_ids if each in found]
        return puts, frozenset(work.object_ids) - found.keys()

    def _all(self, index_id: str) -> tuple[Iterator[StoredRecord], frozenset[str]]:
        return (StoredRecord(object_id, body) for object_id, body in self._store.stored.all(index_id)), frozenset()

    # Vectors

    def _encode_for(self, *, edits: bool) -> Callable[[], bool]:
        """Return what says whether there is time for more vectors: not while edits wait to be seen.

        The time counts from the first vector on: what comes before it, a new segment on a busy machine, takes none of
        it, so that an edit has its vector at once.
        """
        end: datetime | None = None
        looked = self._clock()

        def goes_on() -> bool:
            nonlocal looked, end
            now = self._clock()
            if end is None:
                end = now + (_ENCODED_AT_ONCE if edits else self._encode)
            if now >= end or self._time_left() < _ENOUGH_TIME:
                return False
            if now - looked >= _LOOK_EVERY:
                looked = now
                if any(task.kind != "encode" and task.id not in self._known for task in self._store.tasks.all()):
                    end = now
                    return False
            return True

        return goes_on

    def _ask_to_encode(self, name: IndexName) -> None:
        self._store.tasks.finish(self._store.tasks.open("encode", (name.name,), index_id=name.index_id))

    def _ask_for_vectors(self) -> None:
        """Open an encode task for every index that lacks vectors: there may be an encoder that was not there before."""
        asked = {name for task in self._store.tasks.all() if task.kind == "encode" for name in task.names}
        for name in self._store.names.all():
            if name.primary is None and name.name not in asked and self._publisher.lacks_vectors(name.name):
                self._ask_to_encode(name)

    def _go_on_later(self, done: Done) -> None:
        """Touch one of the tasks that are left, so that the table's stream calls again."""
        left = [task for task in plan_work(self._store.tasks.all(), (), self._clock()).tasks if not _failed(task, done)]
        if left:
            self._store.tasks.touch(left[0])

    # Tidying

    def _tidy_up(self) -> None:
        names = self._store.names.all()
        live = frozenset(each.index_id for each in names)
        definitions = frozenset(each.definition_id for each in names)
        self._publisher.sweep(live)
        for each in self._store.abandoned.all():
            if self._clock() - each.since < _ABANDONED_AFTER:
                continue
            if each.what == "definition" and each.id not in definitions:
                self._store.definitions.drop(each.id)
            if each.what == "index" and each.id not in live and not self._drop(each.id):
                continue
            self._store.abandoned.forget(each.what, each.id)

    def _drop(self, index_id: str) -> bool:
        """Delete records of a generation and return whether all are gone; the rest is left to the next sweep."""
        return self._store.stored.drop(index_id, _DROPPED_AT_ONCE) < _DROPPED_AT_ONCE


def _failed(task: Task, done: Done) -> bool:
    return bool(set(task.names) & done.failed.keys())
