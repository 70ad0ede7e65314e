"""Which product fits which query how well."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum, isfinite

from numpy.random import Generator

from tradewind.errors import InputError

RELEVANT_GAIN = 2 / 3  # from which a product counts as relevant, for MRR and recall
_ROUNDING = 1e-9  # a gain of 2/3 that was computed may be a little less


@dataclass(frozen=True, slots=True)
class Judgement:
    """One row: a grade of any scale, higher is better."""

    query: str
    sku: str
    grade: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgements:
    """What was judged. `gains`: query -> SKU -> gain between 0 and 1."""

    gains: Mapping[str, Mapping[str, float]]
    lowest: float  # grade, of gain 0
    highest: float  # of gain 1
    rows: int
    repeated: int  # rows of a (query, SKU) beyond its first: their grades were averaged

    @property
    def queries(self) -> Sequence[str]:
        return tuple(self.gains)

    def relevant(self, query: str) -> frozenset[str]:
        """Return the products that count as relevant for a query."""
        return frozenset(sku for sku, gain in self.gains[query].items() if gain >= RELEVANT_GAIN - _ROUNDING)


def judge(rows: Iterable[Judgement]) -> Judgements:
    """Return rows as gains: (grade - lowest) / (highest - lowest) over all rows; of repeated pairs, the mean.

    Where all grades are equal every judged product has gain 1: such a file says what fits and nothing else.
    Raises: InputError where there is no row, or a grade that is no number.
    """
    grades: dict[str, dict[str, list[float]]] = {}
    count = 0
    for count, row in enumerate(rows, start=1):
        _check(row, count)
        grades.setdefault(row.query, {}).setdefault(row.sku, []).append(row.grade)
    if not count:
        raise InputError("judgements", "no rows", "give a file with columns query, sku and grade, one row a judgement")
    every = [grade for of_query in grades.values() for of_pair in of_query.values() for grade in of_pair]
    lowest, highest = min(every), max(every)
    pairs = sum(len(of_query) for of_query in grades.values())
    return Judgements(
        gains={
            query: {sku: _gain(fsum(each) / len(each), lowest, highest) for sku, each in of_query.items()}
            for query, of_query in grades.items()
        },
        lowest=lowest,
        highest=highest,
        rows=count,
        repeated=count - pairs,
    )


def together(imported: Judgements | None, clicked: Judgements | None) -> Judgements | None:
    """Return both as one, gains each on its own scale; of a query that both judge (capitals and blanks apart), the
    imported ones: people looked at products that nobody was shown. None where there are none."""
    if imported is None or clicked is None:
        return imported or clicked
    known = {_as_searched(query) for query in imported.gains}
    added = {query: gains for query, gains in clicked.gains.items() if _as_searched(query) not in known}
    return replace(
        imported,
        gains={**imported.gains, **added},
        rows=imported.rows + sum(map(len, added.values())),
    )


def drawn(judgements: Judgements, most: int, rng: Generator) -> Judgements:
    """Return the judgements of at most `most` queries, drawn without replacement; their order stays."""
    queries = judgements.queries
    if len(queries) <= most:
        return judgements
    kept = sorted(rng.choice(len(queries), most, replace=False).tolist())
    return replace(judgements, gains={queries[at]: judgements.gains[queries[at]] for at in kept})


def _as_searched(query: str) -> str:
    """Return a query as the views of searches have it."""
    return " ".join(query.lower().split())


def _gain(grade: float, lowest: float, highest: float) -> float:
    return (grade - lowest) / (highest - lowest) if highest > lowest else 1.0


def _check(row: Judgement, number: int) -> None:
    if not row.query.strip():
        raise InputError(f"judgement {number}", "has no query", "fill the column, or leave the row out")
    if not row.sku:
        raise InputError(f"judgement {number}", "has no sku", "fill the column, or leave the row out")
    if not isfinite(row.grade):
        raise InputError(f"judgement {number}", f"has grade {row.grade}", "give a number")
