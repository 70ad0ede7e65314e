"""Two runs over the same queries, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from numpy.random import Generator

from tradewind.errors import InputError
from tradewind.evaluation.bootstrap import Difference, paired_bootstrap
from tradewind.evaluation.scoring import RunScores

_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Loser:
    """A query that the second run answers worse, by nDCG@10."""

    query: str
    first: float
    second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The second run against the first, by nDCG@10."""

    difference: Difference
    queries: int  # that both have
    better: int
    worse: int
    losers: tuple[Loser, ...]  # largest loss first


def compare(first: RunScores, second: RunScores, rng: Generator, *, losers: int = 10) -> Comparison:
    """Return how `second` does against `first` on the queries that both answered.

    Raises: InputError where they share none.
    """
    shared = [query for query in second.queries if query in first.queries]
    if not shared:
        raise InputError("runs", "share no query", "compare runs of the same judgements")
    before = [first.queries[query].ndcg for query in shared]
    after = [second.queries[query].ndcg for query in shared]
    return Comparison(
        difference=paired_bootstrap(before, after, rng),
        queries=len(shared),
        better=sum(new > old + _TIE for old, new in zip(before, after, strict=True)),
        worse=sum(new < old - _TIE for old, new in zip(before, after, strict=True)),
        losers=_losers(shared, before, after)[:losers],
    )


def _losers(queries: Sequence[str], before: Sequence[float], after: Sequence[float]) -> tuple[Loser, ...]:
    rows = [Loser(*row) for row in zip(queries, before, after, strict=True)]
    lost = [row for row in rows if row.second < row.first - _TIE]
    return tuple(sorted(lost, key=lambda row: (row.second - row.first, row.query)))
