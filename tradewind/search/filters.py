"""Conditions on products, as a tree. Parsers of wire forms build it, engines and the slow oracle read it."""

from dataclasses import dataclass
from typing import Literal

Operator = Literal["<", "<=", "=", "!=", ">", ">="]


@dataclass(frozen=True, slots=True)
class FacetIs:
    """One of the attribute's values is this text; booleans are "true" and "false", case matters.

    `score` counts in optional filters only.
    """

    attribute: str  # dotted path
    value: str
    score: int = 1


@dataclass(frozen=True, slots=True)
class NumberIs:
    """One of the attribute's numbers compares so."""

    attribute: str
    operator: Operator
    number: float


@dataclass(frozen=True, slots=True)
class NumberWithin:
    """One of the attribute's numbers lies within both bounds, which count as within."""

    attribute: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GeoCircle:
    """One of the record's `_geoloc` points lies within `radius` metres (great circle, radius 6,371,000 m)."""

    latitude: float
    longitude: float
    radius: float


@dataclass(frozen=True, slots=True)
class GeoBox:
    """One of the record's `_geoloc` points lies within the box; west > east crosses the date line."""

    north: float
    west: float
    south: float
    east: float


@dataclass(frozen=True, slots=True)
class GeoPolygon:
    """One of the record's `_geoloc` points lies within the polygon: edges are straight in degrees, from each point to
    the next and from the last to the first; where they cross, what an odd number of them encloses is within."""

    points: tuple[tuple[float, float], ...]  # latitude, longitude; none across the 180th meridian


@dataclass(frozen=True, slots=True)
class HasPhrase:
    """One text of the record has these stems side by side in this order; one stem: has it at all.

    Looks at the texts that are searched. `attributes`: only at those of them; None: at all.
    """

    stems: tuple[str, ...]
    language: str  # of the stems
    attributes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Not:
    part: "Filter"


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; without parts it holds for every product."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the parts holds; without parts it holds for none."""

    parts: tuple["Filter", ...]


Filter = FacetIs | NumberIs | NumberWithin | GeoCircle | GeoBox | GeoPolygon | HasPhrase | Not | And | Or

EVERYTHING = And(())


def all_of(*filters: Filter) -> Filter:
    """Return the filter that holds where all of `filters` do, without needless levels."""
    parts = tuple(part for each in filters for part in (each.parts if isinstance(each, And) else (each,)))
    return parts[0] if len(parts) == 1 else And(parts)
