"""An evaluation as lines to print."""

from collections.abc import Iterator, Mapping

from tradewind.evaluation.comparing import Comparison
from tradewind.evaluation.saved_runs import Evaluation
from tradewind.evaluation.scoring import METRICS

_WIDTH = 16


def lines(done: Evaluation, comparisons: Mapping[str, Comparison]) -> Iterator[str]:
    """Yield the table of the runs, then each comparison with its losers."""
    queries = max(len(run.queries) for run in done.runs.values())
    yield f"{done.index}: {queries:,} queries of {done.judgements}, encoder {done.encoder or 'none'}"
    yield ""
    names = max(10, *(len(name) + 2 for name in done.runs))
    yield f"{'run':<{names}}" + "".join(f"{metric:>{_WIDTH}}" for metric in METRICS)
    for name, run in done.runs.items():
        means = run.means()
        yield f"{name:<{names}}" + "".join(f"{_figure(means[metric]):>{_WIDTH}}" for metric in METRICS)
    for title, found in comparisons.items():
        yield ""
        yield from _comparison(title, found)


def _comparison(title: str, found: Comparison) -> Iterator[str]:
    difference = found.difference
    verdict = "the difference is real" if difference.real else "may be chance"
    yield (
        f"{title}: nDCG@10 {difference.mean:+.4f}, 95 % interval {difference.low:+.4f} to {difference.high:+.4f}: "
        f"{verdict} ({found.better} queries better, {found.worse} worse of {found.queries})"
    )
    for loser in found.losers:
        yield f"  {loser.first:.3f} -> {loser.second:.3f}  {loser.query}"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
