"""Asks an index every judged query, as a shopper would, by words, by meaning, and by both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.settings import Weights
from tradewind.evaluation.judgements import Judgements
from tradewind.evaluation.scoring import Ranking, RunScores, score_run
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex
from tradewind.search.request import SearchRequest
from tradewind.search.understanding.understand import understand

RunName = Literal["bm25", "vector", "hybrid"]
RUNS: tuple[RunName, ...] = ("bm25", "vector", "hybrid")
DEPTH = 10_000  # products of a ranking that are looked at; OpenSearch gives no more
_PARTS: Mapping[RunName, tuple[bool, bool]] = {"bm25": (True, False), "vector": (False, True), "hybrid": (True, True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What is asked: an index with a definition, the encoder of its vectors (None: by words alone)."""

    index: CatalogIndex
    definition: IndexDefinition
    encoder: TextEncoder | None
    now: datetime  # which rules are valid
    weights: Weights | None = None  # instead of the settings'

    @property
    def runs(self) -> Sequence[RunName]:
        """Which runs can be made: without vectors of this encoder, by words alone."""
        if self.encoder is None or self.index.encoder != self.encoder.name:
            return RUNS[:1]
        return RUNS


def run_scores(
    searched: Searched,
    judgements: Judgements,
    run: RunName,
    progress: Callable[[int, int], None] = lambda *_: None,
    *,
    depth: int = DEPTH,
) -> RunScores:
    """Return the scores of one run. `progress` is told (1, queries) after each query.

    With a `depth` of 10 ndcg@10 is right and the other metrics are not. Raises: IndexUnavailable.
    """
    rankings: dict[str, Ranking] = {}
    for query in judgements.queries:
        rankings[query] = ranking(searched, query, run, depth=depth)
        progress(1, len(judgements.queries))
    return score_run(judgements, rankings)


def ranking(searched: Searched, query: str, run: RunName, *, depth: int = DEPTH) -> Ranking:
    """Return the SKUs that the index answers a query with, in the order in which it shows them."""
    lexical, vector = _PARTS[run]
    request = SearchRequest(query=query, lexical=lexical, vector=vector, weights=searched.weights, analytics=False)
    plan, _, _ = understand(
        request, index=searched.index, definition=searched.definition, encoder=searched.encoder, now=searched.now
    )
    outcome = searched.index.search(replace(plan, offset=0, length=depth, facets=()))
    return tuple(hit.object_id for hit in outcome.hits)
