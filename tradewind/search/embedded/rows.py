"""Rows and places as arrays in order, each number once: which of some are among others."""

import numpy as np

from tradewind.search.embedded.arrays import Array

_FEW = 8  # rows are sought one by one among this many times more


def among(asked: Array, rows: Array) -> Array:
    """Return which of the asked numbers, in any order, are among `rows`, which are in order; bool."""
    if not len(rows):
        return np.zeros(len(asked), bool)
    asked = asked.astype(rows.dtype, copy=False)  # numbers of two kinds would have the longer array copied
    return np.asarray(rows.take(rows.searchsorted(asked), mode="clip") == asked)


def among_many(asked: Array, rows: Array, size: int) -> Array:
    """Return `among`, of rows below `size`, the quicker way: many rows are marked, not sought one by one."""
    return mask_of(rows, size).take(asked) if len(asked) * _FEW > len(rows) else among(asked, rows)


def mask_of(rows: Array, size: int) -> Array:
    """Return which of `size` rows are among `rows`, in any order."""
    made = np.zeros(size, bool)
    made[rows] = True
    return made
