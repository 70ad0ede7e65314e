"""A filter tree as a mask over rows of a segment, by the meaning that tradewind/search/filters.py gives it.

A condition reads the values of a whole column, or only those of the rows that are asked about, where they are few: what
the words of a query leave, or the conditions before it.
"""

import operator
from collections.abc import Callable, Mapping
from typing import assert_never

import numpy as np
import orjson

from tradewind.catalog.settings import IndexSettings
from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.columns import NumberColumn, distances
from tradewind.search.embedded.polygons import inside
from tradewind.search.embedded.rows import among, mask_of
from tradewind.search.embedded.segment import Segment
from tradewind.search.filters import (
    And,
    FacetIs,
    Filter,
    GeoBox,
    GeoCircle,
    GeoPolygon,
    HasPhrase,
    Not,
    NumberIs,
    NumberWithin,
    Or,
)
from tradewind.search.phrases import has_phrase
from tradewind.search.product_texts import searched_places

_FEW = 8  # values are read row by row where there are this many times fewer rows

_COMPARE: Mapping[str, Callable[[Array, float], Array]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


class Filtering:
    """Filters rows of a segment (None: all), which are in order: by the numbers that the settings name (None: all), in
    the texts they search."""

    def __init__(self, segment: Segment, settings: IndexSettings, rows: Array | None = None) -> None:
        self._segment, self._settings, self._rows = segment, settings, rows
        self._size = segment.rows if rows is None else len(rows)

    def among(self, filter: Filter, rows: Array) -> Array:
        """Return which of some rows of the segment, in order, meet the filter; it may be written to."""
        if len(rows) * _FEW > self._segment.rows:
            return self.mask(filter)[rows]
        return Filtering(self._segment, self._settings, rows).mask(filter)

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
                return self._points(
                    lambda points: distances(points, filter.latitude, filter.longitude) <= filter.radius
                )
            case GeoBox():
                return self._points(lambda points: _within(filter, points))
            case GeoPolygon():
                return self._points(lambda points: inside(points, filter.points))
            case HasPhrase():
                return self._has_phrase(filter)
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
        return np.zeros(self._size, bool)

    def _all(self, filter: And) -> Array:
        made = np.ones(self._size, bool)
        parts = sorted(filter.parts, key=_effort)
        for part in parts[:1]:
            made = self.mask(part)
        for part in parts[1:]:
            left = made.nonzero()[0]
            if len(left) * _FEW > self._size and not isinstance(part, HasPhrase):
                np.logical_and(made, self.mask(part), out=made)
            else:
                rows = left if self._rows is None else self._rows[left]
                made[left] = Filtering(self._segment, self._settings, rows).mask(part)
        return made

    def _has_phrase(self, asked: HasPhrase) -> Array:
        """Return which rows have the phrase. Postings say which rows have all of its words; whether they stand side by
        side, and in which attribute, the records of these rows say."""
        words = self._segment.words
        rows = np.arange(self._size) if self._rows is None else self._rows
        for stem in asked.stems:
            first, end = words.of_stem(words.stems.find(stem.encode("utf-8", "replace")))
            rows = rows[among(rows, words.rows[first:end])]
        if len(asked.stems) > 1 or asked.attributes is not None:
            places, bodies = searched_places(self._settings), self._segment.bodies
            having = [has_phrase(orjson.loads(bodies[row]), asked, places) for row in rows.tolist()]
            rows = rows[np.array(having, bool)]
        return self._only(rows)

    def _facet_is(self, filter: FacetIs) -> Array:
        if filter.attribute == "objectID":
            row = self._segment.row_of(filter.value)
            rows = np.arange(self._size) if self._rows is None else self._rows
            return self._nothing() if row is None else np.asarray(rows == row)
        column = self._segment.columns.facet(filter.attribute)
        code = 0 if column is None else column.code(filter.value)
        return self._nothing() if column is None or code == 0 else column.having(code, self._rows, self._size)

    def _numbers(self, attribute: str, holds: Callable[[Array], Array]) -> Array:
        column: NumberColumn | None = None
        if self._settings.numeric is None or attribute in self._settings.numeric:
            column = self._segment.columns.number(attribute)
        return self._nothing() if column is None else column.having(holds, self._rows, self._size)

    def _points(self, holds: Callable[[Array], Array]) -> Array:
        columns = self._segment.columns
        rows, points = columns.points if self._rows is None else columns.points_of(self._rows)
        return self._only(rows[holds(points)])

    def _only(self, rows: Array) -> Array:
        """Return the mask of some of the rows that are asked about."""
        return mask_of(rows if self._rows is None else self._rows.searchsorted(rows), self._size)


def _effort(filter: Filter) -> int:
    """Return how late among other conditions one is to be tried."""
    match filter:
        case FacetIs():
            return 0
        case NumberIs() | NumberWithin():
            return 1
        case And() | Or() | Not():
            return 2
        case HasPhrase():
            return 4
        case _:
            return 3


def _within(box: GeoBox, places: Array) -> Array:
    latitude, longitude = places[:, 0], places[:, 1]
    inside = (box.south <= latitude) & (latitude <= box.north)
    if box.west <= box.east:
        return np.asarray(inside & (box.west <= longitude) & (longitude <= box.east))
    return np.asarray(inside & ((longitude >= box.west) | (longitude <= box.east)))
