"""Two runs side by side, the bootstrap between them, and the gate that it guards."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.errors import InputError
from tradewind.evaluation.bootstrap import paired_bootstrap
from tradewind.evaluation.comparing import Loser, compare
from tradewind.evaluation.gate import gate
from tradewind.evaluation.scoring import QueryScores, RunScores

SCORES = st.lists(st.floats(0, 1), min_size=2, max_size=20)


def run_of(**ndcg: float) -> RunScores:
    return RunScores(
        queries={
            query: QueryScores(ndcg=value, judged_ndcg=value, mrr=None, recall=None) for query, value in ndcg.items()
        }
    )


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_a_difference_that_every_query_shows_is_real() -> None:
    found = paired_bootstrap([0.5] * 4, [0.6] * 4, rng())
    assert [found.mean, found.low, found.high] == pytest.approx([0.1, 0.1, 0.1])
    assert found.real


def test_a_difference_that_one_query_makes_may_be_chance() -> None:
    found = paired_bootstrap([0.5] * 10, [0.9] + [0.5] * 9, rng())
    # All ten drawn from the other nine: 0.9 ** 10 = 35 % of the draws, so the interval begins at 0.
    assert found.low == 0
    assert not found.real


def test_the_interval_is_that_of_the_normal_distribution_where_there_are_many_queries() -> None:
    first = np.zeros(2000)
    second = np.random.default_rng(7).normal(0.05, 0.2, 2000)
    found = paired_bootstrap(first, second, rng())
    margin = 1.96 * second.std() / np.sqrt(2000)
    assert found.low == pytest.approx(second.mean() - margin, abs=0.0005)
    assert found.high == pytest.approx(second.mean() + margin, abs=0.0005)


def test_draws_in_several_portions_are_all_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from tradewind.evaluation import bootstrap

    first, second = np.zeros(50), np.linspace(-1, 2, 50)
    whole = paired_bootstrap(first, second, rng(), draws=2000)
    monkeypatch.setattr(bootstrap, "_AT_ONCE", 70)
    assert paired_bootstrap(first, second, rng(), draws=2000) == whole


@given(SCORES, st.randoms())
@settings(max_examples=30)
def test_the_mean_lies_within_its_interval(scores: list[float], random: object) -> None:
    other = [1 - score for score in scores]
    found = paired_bootstrap(scores, other, rng(), draws=500)
    assert found.low - 1e-9 <= found.mean <= found.high + 1e-9


def test_losers_come_with_the_largest_loss_first_and_winners_not_at_all() -> None:
    found = compare(run_of(a=0.5, b=0.9, c=0.2, d=0.4), run_of(a=0.4, b=0.1, c=0.8, d=0.4), rng())
    assert found.losers == (Loser("b", 0.9, 0.1), Loser("a", 0.5, 0.4))
    assert (found.better, found.worse, found.queries) == (1, 2, 4)


def test_only_queries_of_both_runs_are_compared() -> None:
    found = compare(run_of(a=0.5, b=0.0), run_of(a=0.7, c=1.0), rng())
    assert found.queries == 1
    assert found.difference.mean == pytest.approx(0.2)
    with pytest.raises(InputError, match="share no query"):
        compare(run_of(a=0.5), run_of(b=0.5), rng())


def test_the_gate_refuses_what_scores_lower_and_says_by_how_much() -> None:
    verdict = gate(run_of(a=0.8, b=0.6), run_of(a=0.3, b=0.7), rng())
    assert not verdict.allowed
    assert [verdict.current, verdict.proposed] == pytest.approx([0.7, 0.5])
    assert str(verdict).startswith("ndcg@10 0.7000 -> 0.5000 on 2 judged queries (95 % interval -0.5000 to +0.1000")
    assert str(verdict).endswith("worst: a")


def test_the_gate_lets_pass_what_scores_as_well_or_better() -> None:
    assert gate(run_of(a=0.8, b=0.6), run_of(a=0.6, b=0.8), rng()).allowed
    assert gate(run_of(a=0.8), run_of(a=0.9), rng()).allowed
