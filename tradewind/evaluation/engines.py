"""Whether a cluster may answer in place of the embedded engine: by what both show, and by judgements."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.evaluation.gate import Verdict
from tradewind.search.agreement import Agreement, mean_overlap


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineComparison:
    """The same queries on both engines. `verdict` is of the stored judgements, embedded first; None: there are none."""

    rows: Sequence[Agreement]
    verdict: Verdict | None = None

    @property
    def overlap(self) -> float:
        """Mean overlap of the first ten, 0 to 1."""
        return mean_overlap(self.rows)

    def refusal(self, least: float) -> str | None:
        """Return why the cluster may not answer yet, None where it may.

        It may where both show nearly the same (`least`) or where its nDCG@10 is not lower; never where that is really
        lower.
        """
        if self.verdict is not None and not self.verdict.allowed and self.verdict.difference.real:
            return f"its {self.verdict}"
        if self.verdict is not None and self.verdict.allowed:
            return None
        if not self.rows:
            return "there was no query to compare"
        return None if self.overlap >= least else f"overlap@10 {self.overlap:.3f} is below {least:g}"
