"""What `tradewind evaluate search` does, step by step."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from numpy.random import default_rng

from tradewind.catalog.editing import UnknownIndex
from tradewind.catalog.settings import Weights, parse_weights
from tradewind.cli import steps
from tradewind.cli.evaluation_table import lines
from tradewind.cli.exit_status import DONE
from tradewind.cli.target import connect, home_folder
from tradewind.config import config_for
from tradewind.errors import InputError
from tradewind.evaluation.comparing import Comparison, compare
from tradewind.evaluation.judgement_files import Columns, read_judgements
from tradewind.evaluation.judgements import Judgements, judge
from tradewind.evaluation.running import Searched, run_scores
from tradewind.evaluation.saved_runs import Evaluation, figures, from_json, to_json
from tradewind.evaluation.scoring import RunScores
from tradewind.evaluation.vector_memory import RememberingEncoder
from tradewind.search.embedded.pointer import Engine
from tradewind.search.index import IndexUnavailable
from tradewind.search.onnx_encoder import EncoderFolder, encoder_folder

_TOLD = 5  # refused rows that are named
_SEED = 20090719  # the same judgements give the same interval
_FOLDER = "evaluations/search"  # in the home, and in the lake


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line said."""

    env: str
    judgements: Path
    columns: Columns
    products: Path | None
    index: str
    engine: Engine | None
    weights: str | None
    against: str | None

    @property
    def name(self) -> str:
        return self.products.stem if self.products else self.index


def evaluate_search(asked: Asked, *, as_json: bool) -> int:
    """Evaluate, print and save. Raises: InputError, NotRunning, IndexUnavailable."""
    if asked.products is not None and asked.engine == "opensearch":
        raise InputError("--engine", "'opensearch'", "it is of a live index: leave out --products")
    judged = judge(read_judgements(asked.judgements, asked.columns))
    if asked.products is None:
        connect(asked.env)
    before = _saved(asked) if asked.against else None
    weights = _weights(asked.weights) if asked.weights else None
    with _searched(asked, weights) as searched:
        _tell_about(judged, searched)
        runs: dict[str, RunScores] = {}
        for run in searched.runs:
            with _counting(f"{run}: {len(judged.queries):,} queries") as progress:
                runs[run] = run_scores(searched, judged, run, progress)
        done = Evaluation(
            at=searched.now,
            index=asked.name,
            version=searched.index.version,
            encoder=searched.index.encoder,
            weights=asdict(weights or searched.definition.settings.weights),
            judgements=asked.judgements.name,
            runs=runs,
        )
    place = _save(done, in_lake=asked.products is None)
    if as_json:
        click.echo(json.dumps(figures(done)))
    else:
        for line in lines(done, _comparisons(done, before)):
            click.echo(line)
    click.echo(f"saved as {done.name} ({place})", err=True)
    return DONE


@contextmanager
def _searched(asked: Asked, weights: Weights | None) -> Iterator[Searched]:
    """Yield what is to be searched: an index of the file's products for the time of the block, or the live one."""
    now = datetime.now(UTC)
    if asked.products is None:
        from tradewind.aws import wiring

        try:
            engine = asked.engine or wiring.answering_engine(asked.index)
            index, definition = wiring.open_index(asked.index, engine)
        except UnknownIndex:
            known = "there is no such index; `tradewind status` names them"
            raise InputError("--index", repr(asked.index), known) from None
        except IndexUnavailable as error:
            later = f"it cannot be read now ({error}); try again in a moment"
            raise InputError("--index", repr(asked.index), later) from error
        click.echo(f"index {asked.index}: {index.engine}, version {index.version}", err=True)
        yield Searched(index=index, definition=definition, encoder=_encoder(), now=now, weights=weights)
        return
    from tradewind.evaluation.product_file import open_products
    from tradewind.evaluation.temporary_index import temporary_index

    given = open_products(asked.products, currency=config_for(asked.env).shop.currency)
    count = f"{len(given.records):,} products"
    click.echo(f"{count} of {asked.products.name}: {given.columns}", err=True)
    for row in given.refused[:_TOLD]:
        click.echo(f"left out, row {row.number}: {row.why}", err=True)
    if given.refused:
        click.echo(f"left out: {len(given.refused):,} rows that are no products", err=True)
    encoder = _encoder()
    memory = RememberingEncoder(encoder, _home() / "evaluations" / "vectors.npz") if encoder else None
    with tempfile.TemporaryDirectory(prefix="tradewind-evaluation-") as folder:
        with steps.spinner(f"indexing {count}"):
            index = temporary_index(given.records, given.definition, memory, folder=Path(folder), now=now)
        if memory:
            memory.save()
        yield Searched(index=index, definition=given.definition, encoder=memory, now=now, weights=weights)


