"""Filters as queries of OpenSearch."""

import math
from collections.abc import Iterable
from typing import Any

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
from tradewind.search.opensearch import layout as fields
from tradewind.search.opensearch.layout import Layout

Query = dict[str, Any]

ALL: Query = {"match_all": {}}
NONE: Query = {"match_none": {}}

# Lucene's mean radius of the earth against ours (tradewind.search.filters.GeoCircle).
_RADIUS_RATIO = 6_371_008.7714 / 6_371_000.0
_SMALLEST_RADIUS = 0.001  # metres; OpenSearch takes no 0
_RANGES = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


def condition(part: Filter, layout: Layout) -> Query:
    """Return the query that matches the products that meet a filter. An attribute without a field matches none."""
    match part:
        case FacetIs(attribute, value):
            field = layout.facet_field(attribute)
            return {"term": {field: value}} if field else NONE
        case NumberIs(attribute, operator, number):
            return _comparison(layout.filter_number_field(attribute), operator, number)
        case NumberWithin(attribute, low, high):
            return _range(layout.filter_number_field(attribute), {"gte": low, "lte": high})
        case GeoCircle(latitude, longitude, radius):
            point = {"lat": latitude, "lon": longitude}
            metres = max(radius * _RADIUS_RATIO, _SMALLEST_RADIUS)
            return {"geo_distance": {"distance": f"{metres:.6f}m", fields.GEO: point}}
        case GeoBox():
            return _box(part)
        case GeoPolygon(points):
            corners = [{"lat": latitude, "lon": longitude} for latitude, longitude in points]
            return {"geo_polygon": {fields.GEO: {"points": corners}}}
        case HasPhrase():
            return _phrase(part, layout)
        case Not(negated):
            return {"bool": {"must_not": [condition(negated, layout)]}}
        case And(parts):
            return {"bool": {"filter": [condition(each, layout) for each in parts]}} if parts else ALL
        case Or(parts):
            return {"bool": {"should": [condition(each, layout) for each in parts]}} if parts else NONE


def _comparison(field: str | None, operator: str, number: float) -> Query:
    if operator == "!=":  # the opposite of "=": a product without the attribute meets it too
        return {"bool": {"must_not": [_comparison(field, "=", number)]}}
    if operator == "=":
        return {"term": {field: number}} if field and math.isfinite(number) else NONE
    return _range(field, {_RANGES[operator]: number})


def _range(field: str | None, bounds: dict[str, float]) -> Query:
    """Return a range of numbers. JSON has no infinity: a bound that none exceeds is left out."""
    if field is None:
        return NONE
    finite = {}
    for side, bound in bounds.items():
        if math.isfinite(bound):
            finite[side] = bound
        elif math.isnan(bound) or (bound > 0) == side.startswith("g"):
            return NONE
    return {"range": {field: finite}} if finite else {"exists": {"field": field}}


def _box(box: GeoBox) -> Query:
    north, south = min(box.north, 90.0), max(box.south, -90.0)
    if south > north:
        return NONE
    corners = {"top_left": {"lat": north, "lon": box.west}, "bottom_right": {"lat": south, "lon": box.east}}
    return {"geo_bounding_box": {fields.GEO: corners}}


def _phrase(asked: HasPhrase, layout: Layout) -> Query:
    """Return the query for stems side by side in one text: values of a field stand a hundred places apart."""
    if len(asked.stems) == 1 and asked.attributes is None:
        return {"term": {fields.STEMS: asked.stems[0]}}
    found: list[Query] = []
    for held in layout.word_fields(asked.attributes):
        stems = [held.before + stem for stem in asked.stems]
        found.append({"match_phrase": {held.stems: " ".join(stems)}} if stems[1:] else {"term": {held.stems: stems[0]}})
    return {"bool": {"should": found}} if found else NONE


def ids(object_ids: Iterable[str]) -> Query:
    """Return the query for products by objectID."""
    return {"terms": {fields.ID: sorted(object_ids)}}
