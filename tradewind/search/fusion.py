"""Two rankings become one: reciprocal ranks or weighted scores. Sums do not depend on the order of the rankings.

Keys that the later lists cannot hold yet, as products whose vector is still to be computed, are `unknown` there: they
are taken to do as well in each of them as in the first. Nothing would be a judgement that nobody has made.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[Key]], k: float = 60.0, *, unknown: Collection[Key] = ()
) -> dict[Key, float]:
    """Return the fused score of every key that is ranked: the sum over rankings of 1 / (k + rank), ranks from 1.

    Cormack, Clarke, Buettcher 2009, whose k is 60. A key that a ranking does not hold gets nothing from it; one of
    `unknown` that the first ranking alone holds has the same rank in all. The terms are added by `math.fsum`: a running
    sum would rank some keys otherwise when the rankings come in another order.

    >>> reciprocal_rank_fusion([["lamp", "vase"], ["vase"]])["vase"] == 1 / 62 + 1 / 61
    True
    """
    terms: dict[Key, list[float]] = defaultdict(list)
    for ranking in rankings:
        for rank, key in enumerate(ranking, start=1):
            terms[key].append(1.0 / (k + rank))
    for key in _only_in_first(rankings, unknown):
        terms[key] *= len(rankings)
    return {key: math.fsum(parts) for key, parts in terms.items()}


def weighted_fusion(
    scores: Sequence[Mapping[Key, float]], weights: Sequence[float], *, unknown: Collection[Key] = ()
) -> dict[Key, float]:
    """Return the fused score of every key: the sum over lists of weight x score / highest score of the list.

    Scores below zero count as zero, as does a key that a list does not hold; a list whose highest score is zero
    gives nothing. A key of `unknown` that the first list alone holds has the same share in all. Raises: ValueError
    where the numbers of lists and weights differ.

    >>> weighted_fusion([{"lamp": 8.0, "vase": 4.0, "rug": 2.0}, {"vase": 0.5}], [0.5, 0.5], unknown={"lamp"})
    {'lamp': 1.0, 'vase': 0.75, 'rug': 0.125}
    """
    if len(scores) != len(weights):
        raise ValueError(f"weights must be one for each of {len(scores)} lists of scores, got {len(weights)}")
    terms: dict[Key, list[float]] = defaultdict(list)
    for found, weight in zip(scores, weights, strict=True):
        highest = max(found.values(), default=0.0)
        for key, score in found.items():
            terms[key].append(weight * max(score, 0.0) / highest if highest > 0 else 0.0)
    highest = max(scores[0].values(), default=0.0) if scores else 0.0
    for key in _only_in_first(scores, unknown):
        share = max(scores[0][key], 0.0) / highest if highest > 0 else 0.0
        terms[key] += [weight * share for weight in weights[1:]]
    return {key: math.fsum(parts) for key, parts in terms.items()}


def _only_in_first(lists: Sequence[Collection[Key]], unknown: Collection[Key]) -> list[Key]:
    """Return the keys of `unknown` that the first list holds and no other does."""
    if not unknown or not lists:
        return []
    later = {key for each in lists[1:] for key in each}
    return [key for key in lists[0] if key in unknown and key not in later]
