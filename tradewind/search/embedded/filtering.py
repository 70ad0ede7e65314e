"""A filter tree as a mask over the rows of a segment, by the meaning that tradewind/search/filters.py gives it."""

import operator
from collections.abc import Callable, Mapping
from typing import assert_never

import numpy as np
import orjson

from tradewind.catalog.settings import IndexSettings
from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.columns import NumberColumn, distances
from tradewind.search.embedded.polygons import inside
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

_COMPARE: Mapping[str, Callable[[Array, float], Array]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


class Filtering:
    """Filters the rows of a segment: by the numbers that the settings name (None: all), in the texts they search."""

    def __init__(self, segment: Segment, settings: IndexSettings) -> None:
        self._segment, self._numeric = segment, settings.numeric
        self._places = searched_places(settings)

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
                    lambda places: distances(places, filter.latitude, filter.longitude) <= filter.radius
                )
            case GeoBox():
                return self._points(lambda places: _within(filter, places))
            case GeoPolygon():
                return self._points(lambda places: inside(places, filter.points))
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
        return np.zeros(self._segment.rows, bool)

    def _all(self, filter: And) -> Array:
        if not filter.parts:
            return np.ones(self._segment.rows, bool)
        phrases = [part for part in filter.parts if isinstance(part, HasPhrase)]
        cheap = [part for part in filter.parts if not isinstance(part, HasPhrase)]
        made = self.mask(cheap[0]) if cheap else np.ones(self._segment.rows, bool)
        for part in cheap[1:]:
            np.logical_and(made, self.mask(part), out=made)
        for phrase in phrases:  # of the rows that are left
            made = self._has_phrase(phrase, made)
        return made

    def _has_phrase(self, asked: HasPhrase, among: Array | None = None) -> Array:
        """Return which rows (of `among`) have the phrase. Postings say which rows have all of its words; whether they
        stand side by side, and in which attribute, the records of these rows say."""
        words = self._segment.words
        made = np.ones(self._segment.rows, bool) if among is None else among.copy()
        for stem in asked.stems:
            first, end = words.of_stem(words.stems.find(stem.encode("utf-8", "replace")))
            holding = self._nothing()
            holding[words.rows[first:end]] = True
            np.logical_and(made, holding, out=made)
        if len(asked.stems) > 1 or asked.attributes is not None:
            for row in np.flatnonzero(made).tolist():
                made[row] = has_phrase(orjson.loads(self._segment.bodies[row]), asked, self._places)
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

    def _points(self, holds: Callable[[Array], Array]) -> Array:
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
