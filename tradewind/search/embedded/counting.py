"""Values of a facet over the match set: how many products have each, and figures of numbers."""

from collections.abc import Mapping, Sequence

import numpy as np

from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.columns import FacetColumn, NumberColumn
from tradewind.search.plan import FacetStats


def count_values(
    columns: Sequence[FacetColumn | None], rows: Sequence[Array], limit: int, *, by: str = "count"
) -> Mapping[str, int]:
    """Return the first `limit` values with their counts: most first, then by value; `by="alpha"`: by value.

    `columns` and `rows` (of the match set, in order) are those of each segment.
    """
    present = [(column, chosen) for column, chosen in zip(columns, rows, strict=True) if column is not None]
    if len(present) == 1:
        return dict(_top(*present[0], limit, by))
    total: dict[str, int] = {}
    for column, chosen in present:
        counts = column.counts(chosen)
        found = np.flatnonzero(counts)
        for text, count in zip(column.decoded(found.tolist()), counts[found].tolist(), strict=True):
            total[text] = total.get(text, 0) + count
    ordered = sorted(total.items(), key=lambda each: (0 if by == "alpha" else -each[1], each[0]))
    return dict(ordered[:limit])


def _top(column: FacetColumn, chosen: Array, limit: int, by: str) -> list[tuple[str, int]]:
    counts = column.counts(chosen)
    found = counts.nonzero()[0]  # in order of codes, which is that of the texts
    counts = counts.take(found)
    if by == "alpha":
        found, counts = found[:limit], counts[:limit]
    else:
        first = np.argsort(-counts, kind="stable")[:limit]
        found, counts = found.take(first), counts.take(first)
    return list(zip(column.decoded(found.tolist()), counts.tolist(), strict=True))


def number_stats(columns: Sequence[NumberColumn | None], rows: Sequence[Array]) -> FacetStats | None:
    """Return lowest, highest, mean and sum of all numbers of the match set, None where there are none."""
    parts = [column.of(chosen) for column, chosen in zip(columns, rows, strict=True) if column is not None]
    if not parts:
        return None
    numbers = np.concatenate(parts)
    if not len(numbers):
        return None
    total = float(numbers.sum())
    return FacetStats(float(numbers.min()), float(numbers.max()), total / len(numbers), total)
