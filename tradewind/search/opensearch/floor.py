"""The similarity floor of an index, told from its own vectors as the embedded engine does."""

import numpy as np

from tradewind.search.embedded.vectors import FLOOR_BOUNDS, FLOOR_QUANTILE
from tradewind.search.encoder import Vectors

_PAIRS = 20_000


def similarity_floor(vectors: Vectors) -> float:
    """Return the cosine above which two products are hardly ever alike by chance: a high quantile over random pairs,
    within bounds. `vectors` are rows of length 1."""
    rng = np.random.default_rng(0)  # the same index gets the same floor
    left, right = rng.integers(0, len(vectors), (2, _PAIRS))
    left, right = left[left != right], right[left != right]
    cosines = np.einsum("ij,ij->i", vectors[left], vectors[right])
    return float(np.clip(np.quantile(cosines, FLOOR_QUANTILE), *FLOOR_BOUNDS))