def _encoder() -> Any:
    """Return the encoder, None (and say why) where there is none."""
    place = EncoderFolder(encoder_folder(os.environ), threads=os.cpu_count() or 1)
    encoder = place.encoder(0.0)
    if encoder is None:
        click.echo(f"by words alone: {place.reason}", err=True)
    return encoder


def _tell_about(judged: Judgements, searched: Searched) -> None:
    pairs = {sku for of_query in judged.gains.values() for sku in of_query}
    there = searched.index.get(sorted(pairs))
    missing = sum(record is None for record in there)
    without = sum(not judged.relevant(query) for query in judged.queries)
    click.echo(
        f"{judged.rows:,} judgements of {len(judged.queries):,} queries, grades {judged.lowest:g} to "
        f"{judged.highest:g} (gain 0 to 1), {judged.repeated:,} repeated and averaged; "
        f"{missing:,} of {len(pairs):,} judged products are not in the index; "
        f"{without:,} queries have no relevant product and are left out of MRR and recall",
        err=True,
    )


def _comparisons(done: Evaluation, before: Evaluation | None) -> Mapping[str, Comparison]:
    """Return title -> comparison: hybrid with bm25, and each run with the one of the same name before."""
    rng = default_rng(_SEED)
    found: dict[str, Comparison] = {}
    if "hybrid" in done.runs:
        found["hybrid - bm25"] = compare(done.runs["bm25"], done.runs["hybrid"], rng)
    for name, run in done.runs.items():
        if before and name in before.runs:
            found[f"{name} - {name} of {before.name}"] = compare(before.runs[name], run, rng)
    return found


@contextmanager
def _counting(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many queries were asked; without a terminal, one line at the beginning."""
    with steps.spinner(title) as say:
        asked = 0

        def progress(step: int, total: int) -> None:
            nonlocal asked
            asked += step
            if steps.on_terminal():
                say(f"{title}, {asked:,} of {total:,}")

        yield progress


def _weights(given: str) -> Weights:
    text = given if given.lstrip().startswith("{") else _text_of(Path(given), "--weights")
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise InputError("--weights", repr(given), f"is no JSON ({error})") from error
    if not isinstance(raw, dict):
        raise InputError("--weights", repr(given), 'give an object, like {"rrf_k": 30}')
    return parse_weights(raw, field="--weights")


def _saved(asked: Asked) -> Evaluation:
    """Return the run --against: a file, one of the home, or, where a live index is asked, one of the lake."""
    name = asked.against or ""
    file = Path(name) if Path(name).is_file() else _home() / _FOLDER / f"{name}.json"
    if asked.products is None and not file.is_file():
        from tradewind.aws import wiring

        text = wiring.lake_store().read_text(f"{_FOLDER}/{name}.json")
        if text is not None:
            return from_json(text, source=name)
    return from_json(_text_of(file, "--against"), source=str(file))


def _text_of(file: Path, option: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(option, repr(str(file)), f"cannot be read: {error.strerror}") from error


def _save(done: Evaluation, *, in_lake: bool) -> str:
    """Write the run into the lake (of a live index: all who work on it see it) or the home, and return where it is.

    At once or not at all.
    """
    if in_lake:
        from tradewind.aws import wiring

        lake, key = wiring.lake_store(), f"{_FOLDER}/{done.name}.json"
        lake.put_text(key, to_json(done))
        return f"s3://{lake.bucket}/{key}"
    folder = _home() / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{done.name}.json"
    staged = file.with_suffix(".part")
    staged.write_text(to_json(done), encoding="utf-8")
    staged.replace(file)
    return str(file)


def _home() -> Path:
    return home_folder(os.environ)
