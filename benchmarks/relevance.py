"""Relevance on real judgements: CrowdFlower's search results (261 queries of shoppers, 9,913 products).

Each row of the data is a query, a product's title and description, and the median grade (1 to 4) of several people. The
products are the distinct pairs of title and description; a digest of both is their SKU. Settings and weights are the
defaults, which were chosen with the help of these queries (docs/evaluation.md). Further runs have one typo a query,
drawn five times; the numbers of spelling were chosen on one half of the queries, and the other is reported by itself.

`python -m benchmarks.relevance FOLDER` writes products.parquet and judgements.parquet instead, for
`tradewind evaluate search FOLDER/judgements.parquet --products FOLDER/products.parquet`.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.measure import RESULTS, ROOT, Figure, figure, report, skipped
from tradewind.evaluation.comparing import compare
from tradewind.evaluation.judgement_files import read_judgements
from tradewind.evaluation.judgements import Judgements, judge
from tradewind.evaluation.product_file import open_products
from tradewind.evaluation.running import RunName, Searched, ranking, run_scores
from tradewind.evaluation.scoring import METRICS, NDCG, RunScores, score
from tradewind.evaluation.temporary_index import temporary_index
from tradewind.evaluation.vector_memory import RememberingEncoder
from tradewind.search.onnx_encoder import encoder_folder, load_encoder

GOAL = 0.84  # nDCG@10 of hybrid
MOST_LOST = 0.02  # nDCG@10, by a typo in a word of four or more letters
TYPOS = (4, 11, 12, 13, 14)  # seeds of the drawings
LETTERS = "abcdefghijklmnopqrstuvwxyz"
DATA = Path("data") / "crowdflower_search" / "train.parquet"
_SKU = "sha256(product_title || chr(1) || coalesce(product_description, ''))[:16]"


def main(arguments: list[str]) -> int:
    source = Path(os.environ.get("TRADEWIND_SHARED", ROOT.parent / "shared")) / DATA
    if not source.exists():
        reason = f"{DATA} is not in {source.parents[2]}; set TRADEWIND_SHARED to the folder that has it"
        return report("relevance", [skipped("nDCG@10 hybrid", goal=None, unit="nDCG@10", reason=reason)])
    if arguments:
        write_files(source, Path(arguments[0]))
        return 0
    return report("relevance", list(figures(source)))


def write_files(source: Path, folder: Path) -> None:
    """Write the products and the judgements of the data as files that `tradewind evaluate search` takes."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as database:
        rows = f"(SELECT *, {_SKU} AS sku FROM read_parquet('{source}'))"
        products = (
            f"SELECT sku, any_value(product_title) AS name, any_value(product_description) AS description "
            f"FROM {rows} GROUP BY sku ORDER BY sku"
        )
        judgements = f"SELECT query, sku, median_relevance AS grade FROM {rows} ORDER BY id"
        database.execute(f"COPY ({products}) TO '{folder / 'products.parquet'}' (FORMAT parquet)")
        database.execute(f"COPY ({judgements}) TO '{folder / 'judgements.parquet'}' (FORMAT parquet)")


def figures(source: Path) -> Iterator[Figure]:
    """Yield the figures of each run, the lead of hybrid over bm25, and what a typo costs."""
    encoder = load_encoder(encoder_folder(os.environ), threads=os.cpu_count() or 1)
    memory = RememberingEncoder(encoder, RESULTS / "relevance-vectors.npz") if encoder else None
    with tempfile.TemporaryDirectory(prefix="tradewind-relevance-") as place:
        folder = Path(place)
        write_files(source, folder)
        given = open_products(folder / "products.parquet", currency="GBP")
        now = datetime.now(UTC)
        index = temporary_index(given.records, given.definition, memory, folder=folder / "index", now=now)
        if memory:
            memory.save()
        searched = Searched(index=index, definition=given.definition, encoder=memory, now=now)
        judged = judge(read_judgements(folder / "judgements.parquet"))
        runs: dict[str, RunScores] = {}
        for run in searched.runs:
            runs[run] = run_scores(searched, judged, run)
            yield _of_run(run, runs[run])
            yield from _of_typos(run, runs[run], [_lost(searched, judged, run, runs[run], seed) for seed in TYPOS])
    if "hybrid" in runs:
        yield _lead(runs["bm25"], runs["hybrid"])


