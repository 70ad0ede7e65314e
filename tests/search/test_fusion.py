"""Two rankings become one, and the order in which they come makes no difference."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.search.fusion import reciprocal_rank_fusion, weighted_fusion

RANKINGS = st.lists(st.lists(st.integers(0, 30), unique=True, max_size=20), min_size=2, max_size=5)


def test_scores_are_sums_of_reciprocal_ranks() -> None:
    fused = reciprocal_rank_fusion([["lamp", "vase"], ["vase", "rug"]], k=60)
    assert fused == {"lamp": 1 / 61, "vase": 1 / 62 + 1 / 61, "rug": 1 / 62}


def test_agreement_beats_a_single_first_place() -> None:
    fused = reciprocal_rank_fusion([["lamp", "vase"], ["rug", "vase"]])
    assert max(fused, key=fused.__getitem__) == "vase"


@settings(max_examples=300, deadline=None)
@given(RANKINGS)
def test_the_order_of_the_rankings_does_not_matter(rankings: list[list[int]]) -> None:
    assert reciprocal_rank_fusion(rankings) == reciprocal_rank_fusion(rankings[::-1])


def test_weighted_scores_are_shares_of_the_highest() -> None:
    fused = weighted_fusion([{"lamp": 8.0, "vase": 2.0}, {"vase": 0.5}], [0.4, 0.6])
    assert fused == {"lamp": 0.4 * 8 / 8, "vase": 0.4 * 2 / 8 + 0.6 * 0.5 / 0.5}


def test_a_list_without_a_score_above_zero_gives_nothing() -> None:
    assert weighted_fusion([{"lamp": 0.0, "vase": -1.0}, {}], [0.5, 0.5]) == {"lamp": 0.0, "vase": 0.0}


def test_what_the_second_list_cannot_know_has_the_share_or_rank_of_the_first() -> None:
    scores = [{"lamp": 8.0, "vase": 2.0, "rug": 4.0}, {"vase": 0.5}]
    fused = weighted_fusion(scores, [0.4, 0.6], unknown={"lamp"})
    assert fused == {"lamp": 0.4 * 8 / 8 + 0.6 * 8 / 8, "vase": 0.4 * 2 / 8 + 0.6 * 0.5 / 0.5, "rug": 0.4 * 4 / 8}
    ranked = reciprocal_rank_fusion([["lamp", "rug", "vase"], ["vase"]], k=60, unknown={"rug"})
    assert ranked == {"lamp": 1 / 61, "rug": 1 / 62 + 1 / 62, "vase": 1 / 63 + 1 / 61}


def test_what_the_second_list_holds_after_all_counts_there_as_it_is() -> None:
    lists = [{"lamp": 8.0}, {"lamp": 0.1, "vase": 0.5, "rug": 0.2}]
    assert weighted_fusion(lists, [0.5, 0.5], unknown={"lamp", "rug"}) == weighted_fusion(lists, [0.5, 0.5])
    assert reciprocal_rank_fusion([["lamp"], ["vase", "lamp"]], unknown={"lamp", "vase"}) == reciprocal_rank_fusion(
        [["lamp"], ["vase", "lamp"]]
    )


def test_lists_and_weights_must_go_together() -> None:
    with pytest.raises(ValueError, match="one for each of 1 lists"):
        weighted_fusion([{}], [0.5, 0.5])
