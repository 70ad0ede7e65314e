"""Whether one record meets a filter: slow and obvious. Deletions by filter use it, and tests as an oracle."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, assert_never

from tradewind.catalog.record import values_at
from tradewind.catalog.settings import SearchableAttributes
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
    Operator,
    Or,
)
from tradewind.search.phrases import has_phrase
from tradewind.search.product_texts import EVERY_TEXT, facet_text

EARTH_RADIUS = 6_371_000  # metres, the mean radius that Algolia's distances agree with

Point = tuple[float, float]  # latitude, longitude in degrees


def meets(filter: Filter, record: Mapping[str, Any], places: Sequence[SearchableAttributes] = EVERY_TEXT) -> bool:
    """Return whether the record meets the filter. Every attribute can be filtered by here, mapped or not; phrases are
    looked for in `places`."""
    match filter:
        case FacetIs():
            return any(facet_text(value) == filter.value for value in values_at(record, filter.attribute))
        case NumberIs():
            return _compares(list(numbers_at(record, filter.attribute)), filter.operator, filter.number)
        case NumberWithin():
            return any(filter.low <= number <= filter.high for number in numbers_at(record, filter.attribute))
        case GeoCircle():
            centre = (filter.latitude, filter.longitude)
            return any(distance(centre, point) <= filter.radius for point in points_of(record))
        case GeoBox():
            return any(_inside(filter, point) for point in points_of(record))
        case GeoPolygon():
            return any(_encloses(filter, point) for point in points_of(record))
        case HasPhrase():
            return has_phrase(record, filter, places)
        case Not():
            return not meets(filter.part, record, places)
        case And():
            return all(meets(part, record, places) for part in filter.parts)
        case Or():
            return any(meets(part, record, places) for part in filter.parts)
        case _:
            assert_never(filter)


def numbers_at(record: Mapping[str, Any], attribute: str) -> Iterator[float]:
    """Yield the numbers of an attribute; texts and booleans are none."""
    for value in values_at(record, attribute):
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield float(value)


def points_of(record: Mapping[str, Any]) -> Iterator[Point]:
    """Yield the points of `_geoloc`: an object with lat and lng, or a list of them."""
    held = record.get("_geoloc")
    for each in held if isinstance(held, list) else (held,):
        if isinstance(each, Mapping) and _is_number(each.get("lat")) and _is_number(each.get("lng")):
            yield float(each["lat"]), float(each["lng"])


def distance(one: Point, other: Point) -> float:
    """Return metres between two points on the great circle (haversine formula, a sphere of EARTH_RADIUS)."""
    (lat1, lng1), (lat2, lng2) = one, other
    north, east = math.radians(lat2 - lat1) / 2, math.radians(lng2 - lng1) / 2
    h = math.sin(north) ** 2 + math.cos(math.radians(lat1)) * math.cos(math.radians(lat2)) * math.sin(east) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, h)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _compares(numbers: list[float], operator: Operator, bound: float) -> bool:
    match operator:
        case "<":
            return any(number < bound for number in numbers)
        case "<=":
            return any(number <= bound for number in numbers)
        case "=":
            return bound in numbers
        case "!=":  # the opposite of "=": true for a product without the attribute
            return bound not in numbers
        case ">":
            return any(number > bound for number in numbers)
        case ">=":
            return any(number >= bound for number in numbers)


def _inside(box: GeoBox, point: Point) -> bool:
    latitude, longitude = point
    if not box.south <= latitude <= box.north:
        return False
    if box.west <= box.east:
        return box.west <= longitude <= box.east
    return longitude >= box.west or longitude <= box.east


def _encloses(polygon: GeoPolygon, point: Point) -> bool:
    """Return whether a ray to the east crosses an odd number of edges; an edge has its southern end only."""
    latitude, longitude = point
    odd = False
    for (lat1, lng1), (lat2, lng2) in pairwise((*polygon.points, polygon.points[0])):
        if min(lat1, lat2) <= latitude < max(lat1, lat2):
            odd ^= longitude < lng1 + (latitude - lat1) * ((lng2 - lng1) / (lat2 - lat1))
    return odd
