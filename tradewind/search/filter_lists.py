"""The list forms of filters: facetFilters, numericFilters, tagFilters, optionalFilters, insideBoundingBox,
insidePolygon.

The outer list joins by AND, an inner list by OR. Each may come as JSON text, and one filter may come as itself.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from tradewind.errors import InputError
from tradewind.search.filter_text import MAX_CONDITIONS, TAGS, parse_filters, parse_number
from tradewind.search.filters import FacetIs, Filter, GeoBox, GeoPolygon, Not, NumberIs, NumberWithin, Or, all_of

MAX_POLYGON_POINTS = 10_000  # of all polygons of a request together, as at Algolia

_SCORED = re.compile(r"(.*)<score=(-?\d{1,9})>", re.DOTALL)
_COMPARED = re.compile(r"\s*([^<>=!]+?)\s*(<=|>=|!=|<|>|=)\s*(\S+)\s*")
_ON_EARTH = "latitudes are -90 to 90, longitudes -180 to 180"
_RANGED = re.compile(r"\s*(.+?)\s*:\s*(\S+)\s+TO\s+(\S+)\s*")


def parse_facet_filters(raw: Any, *, field: str = "facetFilters") -> Filter:
    """Return the conditions of `["brand:Acme", ["color:red", "color:-blue"]]`.

    A leading minus negates; a value that begins with a minus is written `\\-value`.
    """
    return _all(raw, field, lambda text: _facet(text, field))


def parse_numeric_filters(raw: Any, *, field: str = "numericFilters") -> Filter:
    """Return the conditions of `["price>=10", ["stock=0", "stock:5 TO 9"]]`; a text may hold several after commas."""
    if isinstance(raw, str) and not raw.lstrip().startswith("["):
        raw = [part for part in raw.split(",") if part.strip()]
    return _all(raw, field, lambda text: _number(text, field))


def parse_tag_filters(raw: Any, *, field: str = "tagFilters") -> Filter:
    """Return the conditions of `["sale", ["new", "-used"]]`, or of the text form `sale,(new,-used)`."""
    if isinstance(raw, str) and not raw.lstrip().startswith("["):
        groups = re.findall(r"\(([^()]*)\)|([^(),]+)", raw)
        raw = [inner.split(",") if inner else single for inner, single in groups]
    return _all(raw, field, lambda text: _tag(text.strip(), field))


def parse_optional_filters(raw: Any, *, field: str = "optionalFilters") -> tuple[Filter, ...]:
    """Return the preferences, FacetIs or Not(FacetIs), of `["brand:Acme<score=2>", "color:-red"]` or of a text."""
    if isinstance(raw, str) and not raw.lstrip().startswith("["):
        return tuple(_preferences(parse_filters(raw, field=field), field))
    return tuple(_facet(text, field, scored=True) for group in _groups(raw, field) for text in group)


def parse_bounding_boxes(raw: Any, *, field: str = "insideBoundingBox") -> Filter:
    """Return the boxes of `[[lat1, lng1, lat2, lng2], ...]`: two opposite corners each, in one of them is enough.

    The corners do not say which way round a box goes: it is the narrower one.
    """
    numbers = _flat_numbers(raw, field)
    if not numbers or len(numbers) % 4 or len(numbers) > 4 * MAX_CONDITIONS:
        raise InputError(field, f"has {len(numbers)} numbers", "four for each box: lat1, lng1, lat2, lng2")
    boxes = [_box(numbers[at : at + 4], field) for at in range(0, len(numbers), 4)]
    return boxes[0] if len(boxes) == 1 else Or(tuple(boxes))


def parse_polygons(raw: Any, *, field: str = "insidePolygon") -> Filter:
    """Return the polygons of `[lat1, lng1, lat2, lng2, lat3, lng3, ...]`, or of a list of such lists: in one of them is
    enough."""
    raw = _decoded(raw, field)
    flat = not isinstance(raw, list) or not any(isinstance(each, list) for each in raw)
    polygons = [_polygon(_flat_numbers(each, field), field) for each in ([raw] if flat else raw)]
    points = sum(len(each.points) for each in polygons)
    if points > MAX_POLYGON_POINTS:
        raise InputError(field, f"has {points} points", f"send at most {MAX_POLYGON_POINTS}")
    return polygons[0] if len(polygons) == 1 else Or(tuple(polygons))


def _polygon(numbers: list[float], field: str) -> GeoPolygon:
    if len(numbers) < 6 or len(numbers) % 2:
        raise InputError(field, f"has {len(numbers)} numbers", "two for each point, lat1, lng1, ..., and three points")
    points = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    for latitude, longitude in points:
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise InputError(field, repr((latitude, longitude)), _ON_EARTH)
    return GeoPolygon(points)


def _all(raw: Any, field: str, parse: Callable[[str], Filter]) -> Filter:
    parts = []
    for group in _groups(raw, field):
        either = [parse(text) for text in group]
        parts.append(either[0] if len(either) == 1 else Or(tuple(either)))
    return all_of(*parts)


def _groups(raw: Any, field: str) -> list[list[str]]:
    """Return texts joined by OR, lists of them joined by AND; empty inner lists say nothing and are left out."""
    raw = _decoded(raw, field)
    if raw is None or raw == "":
        return []
    outer = raw if isinstance(raw, list) else [raw]
    groups = [each if isinstance(each, list) else [each] for each in outer]
    for text in (text for group in groups for text in group):
        if not isinstance(text, str):
            raise InputError(field, json.dumps(text)[:80], 'each filter is a text, e.g. ["brand:Acme", ["a:1", "a:2"]]')
    if sum(map(len, groups)) > MAX_CONDITIONS:
        raise InputError(field, f"has {sum(map(len, groups))} filters", f"at most {MAX_CONDITIONS} are taken")
    return [group for group in groups if group]


def _decoded(raw: Any, field: str) -> Any:
    if not isinstance(raw, str) or not raw.lstrip().startswith("["):
        return raw
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise InputError(field, repr(raw[:80]), "must be valid JSON where it begins with [") from None


def _facet(text: str, field: str, *, scored: bool = False) -> FacetIs | Not:
    attribute, colon, value = text.partition(":")
    score = 1
    if scored and (found := _SCORED.fullmatch(value)):
        value, score = found[1], int(found[2])
    attribute, value = attribute.strip(), value.strip()
    if not colon or not attribute or value in ("", "-"):
        raise InputError(field, repr(text[:80]), "must be attribute:value")
    negative = value.startswith("-")
    facet = FacetIs(attribute, _unescaped(value[1:] if negative else value), score)
    return Not(facet) if negative else facet


def _unescaped(value: str) -> str:
    return value[1:] if value.startswith("\\-") else value


def _tag(text: str, field: str) -> Filter:
    value = text.removeprefix(f"{TAGS}:")
    if not value.removeprefix("-"):
        raise InputError(field, repr(text[:80]), "must be a tag")
    return Not(FacetIs(TAGS, value[1:])) if value.startswith("-") else FacetIs(TAGS, _unescaped(value))


def _number(text: str, field: str) -> Filter:
    shown = repr(text[:80])
    if found := _RANGED.fullmatch(text):
        low, high = parse_number(found[2], field, shown), parse_number(found[3], field, shown)
        if low > high:
            raise InputError(field, shown, "the range is empty: put the lower number first")
        return NumberWithin(found[1], low, high)
    if found := _COMPARED.fullmatch(text):
        attribute = found[1].strip()
        parsed = parse_filters(f'"{_quoted(attribute)}"{found[2]}{found[3]}', field=field)
        if isinstance(parsed, NumberIs):
            return parsed
    raise InputError(field, shown, "must be like price>=10 or price:10 TO 20")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _preferences(parsed: Filter, field: str) -> list[Filter]:
    if isinstance(parsed, FacetIs) or (isinstance(parsed, Not) and isinstance(parsed.part, FacetIs)):
        return [parsed]
    if isinstance(parsed, NumberIs | NumberWithin | GeoBox | GeoPolygon | Not) or not hasattr(parsed, "parts"):
        raise InputError(field, repr(parsed)[:80], "only facets can be optional: attribute:value")
    return [each for part in parsed.parts for each in _preferences(part, field)]


def _flat_numbers(raw: Any, field: str) -> list[float]:
    raw = _decoded(raw, field)
    if isinstance(raw, str):
        return [parse_number(part.strip(), field, repr(raw[:80])) for part in raw.split(",")]
    if isinstance(raw, list):
        return [number for each in raw for number in _flat_numbers_below(each, field)]
    raise InputError(field, repr(raw)[:80], "must be a list of numbers, or of lists of numbers")


def _flat_numbers_below(each: Any, field: str) -> list[float]:
    if isinstance(each, str | int | float) and not isinstance(each, bool):
        return [parse_number(str(each), field, repr(each)[:80])]
    if isinstance(each, list) and all(not isinstance(inner, list) for inner in each):
        return [number for inner in each for number in _flat_numbers_below(inner, field)]
    raise InputError(field, repr(each)[:80], "must be a list of numbers, or of lists of numbers")


def _box(numbers: list[float], field: str) -> GeoBox:
    lat1, lng1, lat2, lng2 = numbers
    if max(abs(lat1), abs(lat2)) > 90 or max(abs(lng1), abs(lng2)) > 180:
        raise InputError(field, repr(numbers), _ON_EARTH)
    low, high = min(lng1, lng2), max(lng1, lng2)
    west, east = (high, low) if high - low > 180 else (low, high)
    return GeoBox(north=max(lat1, lat2), west=west, south=min(lat1, lat2), east=east)
