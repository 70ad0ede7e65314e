"""How good a ranking is, against judgements. Gains lie between 0 and 1, ranks begin at 1.

nDCG@k: Järvelin, Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002, with the
discount log2(rank + 1):

    DCG@k = sum over rank <= k of gain(rank) / log2(rank + 1)        nDCG@k = DCG@k / (DCG@k of the ideal ranking)

    ranking with gains 1, 0, 1/3; judged gains 1, 1/3, 1/3:
    DCG   = 1 / log2(2) + 0 / log2(3) + (1/3) / log2(4)     = 1 + 0     + 0.1667 = 1.1667
    ideal = 1 / log2(2) + (1/3) / log2(3) + (1/3) / log2(4) = 1 + .2103 + 0.1667 = 1.3770
    nDCG  = 1.1667 / 1.3770 = 0.8473

MRR@k: the mean over queries of 1 / (rank of the first relevant product), 0 where none is among the first k (Voorhees,
TREC-8 question answering track, 1999). First relevant products at 1, at 4, nowhere: (1 + 1/4 + 0) / 3 = 0.4167.

recall@k: relevant products among the first k / all relevant ones (Manning, Raghavan, Schütze, "Introduction to
information retrieval", 2008, chapter 8). 3 of 4 found: 0.75.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from math import fsum, log2


def dcg(gains: Iterable[float], k: int) -> float:
    """Return the discounted cumulated gain of the first `k` gains of a ranking."""
    return fsum(gain / log2(rank + 1) for rank, gain in enumerate(islice(gains, k), start=1))


def ndcg(ranked: Sequence[float], judged: Iterable[float], k: int) -> float:
    """Return nDCG@k of a ranking by the gains of its products; `judged` are the gains of all judged products.

    0 where no judged product has any gain, as trec_eval counts it.
    """
    ideal = dcg(sorted(judged, reverse=True), k)
    return dcg(ranked, k) / ideal if ideal else 0.0


def reciprocal_rank(ranked: Iterable[str], relevant: Collection[str], k: int) -> float:
    """Return 1 / rank of the first relevant one among the first `k`, 0 where there is none."""
    return next((1 / rank for rank, sku in enumerate(islice(ranked, k), start=1) if sku in relevant), 0.0)


def recall(ranked: Iterable[str], relevant: Collection[str], k: int) -> float:
    """Return which part of the relevant ones, of which there is at least one, is among the first `k`."""
    return len(set(islice(ranked, k)) & set(relevant)) / len(relevant)
