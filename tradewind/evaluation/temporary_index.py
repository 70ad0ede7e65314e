"""An index for one evaluation: exactly the products of a file, in a folder that goes afterwards."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.search.embedded.building import build
from tradewind.search.embedded.index import EmbeddedIndex
from tradewind.search.embedded.opening import open_snapshot
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex

NAME = "evaluation"


def temporary_index(
    records: Iterable[StoredRecord],
    definition: IndexDefinition,
    encoder: TextEncoder | None,
    *,
    folder: Path,
    now: datetime,
    progress: Callable[[], None] = lambda: None,
) -> CatalogIndex:
    """Return the index of `records`, built under `folder`. `progress` is called while vectors are computed."""

    def go_on() -> bool:
        progress()
        return True

    manifest = build(
        base=None,
        upserts=records,
        deletes=(),
        definition=definition,
        encoder=encoder,
        index_id=NAME,
        version=NAME,
        now=now,
        folder=folder,
        encode_for=go_on,
    )
    return EmbeddedIndex(open_snapshot(manifest, folder), definition)
