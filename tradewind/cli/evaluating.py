"""What `tradewind evaluate search` does, step by step."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click
from numpy.random import default_rng

from tradewind.catalog.settings import Weights, parse_weights
from tradewind.cli import steps
from tradewind.cli.evaluation_subjects import (
    Subject,
    file_subject,
    live_subject,
    open_encoder,
    used_of,
    with_other_encoder,
)
from tradewind.cli.evaluation_table import lines
from tradewind.cli.exit_status import DONE
from tradewind.cli.target import connect, home_folder
from tradewind.errors import InputError
from tradewind.evaluation.comparing import Comparison, compare
from tradewind.evaluation.judgement_files import Columns, read_judgements
from tradewind.evaluation.judgements import Judgements, judge
from tradewind.evaluation.provenance import Provenance, file_hash, library_versions
from tradewind.evaluation.running import RunName, Searched, run_scores
from tradewind.evaluation.saved_runs import Evaluation, figures, from_json, to_json
from tradewind.evaluation.scoring import RunScores
from tradewind.search.embedded.pointer import Engine
from tradewind.search.encoder import TextEncoder

_SEED = 20090719  # the same judgements give the same interval
_FOLDER = "evaluations/search"  # in the home, and in the lake
_BY_MEANING: tuple[RunName, ...] = ("vector", "hybrid")  # what another encoder answers otherwise


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
    encoders: Mapping[str, Path] = field(default_factory=dict)  # others, by the names that their runs get

    @property
    def name(self) -> str:
        return self.products.stem if self.products else self.index


def evaluate_search(asked: Asked, *, as_json: bool) -> int:
    """Evaluate, print and save. Raises: InputError, NotRunning, IndexUnavailable."""
    _check(asked)
    judged = judge(read_judgements(asked.judgements, asked.columns))
    others = {name: open_encoder(folder) for name, folder in asked.encoders.items()}
    if asked.products is None:
        connect(asked.env)
    before = _saved(asked) if asked.against else None
    weights = _weights(asked.weights) if asked.weights else None
    with _subject(asked, weights) as subject:
        _tell_about(judged, subject.searched)
        runs: dict[str, RunScores] = {run: _scored(subject.searched, judged, run) for run in subject.searched.runs}
        for name, encoder in others.items():
            with with_other_encoder(subject, name, encoder) as searched:
                runs |= {f"{run}:{name}": _scored(searched, judged, run, name) for run in _BY_MEANING}
        done = _evaluation(asked, subject, weights, runs, others)
    place = _save(done, in_lake=asked.products is None)
    found = _comparisons(done, before)
    if as_json:
        told = figures(done) | ({"comparisons": _comparison_figures(found)} if others else {})
        click.echo(json.dumps(told))
    else:
        for line in lines(done, found):
            click.echo(line)
    click.echo(f"saved as {done.name} ({place})", err=True)
    return DONE


def _check(asked: Asked) -> None:
    if asked.engine != "opensearch":
        return
    if asked.products is not None:
        raise InputError("--engine", "'opensearch'", "it is of a live index: leave out --products")
    if asked.encoders:
        raise InputError(
            "--encoder", repr(", ".join(asked.encoders)), "is tried on the embedded engine: --engine embedded"
        )


def _subject(asked: Asked, weights: Weights | None) -> AbstractContextManager[Subject]:
    if asked.products is not None:
        return file_subject(asked.products, asked.env, weights)
    return live_subject(asked.index, asked.engine or ("embedded" if asked.encoders else None), weights)


def _scored(searched: Searched, judged: Judgements, run: RunName, encoder: str | None = None) -> RunScores:
    title = f"{run}:{encoder}" if encoder else run
    with _counting(f"{title}: {len(judged.queries):,} queries") as progress:
        return run_scores(searched, judged, run, progress)


def _evaluation(
    asked: Asked,
    subject: Subject,
    weights: Weights | None,
    runs: Mapping[str, RunScores],
    others: Mapping[str, TextEncoder],
) -> Evaluation:
    searched = subject.searched
    cluster = {"opensearch": subject.engine_version} if subject.engine_version else {}
    return Evaluation(
        at=searched.now,
        index=asked.name,
        version=searched.index.version,
        encoder=searched.index.encoder,
        weights=asdict(weights or searched.definition.settings.weights),
        judgements=asked.judgements.name,
        runs=runs,
        provenance=Provenance(
            engine=searched.index.engine,
            versions=library_versions() | cluster,
            definition=subject.definition_hash,
            judgements=file_hash(asked.judgements),
            encoder=subject.encoder,
            other_encoders={name: used_of(encoder, asked.encoders[name]) for name, encoder in others.items()},
        ),
    )


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
    """Return title -> comparison: hybrid with bm25, other encoders with the current one (where there is none, with
    bm25), and each run with the one of the same name before."""
    rng = default_rng(_SEED)
    pairs = [("bm25", "hybrid")] if "hybrid" in done.runs else []
    for name in done.runs:
        run, of_other, _ = name.partition(":")
        if of_other:
            pairs.append((run if run in done.runs else "bm25", name))
    found = {f"{second} - {first}": compare(done.runs[first], done.runs[second], rng) for first, second in pairs}
    for name, scores in done.runs.items():
        if before and name in before.runs:
            found[f"{name} - {name} of {before.name}"] = compare(before.runs[name], scores, rng)
    return found


def _comparison_figures(found: Mapping[str, Comparison]) -> dict[str, Any]:
    return {
        title: {**asdict(each.difference), "real": each.difference.real, "better": each.better, "worse": each.worse}
        for title, each in found.items()
    }


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
