"""A filter tree as a mask over the rows of a segment, by the meaning that tradewind/search/filters.py gives it."""

import operator
from collections.abc import Callable, Mapping
from typing import assert_never

import numpy as np

from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.columns import NumberColumn, distances
from tradewind.search.embedded.segment import Segment
from tradewind.search.filters import And, FacetIs, Filter, GeoBox, GeoCircle, Not, NumberIs, NumberWithin, Or

_COMPARE: Mapping[str, Callable[[Array, float], Array]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


class Filtering:
    """Filters the rows of a segment. `numeric` names the numbers that can be filtered by; None: all."""

    def __init__(self, segment: Segment, numeric: frozenset[str] | None) -> None:
        self._segment, self._numeric = segment, numeric

    def mask(self, filter: Filter) -> Array:
        """Return which rows meet the filter, bool, shape (rows,); it may be written to."""
        match filter:
            case FacetIs():
                return self._facet_is(filter)
            case NumberIs(operator="!="):  # the opposite of "=": true without the attribute
                return np.logical_not(self.mask(NumberIs(filter.attribute, "=", filter.number)))
            case NumberIs():
                compare = _COMPARE[filter.operator]
                return self._numbers(filter.attribute, lambda values: compare(values, filter.number))
            case NumberWithin():
                return self._numbers(filter.attribute, lambda values: (values >= filter.low) & (values <= filter.high))
            case GeoCircle():
                return self._places(
                    lambda places: distances(places, filter.latitude, filter.longitude) <= filter.radius
                )
            case GeoBox():
                return self._places(lambda places: _within(filter, places))
            case Not():
                made = self.mask(filter.part)
                return np.logical_not(made, out=made)
            case And():
                return self._all(filter)
            case Or():
                made = self._nothing()
                for part in filter.parts:
                    np.logical_or(made, self.mask(part), out=made)
                return made
            case _:
                assert_never(filter)

    def _nothing(self) -> Array:
        return np.zeros(self._segment.rows, bool)

    def _all(self, filter: And) -> Array:
        if not filter.parts:
            return np.ones(self._segment.rows, bool)
        made = self.mask(filter.parts[0])
        for part in filter.parts[1:]:
            np.logical_and(made, self.mask(part), out=made)
        return made

    def _facet_is(self, filter: FacetIs) -> Array:
        made = self._nothing()
        if filter.attribute == "objectID":
            if (row := self._segment.row_of(filter.value)) is not None:
                made[row] = True
        elif (column := self._segment.columns.facet(filter.attribute)) is not None:
            column.mark(column.code(filter.value), made)
        return made

    def _numbers(self, attribute: str, holds: Callable[[Array], Array]) -> Array:
        made = self._nothing()
        column: NumberColumn | None = None
        if self._numeric is None or attribute in self._numeric:
            column = self._segment.columns.number(attribute)
        if column is not None:
            column.mark(holds(column.values), made)
        return made

    def _places(self, holds: Callable[[Array], Array]) -> Array:
        made = self._nothing()
        rows, places = self._segment.columns.points
        made[rows[holds(places)]] = True
        return made


def _within(box: GeoBox, places: Array) -> Array:
    latitude, longitude = places[:, 0], places[:, 1]
    inside = (box.south <= latitude) & (latitude <= box.north)
    if box.west <= box.east:
        return np.asarray(inside & (box.west <= longitude) & (longitude <= box.east))
    return np.asarray(inside & ((longitude >= box.west) | (longitude <= box.east)))
