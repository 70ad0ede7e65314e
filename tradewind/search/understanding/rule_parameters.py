"""Search parameters that a rule sets, put in the place of the request's."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tradewind.catalog.json_values import flag_of, texts_of, whole_of
from tradewind.catalog.settings import (
    MAX_FACET_VALUES,
    MAX_HITS_PER_PAGE,
    query_type,
    remove_words,
    snippet_length,
    stop_word_removal,
    typo_tolerance,
)
from tradewind.errors import InputError
from tradewind.search.request import SearchRequest


def with_parameters(request: SearchRequest, parameters: Mapping[str, Any]) -> SearchRequest:
    """Return the request with a rule's parameters. Those that we do not know, or that are wrong, change nothing:
    a shopper's search must not fail because of a rule."""
    changes: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in _READERS and value is not None:
            field, read = _READERS[name]
            try:
                changes[field] = read(parameters, name)
            except InputError:
                continue
    return replace(request, **changes) if changes else request


_Read = Callable[[Mapping[str, Any], str], Any]


def _text_list(raw: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return texts_of(raw, name) or ()


def _distinct(raw: Mapping[str, Any], name: str) -> int:
    return int(raw[name]) if isinstance(raw[name], bool) else whole_of(raw, name, 0, 0, 4)


_READERS: Mapping[str, tuple[str, _Read]] = {
    "hitsPerPage": ("hits_per_page", lambda raw, name: whole_of(raw, name, 20, 0, MAX_HITS_PER_PAGE)),
    "maxValuesPerFacet": ("max_values_per_facet", lambda raw, name: whole_of(raw, name, 100, 1, MAX_FACET_VALUES)),
    "distinct": (
        "distinct",
        lambda raw, name: int(raw[name]) if isinstance(raw[name], bool) else whole_of(raw, name, 0, 0, 4),
    ),
    "queryType": ("query_type", lambda raw, name: query_type(raw[name])),
    "typoTolerance": ("typo_tolerance", lambda raw, name: typo_tolerance(raw[name])),
    "removeStopWords": ("remove_stop_words", lambda raw, name: stop_word_removal(raw[name])),
    "removeWordsIfNoResults": ("remove_words", lambda raw, name: remove_words(raw[name])),
    "optionalWords": ("optional_words", _text_list),
    "advancedSyntax": ("advanced_syntax", lambda raw, name: flag_of(raw, name, False)),
    "minWordSizefor1Typo": ("min_word_for_one_typo", lambda raw, name: whole_of(raw, name, 4, 1, 100)),
    "minWordSizefor2Typos": ("min_word_for_two_typos", lambda raw, name: whole_of(raw, name, 8, 1, 100)),
    "sumOrFiltersScores": ("sum_filter_scores", lambda raw, name: flag_of(raw, name, False)),
    "enableSynonyms": ("enable_synonyms", lambda raw, name: flag_of(raw, name, True)),
    "restrictSearchableAttributes": ("restrict_searchable", _text_list),
    "attributesToRetrieve": ("retrieve", _text_list),
    "attributesToHighlight": ("highlight", _text_list),
    "attributesToSnippet": ("snippets", lambda raw, name: dict(map(snippet_length, _text_list(raw, name)))),
    "facets": ("facets", _text_list),
    "analyticsTags": ("analytics_tags", _text_list),
}
