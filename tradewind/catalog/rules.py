"""Merchandisers' rules: when a query looks like this, pin, hide, boost, filter, rewrite or redirect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast, get_args

from tradewind.catalog.json_values import flag_of, object_of, objects_of, refuse, text_of, texts_of, whole_of
from tradewind.search.filter_lists import (
    parse_facet_filters,
    parse_numeric_filters,
    parse_optional_filters,
    parse_tag_filters,
)
from tradewind.search.filter_text import parse_filters
from tradewind.search.filters import EVERYTHING, Filter, all_of

MAX_PINNED = 300  # products of one rule, Algolia's limit
MAX_POSITION = 999

# Parameters that a consequence turns into parts of the plan; the others are merged into the request.
_UNDERSTOOD = frozenset(
    {"query", "filters", "facetFilters", "numericFilters", "tagFilters", "optionalFilters"}
    | {"automaticFacetFilters", "automaticOptionalFacetFilters"}
)

Anchoring = Literal["is", "startsWith", "endsWith", "contains"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Holds where all that it names holds. `pattern` may contain {facet:attribute}: any value of that attribute."""

    pattern: str | None = None  # None: any query; "": the empty query
    anchoring: Anchoring = "is"
    context: str | None = None  # one of the request's ruleContexts
    filters: Filter | None = None  # the request's conditions contain all of these
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


def parse_rule(raw: Mapping[str, Any]) -> Rule:
    """Return a rule; unknown keys have no effect and stay in `raw`. Raises: InputError."""
    if not isinstance(raw, Mapping):
        raise refuse("rule", raw, "must be an object")
    object_id = text_of(raw, "objectID")
    if not object_id:
        raise refuse("objectID", raw.get("objectID"), "a rule needs one")
    conditions = objects_of(raw, "conditions")
    if not conditions and raw.get("condition") is not None:  # the form of before 2019
        conditions = (object_of(raw, "condition"),)
    return Rule(
        object_id=object_id,
        conditions=tuple(map(_condition, conditions)),
        consequence=_consequence(object_of(raw, "consequence")),
        enabled=flag_of(raw, "enabled", True),
        validity=tuple(map(_period, objects_of(raw, "validity"))),
        raw=raw,
    )


def _condition(raw: Mapping[str, Any]) -> Condition:
    anchoring = raw.get("anchoring", "is")
    if anchoring not in get_args(Anchoring):
        raise refuse("conditions.anchoring", anchoring, f"must be one of {', '.join(get_args(Anchoring))}")
    filters = text_of(raw, "filters", "conditions.filters")
    alternatives = raw.get("alternatives")
    if isinstance(alternatives, Mapping):  # an early form: {"synonyms": true}
        alternatives = any(alternatives.values())
    if alternatives is not None and not isinstance(alternatives, bool):
        raise refuse("conditions.alternatives", alternatives, "must be true or false")
    return Condition(
        pattern=text_of(raw, "pattern", "conditions.pattern"),
        anchoring=cast(Anchoring, anchoring),
        context=text_of(raw, "context", "conditions.context") or None,
        filters=parse_filters(filters, field="conditions.filters") if filters else None,
        alternatives=bool(alternatives),
    )


def _consequence(raw: Mapping[str, Any]) -> Consequence:
    params = object_of(raw, "params", "consequence.params")
    query, edits = _query(params.get("query"))
    return Consequence(
        pins=tuple(map(_pin, objects_of(raw, "promote", "consequence.promote"))),
        hidden=frozenset(_hidden(each) for each in objects_of(raw, "hide", "consequence.hide")),
        pins_are_filtered=flag_of(raw, "filterPromotes", False, "consequence.filterPromotes"),
        filter=_filter(params),
        optional_filters=parse_optional_filters(params["optionalFilters"]) if params.get("optionalFilters") else (),
        automatic_facets=(
            *(_automatic(each, optional=False) for each in _entries(params, "automaticFacetFilters")),
            *(_automatic(each, optional=True) for each in _entries(params, "automaticOptionalFacetFilters")),
        ),
        query=query,
        edits=edits,
        parameters={key: value for key, value in params.items() if key not in _UNDERSTOOD},
        user_data=raw.get("userData"),
        redirect=_redirect(raw, params),
    )


