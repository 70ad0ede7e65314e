"""Draws that give the same result on every machine and every Python.

Only `Random.random` is used, whose sequence for a seed Python promises to keep, and only whole-number weights.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


def stream(seed: int, name: str) -> Random:
    """Return the random numbers of one concern, so that a change in one leaves the others as they are."""
    return Random(f"tradewind demo {seed} {name}")  # noqa: S311 - demo data, not a secret


def below(rng: Random, n: int) -> int:
    """Return a whole number of 0..n-1, each as likely."""
    return int(rng.random() * n)


def between(rng: Random, low: int, high: int) -> int:
    """Return a whole number of low..high, both included."""
    return low + below(rng, high - low + 1)


def chance(rng: Random, percent: int) -> bool:
    """Return True in `percent` of 100 draws."""
    return rng.random() * 100 < percent


def pick(rng: Random, values: Sequence[T]) -> T:
    """Return one of `values`, each as likely."""
    return values[below(rng, len(values))]


class Weighted(Generic[T]):
    """Values that are drawn in proportion to their whole-number weights; at least one weight is above 0."""

    def __init__(self, weighted: Iterable[tuple[T, int]]) -> None:
        pairs = [(value, weight) for value, weight in weighted if weight > 0]
        self._values = [value for value, _ in pairs]
        self._ends = list(accumulate(weight for _, weight in pairs))

    def pick(self, rng: Random) -> T:
        return self._values[bisect_right(self._ends, below(rng, self._ends[-1]))]
