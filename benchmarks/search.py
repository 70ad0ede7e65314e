"""Search over 43,000 made-up products: our hybrid answer, from the request to the hits, against parts that others are.

Rivals are libraries that answer less: BM25 alone (tantivy, bm25s), or k-NN beside BM25 without one filter for both
(faiss flat with SQLite FTS5). They are used where they are installed, see benchmarks/requirements.txt.
`--million` measures a million products too (minutes).
"""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np

from benchmarks.measure import ROOT, ROUNDS, Figure, figure, report, skipped
from benchmarks.search_catalogue import DEFINITION, FACETS, Made, TopicEncoder, products, queries, stored
from benchmarks.search_million import million_figures
from benchmarks.search_opensearch import opensearch_figures
from benchmarks.search_parts import parts_figures
from benchmarks.search_rivals import rivals
from benchmarks.search_start import package_figure, start_figures
from tradewind.search.answering import answer
from tradewind.search.embedded.building import build
from tradewind.search.embedded.index import EmbeddedIndex
from tradewind.search.embedded.opening import open_snapshot
from tradewind.search.encoder import TextEncoder
from tradewind.search.filters import And, FacetIs, NumberIs
from tradewind.search.index import CatalogIndex
from tradewind.search.onnx_encoder import load_encoder
from tradewind.search.request import SearchRequest

PRODUCTS = 43_000
QUERIES = 200
GOALS_MS = {"p50": 2.0, "p99": 5.0}
NOW = datetime(2026, 1, 1, tzinfo=UTC)

ENCODER = ROOT / "build" / "encoder"


def one_answer(index: CatalogIndex, encoder: TextEncoder | None, query: str, category: str) -> Any:
    """Return the whole answer to a query with a filter and four facets."""
    return answer(
        request(query, category),
        name="products",
        index=index,
        definition=DEFINITION,
        encoder=encoder,
        now=NOW,
        query_id="0" * 32,
    )


def request(query: str, category: str) -> SearchRequest:
    filter = And((FacetIs("categories.lvl0", category), NumberIs("price", "<", 60)))
    return SearchRequest(query=query, filter=filter, facets=FACETS)


def built(made: list[Made], folder: Path, encoder: TextEncoder | None) -> tuple[EmbeddedIndex, TopicEncoder, float]:
    """Return the index of products, what encodes its queries, and the CPU seconds of building it."""
    topics = TopicEncoder(encoder)
    start = process_time()
    manifest = build(
        base=None,
        upserts=stored(made),
        deletes=(),
        definition=DEFINITION,
        encoder=topics,
        index_id="products",
        version="1",
        now=NOW,
        folder=folder,
        encode_for=lambda: True,
    )
    return EmbeddedIndex(open_snapshot(manifest, folder), DEFINITION), topics, process_time() - start


def figures(*, million: bool) -> list[Figure]:
    encoder = load_encoder(ENCODER)
    with TemporaryDirectory(prefix="tradewind-bench-") as name:
        made = list(products(PRODUCTS))
        index, topics, seconds = built(made, Path(name), encoder)
        of_queries = "encoded by the real encoder" if encoder else "with random vectors, as no encoder is built"
        how = (
            f"{PRODUCTS:,} products, filter on two attributes, 4 facets, 20 highlighted hits; queries {of_queries}, "
            f"products' vectors made of their topics'; median of {ROUNDS} turns of {QUERIES} queries"
        )
        sides = {"ours": _ours(index, topics)} | rivals(made, topics)
        times = _alternated(sides)
        result = [
            figure(f"hybrid answer, {at}, CPU", ours=_at(times["ours"], at), goal=goal, unit="ms", how=how)
            for at, goal in GOALS_MS.items()
        ]
        for rival in (name for name in sides if name != "ours"):
            result.append(
                figure(
                    f"hybrid answer to {rival}, p50",
                    ours=_at(times["ours"], "p50"),
                    rival=_at(times[rival], "p50"),
                    unit="ms",
                    how=f"{rival}: the top 100 without facets and highlights",
                )
            )
        if len(sides) == 1:
            result.append(
                skipped("rivals", goal=None, unit="ms", reason="none is installed, see benchmarks/requirements.txt")
            )
        result += opensearch_figures(made, index, topics, one_answer)
        result += [
            figure("building, words and vectors", ours=seconds, unit="s", how="CPU, vectors given"),
            *parts_figures(index, topics, [request(*each) for each in queries(QUERIES)], now=NOW),
            *start_figures(index, request("enamel mixing bowl", "Kitchen"), Path(name)),
            package_figure(),
        ]
    return result + (_million() if million else [])


def _ours(index: EmbeddedIndex, encoder: TextEncoder) -> Callable[[str, str], object]:
    return lambda query, category: one_answer(index, encoder, query, category)


def _alternated(sides: dict[str, Callable[[str, str], object]]) -> dict[str, list[list[float]]]:
    """Return CPU milliseconds of each side by turn and query; the sides take turns."""
    wanted = queries(QUERIES)
    for side in sides.values():
        for query, category in wanted[:20]:
            side(query, category)
    times: dict[str, list[list[float]]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            turn = []
            for query, category in wanted:
                start = process_time()
                side(query, category)
                turn.append((process_time() - start) * 1000)
            times[name].append(turn)
    return times


def _at(turns: list[list[float]], quantile: str) -> float:
    """Return the median over turns of "p50" or "p99" over queries."""
    return float(np.median([np.percentile(turn, int(quantile[1:])) for turn in turns]))


def _million() -> list[Figure]:
    def times(index: EmbeddedIndex, encoder: TextEncoder) -> dict[str, float]:
        turns = _alternated({"ours": _ours(index, encoder)})["ours"]
        return {at: _at(turns, at) for at in GOALS_MS}

    with TemporaryDirectory(prefix="tradewind-bench-") as name:
        return million_figures(Path(name), ENCODER, [request(*each) for each in queries(QUERIES)], times)


def main() -> int:
    if "OPENBLAS_NUM_THREADS" not in os.environ:  # one core; NumPy reads it when it is imported
        command = [sys.executable, "-m", "benchmarks.search", *sys.argv[1:]]
        return subprocess.run(command, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, check=False).returncode
    return report("search", figures(million="--million" in sys.argv))


if __name__ == "__main__":
    sys.exit(main())
