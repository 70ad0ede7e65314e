"""Two rankings become one: reciprocal ranks or weighted scores. Sums do not depend on the order of the rankings."""

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def reciprocal_rank_fusion(rankings: Sequence[Sequence[Key]], k: float = 60.0) -> dict[Key, float]:
    """Return the fused score of every key that is ranked: the sum over rankings of 1 / (k + rank), ranks from 1.

    Cormack, Clarke, Buettcher 2009, whose k is 60. A key that a ranking does not hold gets nothing from it. The terms
    are added by `math.fsum`: a running sum would rank some keys otherwise when the rankings come in another order.

    >>> reciprocal_rank_fusion([["lamp", "vase"], ["vase"]])["vase"] == 1 / 62 + 1 / 61
    True
    """
    terms: dict[Key, list[float]] = defaultdict(list)
    for ranking in rankings:
        for rank, key in enumerate(ranking, start=1):
            terms[key].append(1.0 / (k + rank))
    return {key: math.fsum(parts) for key, parts in terms.items()}


def weighted_fusion(scores: Sequence[Mapping[Key, float]], weights: Sequence[float]) -> dict[Key, float]:
    """Return the fused score of every key: the sum over lists of weight x score / highest score of the list.

    Scores below zero count as zero, as does a key that a list does not hold; a list whose highest score is zero
    gives nothing. Raises: ValueError where the numbers of lists and weights differ.
    """
    if len(scores) != len(weights):
        raise ValueError(f"weights must be one for each of {len(scores)} lists of scores, got {len(weights)}")
    terms: dict[Key, list[float]] = defaultdict(list)
    for found, weight in zip(scores, weights, strict=True):
        highest = max(found.values(), default=0.0)
        for key, score in found.items():
            terms[key].append(weight * max(score, 0.0) / highest if highest > 0 else 0.0)
    return {key: math.fsum(parts) for key, parts in terms.items()}
