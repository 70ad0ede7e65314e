"""An indexer and a reader over the catalogue of a test."""

from datetime import timedelta
from itertools import count
from typing import Any

from tests.catalog.catalog_cloud import BUCKET, CatalogCloud
from tradewind.aws.embedded_publisher import EmbeddedPublisher
from tradewind.aws.index_reader import IndexReader
from tradewind.aws.indexing import Indexer
from tradewind.aws.snapshot_store import SnapshotStore
from tradewind.search.embedded.snapshot_cache import SnapshotCache

TOKENS = count()


def indexer(
    cloud: CatalogCloud,
    *,
    dynamodb: Any = None,
    s3: Any = None,
    encoder: Any = None,
    encode_seconds: float = 60,
    beside_cluster: bool = False,
) -> Indexer:
    """Return an indexer as a new process has it: with nothing in its cache."""
    publisher = EmbeddedPublisher(
        SnapshotStore(s3 or cloud.s3, BUCKET),
        cloud.engine,
        SnapshotCache(),
        lambda: encoder,
        beside_cluster=beside_cluster,
        clock=lambda: cloud.now,
        token=lambda: f"{next(TOKENS):04x}",
    )
    return Indexer(
        cloud.store(dynamodb),
        publisher,
        encode_seconds=encode_seconds,
        clock=lambda: cloud.now,
        time_left=lambda: timedelta(minutes=15),
    )


def reader(cloud: CatalogCloud, *, s3: Any = None, clock: Any = None) -> IndexReader:
    return IndexReader(
        SnapshotStore(s3 or cloud.s3, BUCKET),
        cloud.engine,
        SnapshotCache(),
        pointer_seconds=2.0,
        clock=clock or (lambda: cloud.now.timestamp()),
    )


def visible(cloud: CatalogCloud, name: str = "products") -> dict[str, bytes]:
    """Return what a new reader finds under a name."""
    return dict(reader(cloud).named(name)[0].scan(limit=1000))


def stored(cloud: CatalogCloud, name: str = "products") -> dict[str, bytes]:
    return dict(cloud.store().records(name))
