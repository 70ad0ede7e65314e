"""What is published under each name, for status: from the names, the pointers and the manifests."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tradewind.aws.catalog_store import CatalogStore
from tradewind.aws.snapshot_store import SnapshotStore
from tradewind.catalog.editing import IndexFacts
from tradewind.search.embedded.manifest import Manifest
from tradewind.search.embedded.pointer import Pointer
from tradewind.search.index import IndexUnavailable


def published(
    store: CatalogStore,
    snapshots: SnapshotStore,
    *,
    has_cluster: Callable[[], bool],
    current_encoder: str | None = None,
) -> Sequence[Mapping[str, Any]]:
    """Return what is published of every index, by name: name, records, engine, version, unencoded, encoder,
    other_encoder, vectors_left, primary, pending_tasks, demo.

    Records and version are those of the embedded engine, which has all that a cluster has; a version of null was not
    published yet. `engine`: which one answers (embedded, opensearch); `has_cluster` is asked only where it matters.
    `other_encoder`: the vectors are of another encoder than `current_encoder`, and are computed anew by the indexer;
    `vectors_left`: so many are still to be computed, 0 where there is no encoder to do it.
    """
    facts = store.indexes()
    pointers = {each.name: _pointer(snapshots, each.primary or each.name) for each in facts}
    moved = any(pointer and pointer.answers == "opensearch" for pointer in pointers.values())
    clustered = moved and has_cluster()
    return [_told(each, snapshots, pointers[each.name], current_encoder, clustered=clustered) for each in facts]


def _told(
    index: IndexFacts, snapshots: SnapshotStore, pointer: Pointer | None, current: str | None, *, clustered: bool
) -> Mapping[str, Any]:
    manifest = _manifest(snapshots, pointer)
    other = manifest is not None and None not in (manifest.encoder, current) and manifest.encoder != current
    on_cluster = clustered and pointer is not None and pointer.answers == "opensearch"
    return {
        "name": index.name,
        "records": manifest.records if manifest else 0,
        "engine": "opensearch" if on_cluster else "embedded",
        "version": manifest.version if manifest else None,
        "unencoded": manifest.unencoded if manifest else 0,
        "encoder": manifest.encoder if manifest else None,
        "other_encoder": other,
        "vectors_left": _vectors_left(manifest, current),
        "primary": index.primary,
        "pending_tasks": index.open_tasks,
        "demo": index.demo,
    }


def _vectors_left(manifest: Manifest | None, current: str | None) -> int:
    """Return how many records have no vector of the current encoder; those of another encoder count as none."""
    if manifest is None or current is None:
        return 0
    return manifest.unencoded if manifest.encoder == current else manifest.records


def _pointer(snapshots: SnapshotStore, name: str) -> Pointer | None:
    try:
        held = snapshots.pointer(name)
    except IndexUnavailable:
        return None
    return held.pointer if held else None


def _manifest(snapshots: SnapshotStore, pointer: Pointer | None) -> Manifest | None:
    if pointer is None or pointer.index_id is None or pointer.version is None:
        return None
    try:
        return snapshots.manifest(pointer.index_id, pointer.version)
    except IndexUnavailable:
        return None
