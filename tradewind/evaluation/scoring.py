"""A run's scores: its rankings against the judgements, query by query and in the mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Final

from tradewind.evaluation.judgements import Judgements
from tradewind.evaluation.metrics import ndcg, recall, reciprocal_rank

NDCG: Final = "ndcg@10"
JUDGED_NDCG: Final = "judged_ndcg@10"
MRR: Final = "mrr@10"
RECALL: Final = "recall@100"
METRICS: Final = (NDCG, JUDGED_NDCG, MRR, RECALL)

Ranking = Sequence[str]  # SKUs, best first


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryScores:
    """Of one query. `mrr` and `recall` are None where no judged product is relevant."""

    ndcg: float
    judged_ndcg: float
    mrr: float | None
    recall: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunScores:
    """Of all queries of one run."""

    queries: Mapping[str, QueryScores]

    def means(self) -> dict[str, float | None]:
        """Return the mean of each metric over the queries that have it, None where none has."""
        every = list(self.queries.values())
        return {
            NDCG: _mean([each.ndcg for each in every]),
            JUDGED_NDCG: _mean([each.judged_ndcg for each in every]),
            MRR: _mean([each.mrr for each in every if each.mrr is not None]),
            RECALL: _mean([each.recall for each in every if each.recall is not None]),
        }

    @property
    def without_relevant(self) -> int:
        """How many queries have no relevant product and are left out of MRR and recall."""
        return sum(each.recall is None for each in self.queries.values())


def score_run(judgements: Judgements, rankings: Mapping[str, Ranking]) -> RunScores:
    """Return the scores of rankings, one for each judged query.

    In ndcg@10 products that were not judged count as 0; judged_ndcg@10 takes them out of the ranking first (condensed
    lists: Sakai, "Alternatives to Bpref", SIGIR 2007). The ideal ranking is of the query's judged products either way.
    """
    return RunScores(queries={query: score(judgements, query, rankings[query]) for query in judgements.queries})


def score(judgements: Judgements, query: str, ranking: Ranking) -> QueryScores:
    gains, relevant = judgements.gains[query], judgements.relevant(query)
    return QueryScores(
        ndcg=ndcg([gains.get(sku, 0.0) for sku in ranking], gains.values(), 10),
        judged_ndcg=ndcg([gains[sku] for sku in ranking if sku in gains], gains.values(), 10),
        mrr=reciprocal_rank(ranking, relevant, 10) if relevant else None,
        recall=recall(ranking, relevant, 100) if relevant else None,
    )


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None
