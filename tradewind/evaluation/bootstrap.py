"""Whether a difference between two runs is real, or may come from which queries happened to be judged."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

DRAWS = 10_000
CONFIDENCE = 0.95
_AT_ONCE = 1 << 21  # numbers drawn at a time


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean over the queries of (second - first), and its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def real(self) -> bool:
        """The interval does not hold 0."""
        return self.low > 0 or self.high < 0


def paired_bootstrap(first: ArrayLike, second: ArrayLike, rng: Generator, *, draws: int = DRAWS) -> Difference:
    """Return the difference of two runs over the same queries, with its percentile interval.

    Queries are drawn with replacement, `draws` times as many as there are; the interval holds the middle 95 % of the
    means (Efron, Tibshirani, "An introduction to the bootstrap", 1993, chapter 13; for retrieval: Sakai, SIGIR 2006).
    Differences .1, .1, .1, .1 can only be drawn as a mean of .1: the interval is .1 to .1 and the difference real.
    """
    differences = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    count = len(differences)
    means = np.empty(draws)
    step = max(1, _AT_ONCE // count)
    for start in range(0, draws, step):
        drawn = rng.integers(0, count, (min(step, draws - start), count))
        means[start : start + step] = differences[drawn].mean(axis=1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return Difference(float(differences.mean()), float(low), float(high))
