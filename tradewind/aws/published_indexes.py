"""What is published under each name, for status: from the names, the pointers and the manifests."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.aws.catalog_store import CatalogStore
from tradewind.aws.snapshot_store import SnapshotStore
from tradewind.catalog.editing import IndexFacts
from tradewind.search.embedded.manifest import Manifest
from tradewind.search.index import IndexUnavailable


def published(store: CatalogStore, snapshots: SnapshotStore, *, engine: str) -> Sequence[Mapping[str, Any]]:
    """Return name, records, engine, version, unencoded, encoder, primary, pending_tasks, demo of every index by name.

    Records and version are those that shoppers see; a version of null was not published yet.
    """
    facts = store.indexes()
    manifests = {each.name: _manifest(snapshots, each.primary or each.name) for each in facts}
    return [_told(each, manifests[each.name], engine) for each in facts]


def _told(index: IndexFacts, manifest: Manifest | None, engine: str) -> Mapping[str, Any]:
    return {
        "name": index.name,
        "records": manifest.records if manifest else 0,
        "engine": engine,
        "version": manifest.version if manifest else None,
        "unencoded": manifest.unencoded if manifest else 0,
        "encoder": manifest.encoder if manifest else None,
        "primary": index.primary,
        "pending_tasks": index.open_tasks,
        "demo": index.demo,
    }


def _manifest(snapshots: SnapshotStore, name: str) -> Manifest | None:
    try:
        held = snapshots.pointer(name)
        if held is None or held.pointer.index_id is None or held.pointer.version is None:
            return None
        return snapshots.manifest(held.pointer.index_id, held.pointer.version)
    except IndexUnavailable:
        return None
