"""What `tradewind evaluate search` asks: a live index or one of a product file, with its encoder and with others."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.editing import UnknownIndex
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import Weights
from tradewind.cli import steps
from tradewind.cli.target import home_folder
from tradewind.config import config_for
from tradewind.errors import InputError
from tradewind.evaluation.product_file import open_products
from tradewind.evaluation.provenance import EncoderUsed, file_hash
from tradewind.evaluation.running import Searched
from tradewind.evaluation.settings_gate import records_of
from tradewind.evaluation.temporary_index import temporary_index
from tradewind.evaluation.vector_memory import RememberingEncoder
from tradewind.search.embedded.pointer import Engine
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex, IndexUnavailable
from tradewind.search.onnx_encoder import FACTS_FILE, EncoderFolder, encoder_folder

_TOLD = 5  # refused rows that are named
_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is asked. `definition_hash`: None where none is published under the name."""

    searched: Searched
    encoder: EncoderUsed | None
    definition_hash: str | None
    engine_version: str | None = None  # of a cluster
    records: Callable[[], Sequence[StoredRecord]]


@contextmanager
def live_subject(name: str, wanted: Engine | None, weights: Weights | None) -> Iterator[Subject]:
    """Yield a live index of the addressed deployment. Raises: InputError."""
    from tradewind.aws import wiring

    try:
        index, definition = wiring.open_index(name, wanted or wiring.answering_engine(name))
        held = wiring.snapshot_store().pointer(name)
        cluster = wiring.cluster_version() if index.engine == "opensearch" else None
    except UnknownIndex:
        raise InputError("--index", repr(name), "there is no such index; `tradewind status` names them") from None
    except IndexUnavailable as error:
        later = f"it cannot be read now ({error}); try again in a moment"
        raise InputError("--index", repr(name), later) from error
    lacking = f", {index.unencoded:,} records without a vector yet" if index.encoder and index.unencoded else ""
    click.echo(f"index {name}: {index.engine}, version {index.version}{lacking}", err=True)
    encoder = _current_encoder()
    yield Subject(
        searched=Searched(index=index, definition=definition, encoder=encoder, now=datetime.now(UTC), weights=weights),
        encoder=_used(encoder, encoder_folder(os.environ)),
        definition_hash=held.pointer.definition if held else None,
        engine_version=cluster,
        records=lambda: records_of(index),
    )


@contextmanager
def file_subject(file: Path, env: str, weights: Weights | None) -> Iterator[Subject]:
    """Yield an index of exactly the file's products, for the time of the block. Raises: InputError."""
    given = open_products(file, currency=config_for(env).shop.currency)
    count = f"{len(given.records):,} products"
    click.echo(f"{count} of {file.name}: {given.columns}", err=True)
    for row in given.refused[:_TOLD]:
        click.echo(f"left out, row {row.number}: {row.why}", err=True)
    if given.refused:
        click.echo(f"left out: {len(given.refused):,} rows that are no products", err=True)
    encoder, now = _current_encoder(), datetime.now(UTC)
    with _indexed(given.records, given.definition, encoder, "vectors", now) as (index, memory):
        yield Subject(
            searched=Searched(index=index, definition=given.definition, encoder=memory, now=now, weights=weights),
            encoder=_used(encoder, encoder_folder(os.environ)),
            definition_hash=given.definition_hash,
            records=lambda: given.records,
        )


@contextmanager
def with_other_encoder(subject: Subject, name: str, encoder: TextEncoder) -> Iterator[Searched]:
    """Yield the same records and definition in an index of another encoder's vectors, for the time of the block."""
    base = subject.searched
    with _indexed(subject.records(), base.definition, encoder, f"vectors-{name}", base.now) as (index, memory):
        yield Searched(index=index, definition=base.definition, encoder=memory, now=base.now, weights=base.weights)


def named_folders(given: Sequence[str]) -> Mapping[str, Path]:
    """Return name -> folder from the texts NAME=FOLDER of --encoder. Raises: InputError."""
    found: dict[str, Path] = {}
    for text in given:
        name, equals, folder = text.partition("=")
        if not equals or not folder or not _NAME.fullmatch(name):
            way_out = "write NAME=FOLDER, NAME of letters, digits, dots and dashes: --encoder float=build/encoder-float"
            raise InputError("--encoder", repr(text), way_out)
        if name in found:
            raise InputError("--encoder", repr(text), f"{name!r} is named twice, keep one of the two")
        found[name] = Path(folder)
    return found


def open_encoder(folder: Path) -> TextEncoder:
    """Return the encoder of a folder that `make encoder` or `layers/encoder` built. Raises: InputError."""
    place = EncoderFolder(folder, threads=os.cpu_count() or 1)
    encoder = place.encoder(0.0)
    if encoder is None:
        raise InputError("--encoder", repr(str(folder)), str(place.reason))
    return encoder


def used_of(encoder: TextEncoder, folder: Path) -> EncoderUsed:
    """Return which encoder it is, with the hash of what its build wrote."""
    facts = folder / FACTS_FILE
    return EncoderUsed(encoder.name, file_hash(facts) if facts.is_file() else None)


def _used(encoder: TextEncoder | None, folder: Path) -> EncoderUsed | None:
    return used_of(encoder, folder) if encoder else None


def _current_encoder() -> TextEncoder | None:
    """Return the encoder, None (and say why) where there is none."""
    place = EncoderFolder(encoder_folder(os.environ), threads=os.cpu_count() or 1)
    encoder = place.encoder(0.0)
    if encoder is None:
        click.echo(f"by words alone: {place.reason}", err=True)
    return encoder


@contextmanager
def _indexed(
    records: Sequence[StoredRecord],
    definition: IndexDefinition,
    encoder: TextEncoder | None,
    remembered: str,
    now: datetime,
) -> Iterator[tuple[CatalogIndex, TextEncoder | None]]:
    """Yield a temporary index and its encoder, whose vectors are remembered from one evaluation to the next."""
    file = home_folder(os.environ) / "evaluations" / f"{remembered}.npz"
    memory = RememberingEncoder(encoder, file) if encoder else None
    with tempfile.TemporaryDirectory(prefix="tradewind-evaluation-") as folder:
        of_encoder = f" with {encoder.name}" if encoder else ""
        with steps.spinner(f"indexing {len(records):,} products{of_encoder}"):
            index = temporary_index(records, definition, memory, folder=Path(folder), now=now)
        if memory:
            memory.save()
        yield index, memory
