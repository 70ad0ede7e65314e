"""The metrics against arithmetic, and against implementations that were written otherwise."""

from itertools import permutations
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.evaluation.metrics import dcg, ndcg, recall, reciprocal_rank

GAINS = st.lists(st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0]), min_size=1, max_size=6)


def test_dcg_of_three_products() -> None:
    assert dcg([1, 0, 1 / 3], 10) == pytest.approx(1 / log2(2) + 0 / log2(3) + (1 / 3) / log2(4))
    assert dcg([1, 0, 1 / 3], 10) == pytest.approx(1.1667, abs=5e-5)


def test_ndcg_divides_by_the_ideal_ranking_of_what_was_judged() -> None:
    ideal = 1 + (1 / 3) / log2(3) + (1 / 3) / 2
    assert ndcg([1, 0, 1 / 3], [1 / 3, 1, 1 / 3], 10) == pytest.approx((1 + (1 / 3) / 2) / ideal)
    assert ndcg([1, 0, 1 / 3], [1 / 3, 1, 1 / 3], 10) == pytest.approx(0.8473, abs=5e-5)


def test_only_the_first_k_count_in_the_ranking_and_in_the_ideal() -> None:
    assert ndcg([0, 0, 1], [1], 2) == 0
    assert ndcg([1, 1], [1, 1, 1, 1], 2) == 1


def test_a_query_whose_products_all_have_no_gain_scores_0() -> None:
    assert ndcg([0, 0], [0, 0], 10) == 0


def test_a_ranking_without_products_scores_0() -> None:
    assert ndcg([], [1], 10) == 0
    assert reciprocal_rank([], {"a"}, 10) == 0
    assert recall([], {"a"}, 100) == 0


@given(GAINS)
@settings(max_examples=50)
def test_no_order_beats_the_ideal_one(gains: list[float]) -> None:
    best = max(dcg(order, 3) for order in permutations(gains))
    assert dcg(sorted(gains, reverse=True), 3) == pytest.approx(best)


@given(GAINS, st.integers(1, 8))
@settings(max_examples=50)
def test_dcg_is_what_numpy_computes(gains: list[float], k: int) -> None:
    cut = np.array(gains[:k])
    assert dcg(gains, k) == pytest.approx(float((cut / np.log2(np.arange(2, len(cut) + 2))).sum()))


def test_the_first_relevant_product_decides_the_reciprocal_rank() -> None:
    assert reciprocal_rank(["a", "b", "c", "d"], {"d"}, 10) == 1 / 4
    assert reciprocal_rank(["a", "b", "c"], {"b", "c"}, 10) == 1 / 2
    assert reciprocal_rank(["a", "b", "c"], {"c"}, 2) == 0


def test_recall_is_the_part_of_the_relevant_products_that_is_found() -> None:
    assert recall(["a", "x", "b", "y", "c"], {"a", "b", "c", "d"}, 100) == 3 / 4
    assert recall(["a", "x", "b", "y", "c"], {"a", "b", "c", "d"}, 2) == 1 / 4
