"""Published indexes, ready to search: fetched from S3, looked at again every other second, swapped in one step.

What is damaged or cannot be reached changes nothing: the last good version keeps serving, and a log line says so.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tradewind.aws.snapshot_store import Held, SnapshotStore, UnchangedError
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.editing import UnknownIndex
from tradewind.catalog.raw_definition import RawDefinition, of_replica
from tradewind.search.embedded.engine import Engine, Opened
from tradewind.search.embedded.manifest import Manifest
from tradewind.search.embedded.pointer import Pointer
from tradewind.search.embedded.snapshot_cache import SnapshotCache
from tradewind.search.index import CatalogIndex, IndexUnavailable

logger = logging.getLogger(__name__)

_TRY_AGAIN = 10.0  # seconds until a version that could not be opened is tried again
_OLDER = 4  # versions that a new process falls back to

Ready = tuple[CatalogIndex, IndexDefinition]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    """What is searched under a name now. `looked` is the clock's time of the last look at the pointer."""

    ready: Ready
    raw: RawDefinition
    opened: Opened | None  # None of a replica: its primary has it
    manifest: Manifest | None
    etag: str
    primary: str | None = None
    primary_raw: RawDefinition | None = None  # the primary's definition that a replica was made with
    looked: float


class IndexReader:
    """All published indexes, each fetched when it is first asked for. Safe for several threads."""

    def __init__(
        self,
        snapshots: SnapshotStore,
        engine: Engine,
        cache: SnapshotCache,
        *,
        pointer_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._snapshots = snapshots
        self._engine = engine
        self._cache = cache
        self._pointer_seconds = pointer_seconds
        self._clock = clock
        self._served: dict[str, _Served] = {}
        self._refused: dict[str, tuple[str, float]] = {}  # name -> ETag that could not be opened, until when
        self._loading = threading.RLock()

    def named(self, name: str) -> Ready:
        """Return an index ready to search, and its definition. Raises: UnknownIndex, IndexUnavailable."""
        served = self._served.get(name)
        if served is not None and self._is_fresh(served):
            return served.ready
        # One request looks; the others go on with what they have, and wait only where they have nothing.
        if not self._loading.acquire(blocking=served is None):
            assert served is not None
            return served.ready
        try:
            return self._current(name).ready
        finally:
            self._loading.release()

    def _is_fresh(self, served: _Served) -> bool:
        if self._clock() - served.looked >= self._pointer_seconds:
            return False
        primary = self._served.get(served.primary) if served.primary else None
        return served.primary is None or (primary is not None and self._is_fresh(primary))

    def _current(self, name: str) -> _Served:
        served = self._served.get(name)
        now = self._clock()
        if served is not None and self._is_fresh(served):
            return served
        try:
            held = self._snapshots.pointer(name, unless=served.etag if served else None)
        except UnchangedError:
            assert served is not None
            return self._keep(name, self._with_primary(name, served), now)
        except IndexUnavailable as error:
            if served is None:
                raise
            logger.warning("index %r: %s: version %s keeps serving", name, error, served.ready[0].version)
            return self._keep(name, served, now)
        if held is None:
            self._served.pop(name, None)
            raise UnknownIndex(name)
        return self._keep(name, self._changed(name, held, served, now), now)

    def _keep(self, name: str, served: _Served, now: float) -> _Served:
        self._served[name] = replace(served, looked=now)
        return self._served[name]

    def _changed(self, name: str, held: Held, served: _Served | None, now: float) -> _Served:
        """Return what a pointer leads to; where that cannot be opened, what is served, else an older version."""
        etag, until = self._refused.get(name, ("", 0.0))
        if served is not None and etag == held.etag and now < until:
            return served
        try:
            opened = self._open(name, held, held.pointer)
        except IndexUnavailable as error:
            self._refused[name] = (held.etag, now + _TRY_AGAIN)
            if served is not None:
                logger.warning("index %r: %s: version %s keeps serving", name, error, served.ready[0].version)
                return served
            opened = self._older(name, held, error)
        else:
            self._refused.pop(name, None)
        self._served[name] = opened
        self._cache.keep(each.manifest for each in self._served.values() if each.manifest)
        return opened

    def _open(self, name: str, held: Held, pointer: Pointer) -> _Served:
        """Return a version, fetched and opened. Raises: IndexUnavailable."""
        raw = self._snapshots.definition(pointer.definition)
        if pointer.primary is not None:
            return self._replica(name, raw, pointer.primary, held.etag)
        if pointer.index_id is None or pointer.version is None:
            raise IndexUnavailable(f"the pointer of index {name!r} names no version")
        manifest = self._snapshots.manifest(pointer.index_id, pointer.version)
        opened = self._engine.open(manifest, self._snapshots.fetch(manifest, self._cache))
        definition = raw.parsed()
        return _Served(
            ready=(self._engine.searchable(opened, definition), definition),
            raw=raw,
            opened=opened,
            manifest=manifest,
            etag=held.etag,
            looked=self._clock(),
        )

    def _older(self, name: str, held: Held, why: IndexUnavailable) -> _Served:
        """Return the newest version that can be opened. Raises: IndexUnavailable where none can."""
        pointer = held.pointer
        if pointer.index_id is None:
            raise why
        for version in self._snapshots.versions(pointer.index_id)[: _OLDER + 1]:
            if version == pointer.version:
                continue
            try:
                opened = self._open(name, held, replace(pointer, version=version))
            except IndexUnavailable:
                continue
            logger.warning("index %r: %s: version %s serves instead", name, why, version)
            # Without the pointer's ETag: the next look tries the newest again.
            return replace(opened, etag="-")
        raise why

    def _replica(self, name: str, own: RawDefinition, primary: str, etag: str) -> _Served:
        """Return the primary's version under the replica's definition."""
        try:
            below = self._current(primary)
        except UnknownIndex as error:
            raise IndexUnavailable(f"index {name!r}: its primary {primary!r} is not published") from error
        definition = of_replica(below.raw, own, name=primary).parsed()
        return _Served(
            ready=(self._engine.searchable(below.opened, definition), definition),
            raw=own,
            opened=below.opened,
            manifest=None,
            etag=etag,
            primary=primary,
            primary_raw=below.raw,
            looked=self._clock(),
        )

    def _with_primary(self, name: str, served: _Served) -> _Served:
        """Return what is served, of a replica with its primary as it is now."""
        if served.primary is None:
            return served
        try:
            below = self._current(served.primary)
        except (UnknownIndex, IndexUnavailable) as error:
            logger.warning("index %r: %s: version %s keeps serving", name, error, served.ready[0].version)
            return served
        if below.opened is served.opened and below.raw == served.primary_raw:
            return served
        return self._replica(name, served.raw, served.primary, served.etag)
