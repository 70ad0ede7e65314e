"""Every parameter of a query: of which kind it is, and how much of it has an effect. docs/algolia.md shows the same."""

from dataclasses import dataclass
from typing import Final, Literal

Support = Literal["full", "partial", "ignored"]
Kind = Literal["text", "whole", "number", "flag", "texts", "any"]


@dataclass(frozen=True, slots=True)
class Parameter:
    kind: Kind
    support: Support
    note: str = ""


def _full(kind: Kind, note: str = "") -> Parameter:
    return Parameter(kind, "full", note)


def _partial(kind: Kind, note: str) -> Parameter:
    return Parameter(kind, "partial", note)


def _ignored(note: str = "") -> Parameter:
    return Parameter("any", "ignored", note)


PARAMETERS: Final[dict[str, Parameter]] = {
    "query": _full("text", "the first 512 characters count"),
    "filters": _full("text"),
    "facetFilters": _full("any"),
    "optionalFilters": _full("any"),
    "numericFilters": _full("any"),
    "tagFilters": _full("any"),
    "sumOrFiltersScores": _full("flag"),
    "facets": _full("texts", "`*`: all of attributesForFaceting"),
    "maxValuesPerFacet": _full("whole", "1 to 1000"),
    "sortFacetValuesBy": _full("text", "count or alpha"),
    "facetingAfterDistinct": _ignored("facets count products, never groups"),
    "page": _full("whole"),
    "hitsPerPage": _full("whole", "0 to 1000"),
    "offset": _full("whole"),
    "length": _full("whole", "0 to 1000"),
    "attributesToRetrieve": _full("texts"),
    "attributesToHighlight": _full("texts"),
    "attributesToSnippet": _full("texts"),
    "highlightPreTag": _full("text"),
    "highlightPostTag": _full("text"),
    "snippetEllipsisText": _full("text"),
    "restrictHighlightAndSnippetArrays": _full("flag"),
    "restrictSearchableAttributes": _full("texts"),
    "responseFields": _full("texts"),
    "distinct": _full("any", "true, false, or how many of a group are kept"),
    "ruleContexts": _full("texts"),
    "enableRules": _full("flag"),
    "synonyms": _full("flag"),
    "queryType": _full("text", "prefixLast, prefixAll or prefixNone"),
    "getRankingInfo": _full("flag"),
    "clickAnalytics": _full("flag"),
    "analytics": _full("flag"),
    "analyticsTags": _full("texts"),
    "userToken": _full("text"),
    "insideBoundingBox": _full("any"),
    "aroundLatLng": _full("text"),
    "aroundRadius": _full("any", "metres or all; without it there is no limit"),
    "aroundPrecision": _partial("any", "metres; of a list of ranges the first value counts"),
    "typoTolerance": _partial("any", "min and strict count as true"),
    "removeStopWords": _partial("any", "a list of languages counts as true; the language is the index's"),
    "enablePersonalization": _partial("flag", "noted in the trace of the query"),
    "similarQuery": _partial("text", "is the query where `query` is empty"),
    "facetQuery": _full("text", "of a facet search"),
    "facet": _full("text", "of a facet search among queries"),
    "maxFacetHits": _full("whole", "1 to 100, of a facet search"),
    "cursor": _full("text", "of browse"),
    "aroundLatLngViaIP": _ignored("nothing tells where an address is"),
    "minimumAroundRadius": _ignored("without aroundRadius there is no radius to be least"),
    "insidePolygon": _ignored("use insideBoundingBox or aroundRadius"),
    "naturalLanguages": _ignored("the language is the index's"),
    "queryLanguages": _ignored("the language is the index's"),
    "personalizationImpact": _ignored(),
    "percentileComputation": _ignored(),
    "enableABTest": _ignored(),
    "enableReRanking": _ignored(),
    "reRankingApplyFilter": _ignored(),
    "ranking": _ignored("make a replica for another order"),
    "customRanking": _ignored("make a replica for another order"),
    "relevancyStrictness": _ignored(),
    "mode": _ignored("every query is searched by words and by meaning where there are vectors"),
    "semanticSearch": _ignored(),
    "minWordSizefor1Typo": _ignored("of the settings it counts"),
    "minWordSizefor2Typos": _ignored("of the settings it counts"),
    "allowTyposOnNumericTokens": _ignored("numbers are never corrected"),
    "disableTypoToleranceOnAttributes": _ignored(),
    "ignorePlurals": _ignored("stems always match"),
    "decompoundQuery": _ignored("words that the index knows apart are split always"),
    "removeWordsIfNoResults": _ignored("words are relaxed one by one always"),
    "advancedSyntax": _ignored(),
    "advancedSyntaxFeatures": _ignored(),
    "optionalWords": _ignored("words are relaxed one by one always"),
    "disableExactOnAttributes": _ignored(),
    "exactOnSingleWordQuery": _ignored(),
    "alternativesAsExact": _ignored(),
    "replaceSynonymsInHighlight": _ignored(),
    "minProximity": _ignored(),
    "attributeCriteriaComputedByMinProximity": _ignored(),
    "renderingContent": _ignored("of the settings it counts"),
    "keepDiacriticsOnCharacters": _ignored("accents never matter"),
    "explain": _ignored(),
    "extensions": _ignored(),
    "referenceIndexName": _ignored(),
}

# Of requests, not of queries.
ENVELOPE: Final = frozenset({"indexName", "params", "type", "strategy", "requests"})


def ignored_of(names: object) -> tuple[str, ...]:
    """Return those of `names` (an iterable of texts) that have no effect, sorted."""
    assert hasattr(names, "__iter__")
    return tuple(sorted(name for name in names if name not in ENVELOPE and _has_no_effect(name)))


def _has_no_effect(name: str) -> bool:
    parameter = PARAMETERS.get(name)
    return parameter is None or parameter.support == "ignored"
