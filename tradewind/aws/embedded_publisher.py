"""Versions of the embedded engine on their way to S3: files, manifest, pointer, in this order."""

import logging
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tradewind.aws.snapshot_store import DamagedPointerError, Held, PointerMovedError, SnapshotStore
from tradewind.catalog.publishing import Changes, Published, PublisherMovedError
from tradewind.catalog.raw_definition import RawDefinition
from tradewind.search.embedded.engine import Building, Engine, Opened, next_version
from tradewind.search.embedded.manifest import Manifest
from tradewind.search.embedded.pointer import Engine as AnsweringEngine
from tradewind.search.embedded.pointer import Pointer
from tradewind.search.embedded.snapshot_cache import SnapshotCache
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import IndexUnavailable

logger = logging.getLogger(__name__)

_KEPT_VERSIONS = 5  # of a generation: what a reader falls back to
_KEPT = timedelta(hours=1)  # an object that no version has yet may be of one that is being published


@dataclass(frozen=True, slots=True)
class _Version:
    manifest: Manifest
    opened: Opened


class EmbeddedPublisher:
    """The one writer of the bucket of indexes. `beside_cluster`: all that is published here goes to a cluster, too."""

    def __init__(
        self,
        snapshots: SnapshotStore,
        engine: Engine,
        cache: SnapshotCache,
        encoder: Callable[[], TextEncoder | None],
        *,
        beside_cluster: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        token: Callable[[], str] = lambda: secrets.token_hex(2),
    ) -> None:
        self._snapshots = snapshots
        self._engine = engine
        self._cache = cache
        self._encoder = encoder
        self._beside_cluster = beside_cluster
        self._clock = clock
        self._token = token
        self._last: dict[str, _Version] = {}  # by generation

    def knows(self, index_id: str, name: str) -> bool:
        return self._base(index_id, self._pointer(name)) is not None

    def publish(self, changes: Changes, *, encode_for: Callable[[], bool]) -> Published:
        before = self._pointer(changes.name)
        base = self._base(changes.index_id, before)
        if base is None and not changes.whole:
            raise PublisherMovedError(f"{changes.name}: the version to build on is gone")
        last = self._version_of(changes.index_id, before)
        encoder = self._encoder()
        with tempfile.TemporaryDirectory(prefix="tradewind-build-") as name:
            folder = Path(name)
            building = Building(
                base=base.opened if base and not changes.whole else None,
                upserts=changes.puts,
                deletes=changes.removes,
                definition=changes.definition.parsed(),
                encoder=encoder,
                index_id=changes.index_id,
                version=next_version(self._clock(), last, self._token()),
                now=self._clock(),
                encode_for=encode_for,
            )
            manifest = self._engine.build(building, folder)
            self._snapshots.put_files(manifest, folder)
            self._cache.take(manifest, folder)
        self._snapshots.put_manifest(manifest)
        pointer = Pointer(
            definition=self._snapshots.put_definition(changes.definition),
            index_id=manifest.index_id,
            version=manifest.version,
        )
        try:
            self._move(changes.name, pointer, before)
        except PublisherMovedError:
            self._snapshots.delete_versions(manifest.index_id, [manifest.version])
            raise
        self._remember(manifest)
        return Published(
            version=manifest.version,
            records=manifest.records,
            unencoded=manifest.unencoded,
            encoder=encoder.name if encoder else None,
            size=sum(file.size for file in manifest.files),
        )

    def point(self, name: str, *, index_id: str, definition: RawDefinition) -> None:
        before = self._pointer(name)
        version = self._version_of(index_id, before)
        if version is None:
            raise IndexUnavailable(f"index {name!r}: generation {index_id} was never published")
        pointer = Pointer(definition=self._snapshots.put_definition(definition), index_id=index_id, version=version)
        self._move(name, pointer, before)

    def point_replica(self, name: str, *, primary: str, definition: RawDefinition) -> None:
        pointer = Pointer(definition=self._snapshots.put_definition(definition), primary=primary)
        self._move(name, pointer, self._pointer(name))

    def remove(self, name: str) -> None:
        self._snapshots.delete_pointer(name)

    def lacks_vectors(self, name: str) -> bool:
        encoder = self._encoder()
        held = self._pointer(name)
        if encoder is None or held is None or not held.pointer.index_id or not held.pointer.version:
            return False
        try:
            manifest = self._snapshots.manifest(held.pointer.index_id, held.pointer.version)
        except IndexUnavailable:
            return False
        return manifest.records > 0 and (manifest.unencoded > 0 or manifest.encoder != encoder.name)

    def sweep(self, live: frozenset[str]) -> None:
        now = self._clock()
        pointers = [held.pointer for name in self._snapshots.pointers() if (held := self._pointer(name))]
        used = {(each.index_id, each.version) for each in pointers}
        needed = {each.definition for each in pointers}
        for index_id, versions in self._snapshots.generations().items():
            # The version that a name leads to is never one to go, however many came after it.
            kept = versions[:_KEPT_VERSIONS] if index_id in live else []
            kept += [version for version in versions if (index_id, version) in used and version not in kept]
            self._snapshots.delete_versions(index_id, [version for version in versions if version not in kept])
            for version in kept:
                try:
                    needed |= {file.sha256 for file in self._snapshots.manifest(index_id, version).files}
                except IndexUnavailable:
                    logger.exception("the version is damaged; its objects may go")
        old = [sha256 for sha256, made in self._snapshots.objects() if sha256 not in needed and now - made > _KEPT]
        self._snapshots.delete_objects(old)

    # How it is done

    def _pointer(self, name: str) -> Held | None:
        """Return where a name leads: None where there is no pointer, to no version where it is damaged.

        Raises: IndexUnavailable where it cannot be read now.
        """
        try:
            return self._snapshots.pointer(name)
        except DamagedPointerError as error:
            logger.exception("a pointer is damaged and is written anew")
            return Held(Pointer(definition=""), error.etag)

    def _version_of(self, index_id: str, held: Held | None) -> str | None:
        """Return the published version of a generation: by its name's pointer, else by whichever name leads to it.

        Never by the list of manifests: one of them may be of a writer that came too late.
        """
        if held and held.pointer.index_id == index_id:
            return held.pointer.version
        others = [self._pointer(name) for name in self._snapshots.pointers()]
        versions = [each.pointer.version or "" for each in others if each and each.pointer.index_id == index_id]
        return max(versions, default=None)

    def _base(self, index_id: str, held: Held | None) -> _Version | None:
        """Return the published version of a generation, opened; None where there is none that can be read."""
        version = self._version_of(index_id, held)
        if version is None:
            return None
        known = self._last.get(index_id)
        if known and known.manifest.version == version:
            return known
        try:
            manifest = self._snapshots.manifest(index_id, version)
            self._snapshots.fetch(manifest, self._cache)
            return self._remember(manifest)
        except IndexUnavailable:
            logger.exception("the version cannot be read: the index is built anew from the store")
            return None

    def _remember(self, manifest: Manifest) -> _Version:
        opened = self._engine.open(manifest, self._cache.laid_out(manifest))
        self._last[manifest.index_id] = _Version(manifest, opened)
        self._cache.keep(each.manifest for each in self._last.values())
        return self._last[manifest.index_id]

    def _move(self, name: str, target: Pointer, before: Held | None) -> None:
        pointer = replace(target, answers=None if target.primary else self._answers(before))
        if before and before.pointer == pointer:
            return
        try:
            self._snapshots.put_pointer(name, pointer, before=before)
        except PointerMovedError as error:
            raise PublisherMovedError(name) from error

    def _answers(self, before: Held | None) -> AnsweringEngine | None:
        """Return which engine answers a name from now on: the one that did; of a new name the cluster, if there is one.

        Without a cluster nobody: this change does not reach it, and it must be filled again before it answers.
        """
        if not self._beside_cluster:
            return None
        if before is None or before.pointer.primary is not None:
            return "opensearch"  # there is nothing to compare it with
        return before.pointer.answers
