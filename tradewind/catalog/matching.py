"""Which records meet the filters of a request, one by one: for deletions by query."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from tradewind.errors import InputError
from tradewind.search.filter_lists import (
    parse_bounding_boxes,
    parse_facet_filters,
    parse_numeric_filters,
    parse_polygons,
    parse_tag_filters,
)
from tradewind.search.filter_matching import meets
from tradewind.search.filter_text import parse_filters
from tradewind.search.filters import Filter, all_of

_PARSERS = {
    "filters": parse_filters,
    "facetFilters": parse_facet_filters,
    "numericFilters": parse_numeric_filters,
    "tagFilters": parse_tag_filters,
    "insideBoundingBox": parse_bounding_boxes,
    "insidePolygon": parse_polygons,
}


def filter_of(filter_text: Mapping[str, Any]) -> Filter:
    """Return all conditions of a request together.

    Raises: InputError for a malformed one, and where there is none: everything is removed by clearing.
    """
    parts = [parse(filter_text[name]) for name, parse in _PARSERS.items() if filter_text.get(name)]
    if not parts:
        raise InputError("deleteByQuery", f"{dict(filter_text)!r:.60}", f"give one of {', '.join(_PARSERS)}")
    return all_of(*parts)


def matching_ids(records: Iterable[tuple[str, bytes]], filter_text: Mapping[str, Any]) -> list[str]:
    """Return the ids of the records that meet the filters. Raises: InputError."""
    wanted = filter_of(filter_text)
    return [object_id for object_id, body in records if meets(wanted, orjson.loads(body))]
