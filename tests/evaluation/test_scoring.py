"""A run against judgements."""

from math import log2

import pytest

from tradewind.evaluation.judgements import Judgement, judge
from tradewind.evaluation.scoring import score, score_run

JUDGED = judge(
    [
        *(Judgement("lamp", sku, grade) for sku, grade in (("a", 4), ("b", 3), ("c", 1))),
        Judgement("rug", "d", 1),
        Judgement("rug", "e", 2),
    ]
)


def test_products_that_were_not_judged_count_as_0() -> None:
    scores = score(JUDGED, "lamp", ["x", "b", "a"])
    ideal = 1 / log2(2) + (2 / 3) / log2(3)
    assert scores.ndcg == pytest.approx((0 + (2 / 3) / log2(3) + 1 / log2(4)) / ideal)


def test_judged_ndcg_takes_them_out_first() -> None:
    scores = score(JUDGED, "lamp", ["x", "b", *(f"y{n}" for n in range(200)), "a"])
    ideal = 1 / log2(2) + (2 / 3) / log2(3)
    assert scores.judged_ndcg == pytest.approx((2 / 3 + 1 / log2(3)) / ideal)


def test_mrr_and_recall_know_relevant_products_only() -> None:
    scores = score(JUDGED, "lamp", ["c", "x", "b"])
    assert scores.mrr == 1 / 3
    assert scores.recall == 1 / 2


def test_recall_looks_at_a_hundred_and_mrr_at_ten() -> None:
    far = [f"x{n}" for n in range(99)]
    scores = score(JUDGED, "lamp", [*far, "a", "b"])
    assert scores.recall == 1 / 2
    assert scores.mrr == 0


def test_queries_without_a_relevant_product_count_for_ndcg_alone() -> None:
    run = score_run(JUDGED, {"lamp": ["a", "b"], "rug": ["e"]})
    gain = (2 - 1) / (4 - 1)  # of e; d has 0
    assert run.queries["rug"].mrr is None
    assert run.queries["rug"].ndcg == pytest.approx(gain / gain)
    assert run.means() == {"ndcg@10": 1.0, "judged_ndcg@10": 1.0, "mrr@10": 1.0, "recall@100": 1.0}
    assert run.without_relevant == 1


def test_means_are_over_queries() -> None:
    run = score_run(JUDGED, {"lamp": ["a", "b"], "rug": []})
    assert run.means() == {"ndcg@10": 0.5, "judged_ndcg@10": 0.5, "mrr@10": 1.0, "recall@100": 1.0}
