"""Which engine answers an index: a word in its pointer, changed by one command and looked at again by readers."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tradewind.aws.snapshot_store import PointerMovedError, SnapshotStore, UnchangedError
from tradewind.catalog.editing import UnknownIndex
from tradewind.errors import InputError
from tradewind.search.embedded.pointer import Engine, Pointer
from tradewind.search.index import IndexUnavailable

logger = logging.getLogger(__name__)

_TRIES = 10  # the indexer publishes some times a second at most


@dataclass(frozen=True, slots=True)
class _Known:
    pointer: Pointer | None
    etag: str | None
    looked: float  # seconds of the clock


class AnsweringEngines:
    """Looks at a pointer every `pointer_seconds`; one that cannot be read says what it said before."""

    def __init__(
        self, snapshots: SnapshotStore, *, pointer_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._snapshots = snapshots
        self._pointer_seconds = pointer_seconds
        self._clock = clock
        self._known: dict[str, _Known] = {}

    def is_cluster(self, name: str) -> bool:
        """Return whether the cluster answers an index, or the primary of a replica.

        Of one whose pointer was never read, too: where the bucket cannot be read the embedded engine knows no more.
        """
        try:
            pointer = self._pointer(name)
        except IndexUnavailable as error:
            logger.warning("index %r: %s: the cluster is asked", name, error)
            return True
        if pointer is None:
            return False
        return self.is_cluster(pointer.primary) if pointer.primary else pointer.answers == "opensearch"

    def _pointer(self, name: str) -> Pointer | None:
        known, now = self._known.get(name), self._clock()
        if known is not None and now - known.looked < self._pointer_seconds:
            return known.pointer
        try:
            held = self._snapshots.pointer(name, unless=known.etag if known else None)
        except UnchangedError:
            assert known is not None
            self._known[name] = replace(known, looked=now)
            return known.pointer
        except IndexUnavailable as error:
            if known is None:
                raise
            logger.warning("index %r: %s: the engine that answered goes on", name, error)
            self._known[name] = replace(known, looked=now)
            return known.pointer
        if held is None:
            self._known.pop(name, None)
            return None
        self._known[name] = _Known(held.pointer, held.etag, now)
        return held.pointer


def undecided(snapshots: SnapshotStore) -> list[str]:
    """Return the published indexes, replicas aside, for which nobody chose an engine. Raises: IndexUnavailable."""
    held = {name: snapshots.pointer(name) for name in snapshots.pointers()}
    return [name for name, each in held.items() if each and not each.pointer.primary and each.pointer.answers is None]


def let_answer(snapshots: SnapshotStore, name: str, engine: Engine) -> None:
    """Let an engine answer an index from now on; what is published meanwhile stays.

    Raises: UnknownIndex, IndexUnavailable, InputError for a replica.
    """
    for _ in range(_TRIES):
        held = snapshots.pointer(name)
        if held is None:
            raise UnknownIndex(name)
        if held.pointer.primary is not None:
            primary = held.pointer.primary
            raise InputError("index", repr(name), f"it is a replica and follows its primary: say {primary!r}")
        try:
            return snapshots.put_pointer(name, replace(held.pointer, answers=engine), before=held)
        except PointerMovedError:
            continue
    raise IndexUnavailable(f"the pointer of index {name!r} moved {_TRIES} times meanwhile: try again")