def _filter(params: Mapping[str, Any]) -> Filter:
    return all_of(
        parse_filters(params["filters"]) if params.get("filters") else all_of(),
        parse_facet_filters(params["facetFilters"]) if params.get("facetFilters") else all_of(),
        parse_numeric_filters(params["numericFilters"]) if params.get("numericFilters") else all_of(),
        parse_tag_filters(params["tagFilters"]) if params.get("tagFilters") else all_of(),
    )


def _query(value: Any) -> tuple[str | None, tuple[tuple[str, str | None], ...]]:
    """Return what replaces the query, or edits of its words."""
    if value is None or isinstance(value, str):
        return value, ()
    if not isinstance(value, Mapping):
        raise refuse("consequence.params.query", value, 'must be a text or {"edits": [...]}')
    removed = texts_of(value, "remove", "consequence.params.query.remove") or ()
    edits = objects_of(value, "edits", "consequence.params.query.edits")
    return None, (*((word, None) for word in removed), *map(_edit, edits))


def _edit(raw: Mapping[str, Any]) -> tuple[str, str | None]:
    kind, word = raw.get("type"), text_of(raw, "delete", "consequence.params.query.edits.delete")
    insert = text_of(raw, "insert", "consequence.params.query.edits.insert")
    if kind not in ("remove", "replace") or not word or (kind == "replace" and insert is None):
        way_out = 'must be {"type": "remove", "delete": word} or {"type": "replace", "delete": word, "insert": word}'
        raise refuse("consequence.params.query.edits", raw, way_out)
    return word, insert if kind == "replace" else None


def _pin(raw: Mapping[str, Any]) -> Pin:
    field = "consequence.promote"
    several = texts_of(raw, "objectIDs", f"{field}.objectIDs")
    one = text_of(raw, "objectID", f"{field}.objectID")
    object_ids = several or ((one,) if one else ())
    if not object_ids or len(object_ids) > MAX_PINNED:
        raise refuse(field, raw, f"must name 1 to {MAX_PINNED} products by objectID or objectIDs")
    return Pin(object_ids, whole_of(raw, "position", 0, 0, MAX_POSITION, f"{field}.position"))


def _hidden(raw: Mapping[str, Any]) -> str:
    object_id = text_of(raw, "objectID", "consequence.hide.objectID")
    if not object_id:
        raise refuse("consequence.hide", raw, 'must be {"objectID": ...}')
    return object_id


def _entries(params: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], ...]:
    """Return objects; a text is an attribute by itself."""
    value = params.get(key)
    listed = (
        [{"facet": each} if isinstance(each, str) else each for each in value] if isinstance(value, list) else value
    )
    return objects_of({key: listed}, key, f"consequence.params.{key}")


def _automatic(raw: Mapping[str, Any], *, optional: bool) -> FacetFromPattern:
    field = f"consequence.params.automatic{'Optional' if optional else ''}FacetFilters"
    attribute = text_of(raw, "facet", f"{field}.facet")
    if not attribute:
        raise refuse(field, raw, 'must be {"facet": attribute}')
    return FacetFromPattern(
        attribute=attribute,
        disjunctive=flag_of(raw, "disjunctive", False, f"{field}.disjunctive"),
        negative=flag_of(raw, "negative", False, f"{field}.negative"),
        score=whole_of(raw, "score", 1, -1_000_000, 1_000_000, f"{field}.score"),
        optional=optional,
    )


def _redirect(raw: Mapping[str, Any], params: Mapping[str, Any]) -> str | None:
    content = object_of(params, "renderingContent", "consequence.params.renderingContent")
    for holder in (content, raw):
        value = holder.get("redirect")
        if isinstance(value, str):
            return value
        if isinstance(value, Mapping):
            return text_of(value, "url", "consequence.redirect.url")
    return None


def _period(raw: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Return a period from seconds since 1970."""
    latest = 253_402_300_799  # the end of the year 9999: what a datetime can hold
    start = whole_of(raw, "from", 0, 0, latest, "validity.from")
    end = whole_of(raw, "until", latest, 0, latest, "validity.until")
    return datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
