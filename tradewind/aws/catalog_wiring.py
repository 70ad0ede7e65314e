"""The composition root of the catalogue: within its functions and for the command."""

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from tradewind.aws import clients
from tradewind.aws.catalog_store import CatalogStore
from tradewind.aws.embedded_publisher import EmbeddedPublisher
from tradewind.aws.index_reader import IndexReader
from tradewind.aws.indexing import Indexer
from tradewind.aws.opensearch_wiring import cluster_address, publisher_with_cluster
from tradewind.aws.snapshot_store import SnapshotStore
from tradewind.catalog.publishing import Publisher
from tradewind.config import Search
from tradewind.deployment import Deployment
from tradewind.errors import InputError
from tradewind.search.embedded.engine import EmbeddedEngine
from tradewind.search.embedded.snapshot_cache import SnapshotCache
from tradewind.search.encoder import TextEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogSettings:
    """Names of the table and the bucket, and limits."""

    table: str
    bucket: str
    limits: Search

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "CatalogSettings":
        """Return what the stack put into a function's environment. Raises: InputError naming what is missing."""
        return cls(
            table=_text(environ, "CATALOG_TABLE"),
            bucket=_text(environ, "INDEXES_BUCKET"),
            limits=Search(
                encode_seconds=int(_text(environ, "ENCODE_SECONDS")), max_record=int(_text(environ, "MAX_RECORD"))
            ),
        )

    @classmethod
    def of(cls, deployment: Deployment, limits: Search) -> "CatalogSettings":
        return cls(table=deployment.catalog_table, bucket=deployment.indexes_bucket, limits=limits)


@cache
def publisher() -> Publisher:
    """Return the engine that the function publishes with; it keeps what it fetched from call to call."""
    here = CatalogSettings.from_environment(os.environ)
    encoder = text_encoder()
    embedded = EmbeddedPublisher(
        SnapshotStore(clients.s3(), here.bucket),
        EmbeddedEngine(),
        SnapshotCache(),
        encoder,
        beside_cluster=cluster_address(os.environ) is not None,
    )
    return publisher_with_cluster(embedded, os.environ, os.environ.get("TRADEWIND_ENV", "local"), encoder)


def indexer(milliseconds_left: Callable[[], int]) -> Indexer:
    """Return the indexer of a call of its function."""
    here = CatalogSettings.from_environment(os.environ)
    logging.getLogger("tradewind").setLevel(logging.INFO)
    return Indexer(
        CatalogStore(clients.dynamodb(), here.table, max_record=here.limits.max_record),
        publisher(),
        encode_seconds=here.limits.encode_seconds,
        time_left=lambda: timedelta(milliseconds=milliseconds_left()),
    )


def catalog_store(here: CatalogSettings) -> CatalogStore:
    return CatalogStore(clients.dynamodb(), here.table, max_record=here.limits.max_record)


def index_reader(here: CatalogSettings) -> IndexReader:
    return IndexReader(
        SnapshotStore(clients.s3(), here.bucket),
        EmbeddedEngine(),
        SnapshotCache(),
        pointer_seconds=here.limits.pointer_seconds,
    )


def text_encoder() -> Callable[[], TextEncoder | None]:
    """Return what gives the encoder, loaded when it is first asked for; None where it was not built."""
    from tradewind.search.onnx_encoder import EncoderFolder, encoder_folder

    folder = EncoderFolder(encoder_folder(os.environ), threads=max(1, min(4, os.cpu_count() or 1)))
    return lambda: folder.encoder(time.monotonic())


def _text(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise InputError("environment variable", name, "set it (the stack does for its functions)")
    return environ[name]
