"""Points in polygons: the fast way, the obvious way, and exact arithmetic."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.search.embedded.polygons import inside
from tradewind.search.filter_matching import meets
from tradewind.search.filters import GeoPolygon

Corner = tuple[int, int]

CORNERS = st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), min_size=3, max_size=9)
# Between whole numbers, so that no point lies level with a corner.
POINTS = st.lists(st.tuples(st.integers(-7, 6), st.integers(-7, 6)), min_size=1, max_size=20)


def winds_an_odd_number_of_edges(corners: list[Corner], at: tuple[Fraction, Fraction]) -> bool | None:
    """Return whether a ray to the north crosses an odd number of edges, in fractions; None on an edge."""
    latitude, longitude = at
    crossed = 0
    for (lat1, lng1), (lat2, lng2) in pairwise([*corners, corners[0]]):
        if not min(lng1, lng2) < longitude < max(lng1, lng2):
            continue
        edge = lat1 + (longitude - lng1) * Fraction(lat2 - lat1, lng2 - lng1)
        if edge == latitude:
            return None
        crossed += edge > latitude
    return crossed % 2 == 1


@settings(max_examples=200, deadline=None)
@given(CORNERS, POINTS)
def test_the_points_in_a_polygon_are_those_of_exact_arithmetic(corners: list[Corner], whole: list[Corner]) -> None:
    expected = [
        winds_an_odd_number_of_edges(corners, (Fraction(2 * x + 1, 2), Fraction(2 * y + 1, 2))) for x, y in whole
    ]
    points = [(x + 0.5, y + 0.5) for x, y in whole]
    polygon = GeoPolygon(tuple((float(x), float(y)) for x, y in corners))
    fast = inside(np.array(points), polygon.points).tolist()
    slow = [meets(polygon, {"_geoloc": {"lat": lat, "lng": lng}}) for lat, lng in points]
    assert fast == slow
    assert all(found == wanted for found, wanted in zip(fast, expected, strict=True) if wanted is not None)


def test_a_ray_through_a_corner_counts_it_once() -> None:
    diamond = ((0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0))
    assert inside(np.array([[0.0, 0.0], [0.0, -2.0], [1.0, -1.0]]), diamond).tolist() == [True, False, False]


def test_no_points_are_in_no_polygon() -> None:
    assert inside(np.zeros((0, 2)), ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0))).tolist() == []
