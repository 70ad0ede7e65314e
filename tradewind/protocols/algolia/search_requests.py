"""From parameters to a request free of any wire form."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tradewind.catalog.settings import SortKey, leading_sort, remove_words, sort_key, syntax_features
from tradewind.errors import InputError
from tradewind.protocols.algolia.parameters import Parameters
from tradewind.search.filter_lists import (
    parse_bounding_boxes,
    parse_facet_filters,
    parse_numeric_filters,
    parse_optional_filters,
    parse_polygons,
    parse_tag_filters,
)
from tradewind.search.filter_text import parse_filters
from tradewind.search.filters import EVERYTHING, Filter, GeoCircle, all_of
from tradewind.search.request import Around, SearchRequest

MAX_HITS: Final = 1000  # of one page
_MAX_VALUES: Final = 1000
_MAX_RANGES: Final = 100
_SNIPPET_WORDS: Final = 10
_MODES: Final = ("keywordSearch", "neuralSearch")
_QUERY_TYPES: Final = ("prefixLast", "prefixAll", "prefixNone")
# Parameters that are conditions: those of a key hold beside a request's own; all others of a key win.
CONDITIONS: Final = ("filters", "facetFilters", "numericFilters", "tagFilters", "insideBoundingBox", "insidePolygon")


def conditions_of(parameters: Parameters) -> Filter:
    """Return all hard conditions of parameters together. Raises: InputError naming the parameter."""
    around = _around(parameters)
    return all_of(
        parse_filters(parameters.get("filters", "")),
        parse_facet_filters(parameters.get("facetFilters")),
        parse_numeric_filters(parameters.get("numericFilters")),
        parse_tag_filters(parameters.get("tagFilters")),
        _area(parameters),
        GeoCircle(around.latitude, around.longitude, around.radius)
        if around is not None and around.radius is not None
        else EVERYTHING,
    )


def search_request(parameters: Parameters, *, enforced: Filter = EVERYTHING, max_hits: int = 0) -> SearchRequest:
    """Return the request. `enforced`: what a key demands of every hit; `max_hits`: of a page, as a key says; 0: any.

    Raises: InputError naming parameter, value and way out.
    """
    found = parameters
    distinct = found.get("distinct")
    return SearchRequest(
        query=found.get("query") or found.get("similarQuery") or "",
        filter=all_of(conditions_of(found), enforced),
        filter_pins=enforced != EVERYTHING,
        optional_filters=parse_optional_filters(found.get("optionalFilters")),
        sum_filter_scores=found.get("sumOrFiltersScores", False),
        facets=tuple(found.get("facets", ())),
        max_values_per_facet=_within(found, "maxValuesPerFacet", 1, _MAX_VALUES),
        sort_facet_values_by=_one_of(found, "sortFacetValuesBy", ("count", "alpha")) or "count",
        page=_within(found, "page", 0, None) or 0,
        hits_per_page=_most(_within(found, "hitsPerPage", 0, MAX_HITS), max_hits),
        offset=_within(found, "offset", 0, None),
        length=_most(_within(found, "length", 0, MAX_HITS), max_hits),
        around=_around(found),
        distinct=None if distinct is None else _distinct(distinct),
        retrieve=_texts(found, "attributesToRetrieve"),
        highlight=_texts(found, "attributesToHighlight"),
        snippets=snippets_of(found["attributesToSnippet"]) if "attributesToSnippet" in found else None,
        pre_tag=found.get("highlightPreTag", "<em>"),
        post_tag=found.get("highlightPostTag", "</em>"),
        snippet_ellipsis=found.get("snippetEllipsisText", "…"),
        restrict_highlight=found.get("restrictHighlightAndSnippetArrays", False),
        restrict_searchable=_texts(found, "restrictSearchableAttributes") or None,
        query_type=_one_of(found, "queryType", _QUERY_TYPES),  # type: ignore[arg-type]
        typo_tolerance=_flag_or(found, "typoTolerance", {"min": True, "strict": True}),
        min_word_for_one_typo=_within(found, "minWordSizefor1Typo", 1, 100),
        min_word_for_two_typos=_within(found, "minWordSizefor2Typos", 1, 100),
        remove_words=remove_words(found.get("removeWordsIfNoResults")),
        optional_words=_texts(found, "optionalWords"),
        advanced_syntax=found.get("advancedSyntax"),
        syntax_features=syntax_features(_texts(found, "advancedSyntaxFeatures")),
        sort=leading_sort(found["ranking"]) if "ranking" in found else None,
        custom_ranking=_custom_ranking(found),
        vector=_one_of(found, "mode", _MODES) != "keywordSearch",
        remove_stop_words=_flag_or(found, "removeStopWords", {}),
        rule_contexts=tuple(found.get("ruleContexts", ())),
        enable_rules=found.get("enableRules", True),
        enable_synonyms=found.get("synonyms", True),
        enable_personalization=found.get("enablePersonalization", False),
        ranking_info=found.get("getRankingInfo", False),
        click_analytics=found.get("clickAnalytics", False),
        analytics=found.get("analytics", True),
        analytics_tags=tuple(found.get("analyticsTags", ())),
        user_token=found.get("userToken"),
        raw=dict(found),
    )


def _area(found: Parameters) -> Filter:
    """Return the boxes, or where there are none the polygons: of both, Algolia looks at the boxes alone."""
    boxes, polygons = found.get("insideBoundingBox"), found.get("insidePolygon")
    # As they were sent, for wrong ones are refused whether or not they count.
    within = [parse_bounding_boxes(boxes)] if boxes else []
    within += [parse_polygons(polygons)] if polygons else []
    return within[0] if within else EVERYTHING


def snippets_of(texts: Iterable[str]) -> Mapping[str, int]:
    """Return words by attribute of `["description:20", "name"]`; "*:20" is kept as it is. Raises: InputError."""
    found: dict[str, int] = {}
    for text in texts:
        name, colon, words = text.rpartition(":")
        if not colon:
            found[text] = _SNIPPET_WORDS
        elif words.isdecimal() and len(words) < 5:
            found[name] = int(words)
        else:
            raise InputError("attributesToSnippet", repr(text)[:80], "write attribute:words, for example name:20")
    return found


def _around(found: Parameters) -> Around | None:
    text = found.get("aroundLatLng")
    if not text or found.get("insideBoundingBox") or found.get("insidePolygon"):
        return None  # an area comes before a point, as at Algolia
    parts = text.split(",")
    try:
        latitude, longitude = float(parts[0]), float(parts[1])
    except (ValueError, IndexError):
        raise _wrong_point(text) from None
    if len(parts) != 2 or not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise _wrong_point(text)
    radius = found.get("aroundRadius")
    return Around(
        latitude,
        longitude,
        None if radius in (None, "", "all") else float(_metres("aroundRadius", radius)),
        **_precision(found.get("aroundPrecision")),
    )


def _wrong_point(text: str) -> InputError:
    return InputError("aroundLatLng", repr(text)[:80], "write latitude,longitude, for example 51.5,-0.12")


def _precision(value: Any) -> dict[str, Any]:
    """Return what a number of metres, or a list of ranges that each begin at `from`, says of distances."""
    if value in (None, ""):
        return {}
    if not isinstance(value, list):
        return {"precision": max(1, _metres("aroundPrecision", value))}
    if not value or len(value) > _MAX_RANGES or not all(isinstance(each, dict) for each in value):
        raise InputError("aroundPrecision", repr(value)[:80], "write metres, or ranges like [{from: 0, value: 100}]")
    ranges = {
        _metres("aroundPrecision", each.get("from", 0)): max(1, _metres("aroundPrecision", each.get("value")))
        for each in value
    }
    return {"ranges": tuple(sorted({0: 1, **ranges}.items()))}


def _metres(name: str, value: Any) -> int:
    try:
        number = int(value) if not isinstance(value, bool) else -1
    except (TypeError, ValueError, OverflowError):
        number = -1
    if not 0 <= number < 10**8:
        raise InputError(name, repr(value)[:80], "must be a whole number of metres, 0 or more")
    return number


def _distinct(value: Any) -> int:
    if isinstance(value, str) and value.isdecimal() and len(value) < 4:
        value = int(value)
    if isinstance(value, bool | int) and 0 <= value <= 100:
        return int(value)
    raise InputError("distinct", repr(value)[:80], "must be true, false, or a whole number from 0 to 100")


def _custom_ranking(found: Parameters) -> tuple[SortKey, ...] | None:
    texts = _texts(found, "customRanking")
    return None if texts is None else tuple(sort_key("customRanking", text) for text in texts)


def _within(found: Parameters, name: str, low: int, high: int | None) -> int | None:
    value = found.get(name)
    if value is None:
        return None
    if value < low or (high is not None and value > high):
        limits = f"from {low} to {high}" if high is not None else f"{low} or more"
        raise InputError(name, str(value), f"must be a whole number, {limits}")
    return int(value)


def _most(value: int | None, most: int) -> int | None:
    return min(value, most) if value is not None and most else value


def _one_of(found: Parameters, name: str, choices: tuple[str, ...]) -> str | None:
    value = found.get(name)
    if value is not None and value not in choices:
        raise InputError(name, repr(value)[:80], f"choose one of {', '.join(choices)}")
    return value


def _flag_or(found: Parameters, name: str, others: Mapping[str, bool]) -> bool | None:
    value = found.get(name)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, list):
        return bool(value)
    known = {"true": True, "false": False, **others}
    if isinstance(value, str) and value in known:
        return known[value]
    raise InputError(name, repr(value)[:80], "must be true or false")


def _texts(found: Parameters, name: str) -> tuple[str, ...] | None:
    value = found.get(name)
    return None if value is None else tuple(value)
