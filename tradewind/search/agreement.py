"""How far two engines agree on the same queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

FIRST = 10


@dataclass(frozen=True, slots=True)
class Agreement:
    """One query on both engines. `overlap` is the share of the first ten that both show."""

    query: str
    overlap: float
    counts: tuple[int, int]


def overlap(first: Sequence[str], second: Sequence[str], k: int = FIRST) -> float:
    """Return the share of the first k that both lists have; 1 for two empty ones.

    >>> overlap(["a", "b"], ["b", "c"])
    0.5
    """
    longest = max(len(first[:k]), len(second[:k]))
    return len(set(first[:k]) & set(second[:k])) / longest if longest else 1.0


def mean_overlap(rows: Sequence[Agreement]) -> float:
    """Return the mean over queries; of none, 1."""
    return fmean(row.overlap for row in rows) if rows else 1.0
