"""The embedded engine as stores of snapshots use it: build a version in a folder, open one from a folder."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.search.embedded.manifest import Manifest
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex

_STAMP = "%Y%m%dT%H%M%S.%f"
_SMALLEST = timedelta(microseconds=1)

Opened = Any  # tradewind.search.embedded.opening.OpenedSnapshot; whoever stores snapshots looks at nothing in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """What a version is made of: the one before it, and what changed since."""

    base: Opened | None
    upserts: Iterable[StoredRecord]
    deletes: Iterable[str]
    definition: IndexDefinition
    encoder: TextEncoder | None
    index_id: str
    version: str
    now: datetime
    encode_for: Callable[[], bool]


class Engine(Protocol):
    """How versions are made and opened."""

    def build(self, building: Building, folder: Path) -> Manifest:
        """Write the new files of a version into `folder` and return its manifest."""

    def open(self, manifest: Manifest, folder: Path) -> Opened:
        """Open the files of a version. Raises: IndexUnavailable."""

    def searchable(self, opened: Opened, definition: IndexDefinition) -> CatalogIndex:
        """Return the version as it is searched under a definition."""


class EmbeddedEngine:
    """The engine itself."""

    def build(self, building: Building, folder: Path) -> Manifest:
        from tradewind.search.embedded.building import build

        return build(
            base=building.base,
            upserts=building.upserts,
            deletes=building.deletes,
            definition=building.definition,
            encoder=building.encoder,
            index_id=building.index_id,
            version=building.version,
            now=building.now,
            folder=folder,
            encode_for=building.encode_for,
        )

    def open(self, manifest: Manifest, folder: Path) -> Opened:
        from tradewind.search.embedded.opening import open_snapshot

        return open_snapshot(manifest, folder)

    def searchable(self, opened: Opened, definition: IndexDefinition) -> CatalogIndex:
        from tradewind.search.embedded.index import EmbeddedIndex

        return EmbeddedIndex(opened, definition)


def next_version(now: datetime, before: str | None, token: str) -> str:
    """Return the name of a version made now, above the one before it even where a clock was set back."""
    if before is not None:
        stamp, _, _ = before.partition("-")
        now = max(now, datetime.strptime(stamp, _STAMP).replace(tzinfo=now.tzinfo) + _SMALLEST)
    return f"{now.strftime(_STAMP)}-{token}"
