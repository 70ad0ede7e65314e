"""Which points lie within a polygon, for many points at once."""

from collections.abc import Sequence

import numpy as np

from tradewind.search.embedded.arrays import Array


def inside(points: Array, polygon: Sequence[tuple[float, float]]) -> Array:
    """Return from which points (latitude, longitude) a ray to the east crosses an odd number of edges, bool.

    An edge has its southern end and not its northern one, so that a ray through a corner counts once. Points are sorted
    by latitude once: an edge looks only at those beside it, and many short edges cost little.
    """
    order = np.argsort(points[:, 0], kind="stable")
    latitudes, longitudes = points[order, 0], points[order, 1]
    odd = np.zeros(len(points), bool)
    corners = np.asarray(polygon, np.float64)
    following = np.roll(corners, -1, axis=0)
    first = np.searchsorted(latitudes, np.minimum(corners[:, 0], following[:, 0]), side="left")
    end = np.searchsorted(latitudes, np.maximum(corners[:, 0], following[:, 0]), side="left")
    for edge in np.flatnonzero(end > first).tolist():
        beside = slice(first[edge], end[edge])
        (south, west), (north, east) = corners[edge], following[edge]
        crossing = west + (latitudes[beside] - south) * ((east - west) / (north - south))
        odd[beside] ^= longitudes[beside] < crossing
    made = np.zeros(len(points), bool)
    made[order] = odd
    return made
