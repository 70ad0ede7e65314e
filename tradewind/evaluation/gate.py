"""The publish gate: a settings change that ranks worse than what is live is not published unless somebody insists."""

from dataclasses import dataclass

from numpy.random import Generator

from tradewind.evaluation.bootstrap import Difference
from tradewind.evaluation.comparing import compare
from tradewind.evaluation.scoring import NDCG, RunScores

_SAME = 1e-9  # nDCG@10 that two computations of the same ranking may differ by


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate found, by mean nDCG@10 on the stored judgements."""

    allowed: bool
    current: float
    proposed: float
    queries: int
    difference: Difference
    worst: tuple[str, ...]  # queries that lose most
    note: str = ""  # how it was compared, where that is not as shoppers search

    def __str__(self) -> str:
        """Return the finding with its figures: "nDCG@10 0.7800 -> 0.7500 on 261 queries (...)"."""
        sure = "real" if self.difference.real else "within chance"
        interval = f"95 % interval {self.difference.low:+.4f} to {self.difference.high:+.4f}, {sure}"
        figures = f"{NDCG} {self.current:.4f} -> {self.proposed:.4f} on {self.queries} judged queries ({interval})"
        figures += f"; {self.note}" if self.note else ""
        return figures if self.allowed or not self.worst else f"{figures}; worst: {', '.join(self.worst)}"


def gate(current: RunScores, proposed: RunScores, rng: Generator) -> Verdict:
    """Return whether settings that score `proposed` may replace those that score `current`.

    Any loss of the mean refuses, also one that may be chance: who is sure can force it.
    Raises: InputError where the two share no query.
    """
    found = compare(current, proposed, rng, losers=3)
    shared = [query for query in proposed.queries if query in current.queries]
    before = sum(current.queries[query].ndcg for query in shared) / len(shared)
    after = sum(proposed.queries[query].ndcg for query in shared) / len(shared)
    return Verdict(
        allowed=after >= before - _SAME,
        current=before,
        proposed=after,
        queries=found.queries,
        difference=found.difference,
        worst=tuple(loser.query for loser in found.losers),
    )
