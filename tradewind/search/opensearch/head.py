"""The fused head: the best by words and the best by meaning as one ranking."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tradewind.search.fusion import reciprocal_rank_fusion, weighted_fusion
from tradewind.search.opensearch.words import deciding_words
from tradewind.search.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Ranks are from 1, within the list that was fused."""

    fused: Mapping[str, float] = field(default_factory=dict)  # score by objectID; empty where nothing was to fuse
    word_ranks: Mapping[str, int] = field(default_factory=dict)
    meaning_ranks: Mapping[str, int] = field(default_factory=dict)


def head_of(
    plan: Plan,
    by_words: Sequence[tuple[str, float]],
    by_meaning: Sequence[tuple[str, float]],
    *,
    without_vector: Collection[str] = (),
) -> Head:
    """Return the head of a plan from its lists of (objectID, score), best first, both under the filter.

    `without_vector` are the products of the best by words whose vector is still to be computed.
    Nothing is fused for a plan without words or without candidates by meaning: one list is an order already.
    """
    both = bool(deciding_words(plan)) and plan.vector is not None
    return Head(
        fused=_fused(plan, by_words, by_meaning, without_vector) if both else {},
        word_ranks=_ranks(by_words),
        meaning_ranks=_ranks(by_meaning),
    )


def _fused(
    plan: Plan,
    words: Sequence[tuple[str, float]],
    meaning: Sequence[tuple[str, float]],
    without_vector: Collection[str],
) -> dict[str, float]:
    """Return scores from 0 to 1."""
    weights = plan.weights
    if weights.fusion == "weighted":
        shares = [1.0 - weights.vector, weights.vector]
        return weighted_fusion([dict(words), dict(meaning)], shares, unknown=without_vector)
    rankings = [[object_id for object_id, _ in each] for each in (words, meaning)]
    best = 2.0 / (weights.rrf_k + 1.0)  # first in both
    fused = reciprocal_rank_fusion(rankings, weights.rrf_k, unknown=without_vector)
    return {object_id: score / best for object_id, score in fused.items()}


def _ranks(ranking: Sequence[tuple[str, float]]) -> dict[str, int]:
    return {object_id: rank for rank, (object_id, _) in enumerate(ranking, start=1)}