def with_typos(judged: Judgements, seed: int) -> dict[str, str]:
    """Return each query with one typo, in a word of four or more letters where it has one."""
    rng = np.random.default_rng(seed)
    return {query: _mistyped(query, rng) for query in judged.gains}


def is_held_out(query: str) -> bool:
    """Return whether a query is of the half on which no number of spelling was chosen."""
    return hashlib.sha256(query.encode()).digest()[0] % 2 == 1


def _lost(searched: Searched, judged: Judgements, run: RunName, clean: RunScores, seed: int) -> dict[str, float]:
    """Return what each query loses in nDCG@10 by its typo."""
    return {
        query: clean.queries[query].ndcg - score(judged, query, ranking(searched, mistyped, run, depth=10)).ndcg
        for query, mistyped in with_typos(judged, seed).items()
    }


def _mistyped(query: str, rng: np.random.Generator) -> str:
    """Swap two letters, or drop, double or replace one, not the first letter of the word."""
    words = query.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    if not long:
        return query
    at = int(rng.choice(long))
    word, place = words[at], int(rng.integers(1, len(words[at]) - 1))
    head, letter, rest = word[:place], word[place], word[place + 1 :]
    other = LETTERS[int(rng.integers(len(LETTERS)))]
    words[at] = (head + rest[:1] + letter + rest[1:], head + rest, head + letter * 2 + rest, head + other + rest)[
        int(rng.integers(4))
    ]
    return " ".join(words)


def _of_run(name: str, scores: RunScores) -> Figure:
    means = scores.means()
    every = ", ".join(f"{metric} {means[metric]:.4f}" for metric in METRICS)
    made = figure(f"nDCG@10 {name}", ours=means[NDCG] or 0.0, unit="nDCG@10", how=every)
    # Of this figure more is better: `goal` elsewhere is the most that a figure may be.
    if name != "hybrid":
        return made
    return replace(made, met=(means[NDCG] or 0.0) >= GOAL, how=f"{every}; goal at least {GOAL}, default weights")


def _of_typos(name: str, clean: RunScores, lost: Sequence[Mapping[str, float]]) -> Iterator[Figure]:
    """Yield the mean loss of all queries, and of the half that was held out."""
    drawings = f"one typo a query in a word of 4+ letters, mean of {len(lost)} drawings"
    halves: dict[str, Callable[[str], bool]] = {"": lambda _: True, ", held-out half": is_held_out}
    for half, belongs in halves.items():
        means = [float(np.mean([loss for query, loss in each.items() if belongs(query)])) for each in lost]
        whole = float(np.mean([each.ndcg for query, each in clean.queries.items() if belongs(query)]))
        every = ", ".join(f"{mean:.4f}" for mean in means)
        how = f"{drawings} ({every}): {whole - np.mean(means):.4f} instead of {whole:.4f}"
        yield figure(
            f"nDCG@10 lost by a typo, {name}{half}",
            ours=float(np.mean(means)),
            unit="nDCG@10",
            goal=MOST_LOST,
            how=how,
        )


def _lead(bm25: RunScores, hybrid: RunScores) -> Figure:
    found = compare(bm25, hybrid, np.random.default_rng(4), losers=3)
    how = (
        f"95 % interval {found.difference.low:+.4f} to {found.difference.high:+.4f}, {found.better} queries better, "
        f"{found.worse} worse; most lost: {json.dumps([loser.query for loser in found.losers])}"
    )
    return figure("lead of hybrid over bm25", ours=found.difference.mean, unit="nDCG@10", how=how)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
