"""When a cluster may answer in place of the embedded engine."""

import pytest

from tradewind.evaluation.bootstrap import Difference
from tradewind.evaluation.engines import EngineComparison
from tradewind.evaluation.gate import Verdict
from tradewind.search.agreement import Agreement


def verdict(before: float, after: float, *, low: float, high: float) -> Verdict:
    return Verdict(
        allowed=after >= before,
        current=before,
        proposed=after,
        queries=100,
        difference=Difference(after - before, low, high),
        worst=(),
    )


BETTER = verdict(0.80, 0.81, low=-0.01, high=0.03)
WORSE = verdict(0.80, 0.79, low=-0.03, high=0.01)
REALLY_WORSE = verdict(0.80, 0.70, low=-0.12, high=-0.08)


def compared(*overlaps: float, judged: Verdict | None = None) -> EngineComparison:
    return EngineComparison(
        rows=[Agreement(f"q{n}", each, (10, 10)) for n, each in enumerate(overlaps)], verdict=judged
    )


def test_the_overlap_is_the_mean_over_queries() -> None:
    assert compared(1.0, 0.5).overlap == pytest.approx((1.0 + 0.5) / 2)


@pytest.mark.parametrize(
    ("comparison", "refused"),
    [
        (compared(0.8, 0.6), None),  # mean .7 is enough
        (compared(0.8, 0.5), "overlap@10 0.650 is below 0.7"),
        (compared(0.1, judged=BETTER), None),  # shows other products, and no worse ones
        (compared(0.9, judged=WORSE), None),  # lower within chance, and nearly the same products
        (compared(0.1, judged=WORSE), "overlap@10 0.100 is below 0.7"),
        (compared(judged=BETTER), None),
        (compared(), "there was no query to compare"),
    ],
)
def test_the_cluster_may_answer_where_it_shows_the_same_or_nothing_worse(
    comparison: EngineComparison, refused: str | None
) -> None:
    assert comparison.refusal(0.7) == refused


def test_a_real_loss_refuses_however_much_they_agree() -> None:
    why = compared(0.9, judged=REALLY_WORSE).refusal(0.7)
    assert why is not None
    assert why.startswith("its ndcg@10 0.8000 -> 0.7000 on 100 judged queries")
