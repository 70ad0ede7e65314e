"""The composition root of the search API, apart from that of the others (`tradewind.aws.wiring`).

What it imports counts: shoppers' browsers wait for these functions to start.
"""

import os
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.aws import clients
from tradewind.aws.key_store import KeyStore
from tradewind.aws.query_counts import QueryCountStore
from tradewind.aws.unavailable import busy, unavailable
from tradewind.config import Search
from tradewind.errors import InputError
from tradewind.keys import KeyRecord, new_key
from tradewind.search.serving.key_ring import KeyRing
from tradewind.search.serving.rates import QueryCounts
from tradewind.search.serving.shop import EditingShop, IndexReader, NoTraces, SearchShop, Traces

if TYPE_CHECKING:
    from tradewind.aws.snapshot_store import SnapshotStore

_TRACE_BYTES = 25_000  # of a stream's record, as those of the collector


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """Names of what the two functions read and write, and their limits."""

    keys_table: str
    catalog_table: str | None = None  # of the function that edits
    indexes_bucket: str | None = None
    events_stream: str | None = None  # None: searches leave no traces
    receipts_table: str | None = None
    rates_table: str | None = None  # None: queries of keys with a limit are not counted
    limits: Search

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "SearchSettings":
        """Return what the stack put into the function's environment; a limit that it leaves out is Config's.

        Raises: InputError naming what is missing or no number.
        """
        return cls(
            keys_table=_text(environ, "KEYS_TABLE"),
            catalog_table=environ.get("CATALOG_TABLE"),
            indexes_bucket=environ.get("INDEXES_BUCKET"),
            events_stream=environ.get("EVENTS_STREAM"),
            receipts_table=environ.get("RECEIPTS_TABLE"),
            rates_table=environ.get("RATES_TABLE"),
            limits=_limits(environ),
        )


@cache
def search_shop() -> SearchShop:
    """Return what searches the deployment that the environment names."""
    from tradewind.search.onnx_encoder import EncoderFolder, encoder_folder

    here = SearchSettings.from_environment(os.environ)
    encoder = EncoderFolder(encoder_folder(os.environ))
    return SearchShop(
        keys=_key_ring(here),
        indexes=_indexes(here),
        encoder=lambda: encoder.encoder(time.monotonic()),
        traces=_traces(here),
        limits=here.limits,
        new_id=lambda: uuid.uuid4().hex,
        clock=time.perf_counter,
        counts=_counts(here),
    )


@cache
def editing_shop() -> EditingShop:
    """Return what changes indexes and keys of the deployment that the environment names."""
    from tradewind.aws.catalog_store import CatalogStore
    from tradewind.aws.judgement_store import JudgementStore
    from tradewind.aws.settings_gate import StoredJudgementsGate
    from tradewind.search.onnx_encoder import EncoderFolder, encoder_folder

    here = SearchSettings.from_environment(os.environ)
    catalog = CatalogStore(clients.dynamodb(), _text(os.environ, "CATALOG_TABLE"), max_record=here.limits.max_record)
    encoder = EncoderFolder(encoder_folder(os.environ))
    gate = StoredJudgementsGate(
        JudgementStore(clients.s3(), _text(os.environ, "JUDGEMENTS_BUCKET")),
        catalog,
        cache(lambda: _embedded(here)),  # made when a change is judged for the first time
        lambda: encoder.encoder(time.monotonic()),
    )
    return EditingShop(
        keys=_key_ring(here),
        key_records=KeyStore(clients.quick_dynamodb(), here.keys_table),
        catalog=catalog,
        limits=here.limits,
        new_id=lambda: uuid.uuid4().hex,
        new_key=lambda: new_key(secrets.choice),
        gate=gate,
        guard=lambda: busy("the catalogue"),
    )


def _key_ring(here: SearchSettings) -> KeyRing:
    keys = KeyStore(clients.quick_dynamodb(), here.keys_table)

    def find(key_hash: str) -> KeyRecord | None:
        with unavailable("keys"):
            return keys.record(key_hash)

    def signing() -> list[KeyRecord]:
        with unavailable("keys"):
            return list(keys.signing())

    return KeyRing(find, signing, lifetime=timedelta(seconds=here.limits.key_cache_seconds))


def _indexes(here: SearchSettings) -> IndexReader:
    embedded = _embedded(here)
    if not os.environ.get("OPENSEARCH_URL"):
        return embedded
    from tradewind.aws.answering_engines import AnsweringEngines
    from tradewind.aws.opensearch_wiring import reader_with_cluster

    seconds = here.limits.pointer_seconds
    engines = AnsweringEngines(_snapshots(), pointer_seconds=seconds)
    return reader_with_cluster(
        embedded,
        os.environ,
        _text(os.environ, "TRADEWIND_ENV"),
        pointer_seconds=seconds,
        cluster_answers=engines.is_cluster,
    )


def _embedded(here: SearchSettings) -> IndexReader:
    from tradewind.aws.index_reader import IndexReader as SnapshotReader
    from tradewind.search.embedded.engine import EmbeddedEngine
    from tradewind.search.embedded.snapshot_cache import SnapshotCache

    folder = os.environ.get("INDEX_FOLDER")  # None: a folder of this process alone
    return SnapshotReader(
        _snapshots(),
        EmbeddedEngine(),
        SnapshotCache(Path(folder) if folder else None),
        pointer_seconds=here.limits.pointer_seconds,
    )


def _snapshots() -> "SnapshotStore":
    from tradewind.aws.snapshot_store import SnapshotStore

    return SnapshotStore(clients.s3(), _text(os.environ, "INDEXES_BUCKET"))


def _traces(here: SearchSettings) -> Traces:
    if here.events_stream is None or here.receipts_table is None:
        return NoTraces()
    from tradewind.aws.search_traces import traces_into

    return traces_into(here.events_stream, here.receipts_table, record_bytes=_TRACE_BYTES)


def _counts(here: SearchSettings) -> QueryCounts | None:
    return None if here.rates_table is None else QueryCountStore(clients.quick_dynamodb(), here.rates_table)


def _limits(environ: Mapping[str, str]) -> Search:
    """Return Config.search, as far as the environment has its fields by their names in upper case."""
    limits = Search()
    given: dict[str, int | float | bool] = {}
    for field in fields(limits):
        text = environ.get(field.name.upper())
        if text is None:
            continue
        default = getattr(limits, field.name)
        if isinstance(default, bool):
            given[field.name] = text == "true"
        elif isinstance(default, int | float):
            given[field.name] = _number(field.name.upper(), text, type(default))
    return replace(limits, **given)  # type: ignore[arg-type]


def _number(name: str, text: str, kind: type[int] | type[float]) -> int | float:
    try:
        return kind(text)
    except ValueError:
        raise InputError(name, repr(text), "give a number") from None


def _text(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise InputError("environment variable", name, "set it (the stack does for its functions)")
    return environ[name]
