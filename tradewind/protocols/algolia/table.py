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
    "restrictSearchableAttributes": _full("texts", "what matches by meaning stays; not with `mode` keywordSearch"),
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
    "insideBoundingBox": _full("any", "comes before insidePolygon and aroundLatLng"),
    "insidePolygon": _full("any", "3 to 10,000 points together; comes before aroundLatLng"),
    "aroundLatLng": _full("text"),
    "aroundRadius": _full("any", "metres or all; without it there is no limit"),
    "aroundPrecision": _full("any", "metres, or ranges of distances with their metres"),
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
    "naturalLanguages": _ignored("the language is the index's"),
    "queryLanguages": _ignored("the language is the index's"),
    "personalizationImpact": _ignored(),
    "percentileComputation": _ignored(),
    "enableABTest": _ignored(),
    "enableReRanking": _ignored(),
    "reRankingApplyFilter": _ignored(),
    "ranking": _partial("texts", "sort keys before the first criterion; criteria have no order of their own"),
    "customRanking": _full("texts"),
    "relevancyStrictness": _ignored(),
    "mode": _full("text", "keywordSearch: by words alone; of the settings it does not count"),
    "semanticSearch": _ignored(),
    "minWordSizefor1Typo": _full("whole", "1 to 100"),
    "minWordSizefor2Typos": _full("whole", "1 to 100"),
    "allowTyposOnNumericTokens": _ignored("numbers are never corrected"),
    "disableTypoToleranceOnAttributes": _ignored(),
    "ignorePlurals": _ignored("stems always match"),
    "decompoundQuery": _ignored("words that the index knows apart are split always"),
    "removeWordsIfNoResults": _full("text", "without it words are relaxed one by one; `none` counts of a query only"),
    "advancedSyntax": _full("flag", "words count by their stems in phrases, too"),
    "advancedSyntaxFeatures": _full("texts", "exactPhrase, excludeWords"),
    "optionalWords": _full("texts", "a list, or words of one text"),
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
