"""A shop with three products that Algolia's clients can talk to."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.algolia_catalog import IndexOf
from tests.algolia_shop import NOW, AlgoliaShop
from tests.search.oracle_index import OracleIndex
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.search.embedded.building import build
from tradewind.search.embedded.index import EmbeddedIndex
from tradewind.search.embedded.opening import open_snapshot
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex

SHOES: list[dict[str, Any]] = [
    {"objectID": "1", "name": "Blue running shoe", "brand": "Acme", "price": 11, "tags": ["new"]},
    {"objectID": "2", "name": "Red shoe", "brand": "Umbrella", "price": 12.5, "cost": 3},
    {"objectID": "3", "name": "Lantern", "brand": "Acme", "price": 20},
]
SETTINGS = {
    "searchableAttributes": ["name", "brand"],
    "attributesForFaceting": ["searchable(brand)", "price", "tags"],
    "unretrievableAttributes": ["cost"],
}


@pytest.fixture
def engine() -> str:
    """Which index answers. A module that runs on both overrides this with the parameters "oracle" and "embedded"."""
    return "oracle"


@pytest.fixture
def shop(engine: str, tmp_path: Path) -> AlgoliaShop:
    made = AlgoliaShop(index_of=embedded_in(tmp_path) if engine == "embedded" else OracleIndex)
    made.fill("shoes", SHOES, **SETTINGS)
    return made


def embedded_in(folder: Path) -> IndexOf:
    """Return what builds and opens snapshots under a folder, each in one of its own."""
    numbers = count(1)

    def index_of(
        records: Sequence[StoredRecord], definition: IndexDefinition, encoder: TextEncoder | None
    ) -> CatalogIndex:
        version = str(next(numbers))
        manifest = build(
            base=None,
            upserts=records,
            deletes=(),
            definition=definition,
            encoder=encoder,
            index_id="shop",
            version=version,
            now=NOW,
            folder=folder / version,
            encode_for=lambda: True,
        )
        return EmbeddedIndex(open_snapshot(manifest, folder / version), definition)

    return index_of
