"""Merchandisers' rules: when a query looks like this, pin, hide, boost, filter, rewrite or redirect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from tradewind.search.filters import EVERYTHING, Filter

Anchoring = Literal["is", "startsWith", "endsWith", "contains"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Holds where all that it names holds. `pattern` may contain {facet:attribute}: any value of that attribute."""

    pattern: str | None = None  # None: any query; "": the empty query
    anchoring: Anchoring = "is"
    context: str | None = None  # one of the request's ruleContexts
    filters: str | None = None  # the request's filters contain it (canonical text)
    alternatives: bool = False  # the pattern also matches by typos and synonyms


@dataclass(frozen=True, slots=True)
class Pin:
    """These products, in this order, from this place of the answer on (0-based)."""

    object_ids: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class FacetFromPattern:
    """The value that {facet:...} caught becomes a filter, or a preference where not disjunctive ... see `optional`."""

    attribute: str
    disjunctive: bool = False
    negative: bool = False
    score: int = 1
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    pins: tuple[Pin, ...] = ()
    hidden: frozenset[str] = frozenset()
    pins_are_filtered: bool = False  # filterPromotes
    filter: Filter = EVERYTHING
    optional_filters: tuple[Filter, ...] = ()  # FacetIs or Not(FacetIs), with scores
    automatic_facets: tuple[FacetFromPattern, ...] = ()
    query: str | None = None  # replaces the query
    edits: tuple[tuple[str, str | None], ...] = ()  # word -> what stands for it; None: removed
    parameters: Mapping[str, Any] = field(default_factory=dict)  # any other search parameters of `params`
    user_data: Any = None
    redirect: str | None = None  # URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `raw` is its JSON as it was sent; unknown parts of it have no effect and are kept."""

    object_id: str
    conditions: tuple[Condition, ...] = ()  # one of them must hold; none: always
    consequence: Consequence = field(default_factory=Consequence)
    enabled: bool = True
    validity: tuple[tuple[datetime, datetime], ...] = ()  # empty: always
    raw: Mapping[str, Any] = field(default_factory=dict)
