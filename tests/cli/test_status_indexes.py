"""What `tradewind status` tells of indexes: who answers, and what becomes of their vectors."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.cli.conftest import IndexedShop
from tests.search.fake_encoder import BagOfWordsEncoder
from tradewind.aws.embedded_publisher import EmbeddedPublisher
from tradewind.aws.indexing import Indexer
from tradewind.aws.snapshot_store import SnapshotStore
from tradewind.catalog.editing import Edit
from tradewind.cli.status import indices_of
from tradewind.cli.status_page import lines
from tradewind.deployment import LOCAL
from tradewind.search.embedded.engine import EmbeddedEngine
from tradewind.search.embedded.snapshot_cache import SnapshotCache
from tradewind.search.onnx_encoder import encoder_name

FIRST, SECOND = BagOfWordsEncoder(name="bag-of-words/1"), BagOfWordsEncoder(name="bag-of-words/2")


@pytest.fixture
def products(shop: IndexedShop) -> IndexedShop:
    """Three products that are stored and not published."""
    edits = [Edit("addObject", sku, json.dumps({"name": f"Lamp {sku}"}).encode()) for sku in ("a", "b", "c")]
    shop.store.edit("products", edits)
    return shop


def publish(shop: IndexedShop, encoder: BagOfWordsEncoder | None) -> None:
    snapshots = SnapshotStore(boto3.client("s3"), LOCAL.indexes_bucket)
    publisher = EmbeddedPublisher(snapshots, EmbeddedEngine(), SnapshotCache(), lambda: encoder)
    indexer = Indexer(shop.store, publisher, encode_seconds=60, time_left=lambda: timedelta(minutes=15))
    for _ in range(3):  # words come first, vectors with later calls
        indexer.run()


def told(home: Path, current: str | None) -> tuple[Mapping[str, Any], str]:
    """Return the index as JSON and as the page has it, where `current` is the encoder of `make encoder`."""
    folder = home / "none"  # what ENCODER_FOLDER names
    folder.mkdir(exist_ok=True)
    facts = json.dumps({"name": current, "files": {}}) if current else "{}"
    (folder / "encoder.json").write_text(facts)
    (index,) = list(indices_of("local") or [])
    nothing = ("api_url", "storefront_url", "console_url", "cloud_url", "home", "app_id")
    none = dict.fromkeys((*nothing, "write_key", "search_key", "admin_key", "keys", "sales", "events"))
    page = lines(
        {**none, "environment": "local", "running": False, "indices": [index], "processes": [], "placeholders": []}
    )
    return index, list(page)[-1].removeprefix("indices").strip()


def test_vectors_of_the_current_encoder_need_no_word(products: IndexedShop, home: Path) -> None:
    publish(products, FIRST)
    index, line = told(home, FIRST.name)
    assert (index["encoder"], index["other_encoder"], index["vectors_left"]) == (FIRST.name, False, 0)
    assert line == "products: 3 records, embedded engine answers"


def test_vectors_of_another_encoder_are_told_with_how_many_are_computed_anew(products: IndexedShop, home: Path) -> None:
    publish(products, FIRST)
    index, line = told(home, SECOND.name)
    assert (index["other_encoder"], index["vectors_left"], index["unencoded"]) == (True, 3, 0)
    assert line == (
        "products: 3 records, embedded engine answers, by words alone for now: "
        "its vectors are of another encoder (bag-of-words/1), 3 are computed anew within minutes"
    )


def test_vectors_that_were_never_computed_follow_where_there_is_an_encoder(products: IndexedShop, home: Path) -> None:
    publish(products, None)
    index, line = told(home, FIRST.name)
    assert (index["encoder"], index["other_encoder"], index["vectors_left"]) == (None, False, 3)
    assert line.endswith("3 without a vector yet, they follow")


def test_without_an_encoder_nothing_is_promised(products: IndexedShop, home: Path) -> None:
    publish(products, None)
    index, line = told(home, None)
    assert (index["vectors_left"], line.endswith("by words alone (no query encoder)")) == (0, True)
    publish(products, FIRST)
    assert encoder_name(home / "none") is None


def test_an_index_that_was_never_published_says_so(products: IndexedShop, home: Path) -> None:
    index, line = told(home, FIRST.name)
    assert (index["version"], index["vectors_left"], "not published yet" in line) == (None, 0, True)
