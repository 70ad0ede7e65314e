"""What a caller asks for, free of any wire form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.catalog.settings import QueryType, RemoveWords, SortKey, SyntaxFeature, Weights
from tradewind.search.filters import EVERYTHING, Filter

MAX_QUERY_CHARACTERS = 512  # longer ones are cut: nobody types more, and the encoder reads 256 tokens


@dataclass(frozen=True, slots=True)
class Around:
    """Hits near a point: sorted by distance, and within `radius` metres (None: however far)."""

    latitude: float
    longitude: float
    radius: float | None = None
    precision: int = 10  # metres that count as the same distance
    ranges: tuple[tuple[int, int], ...] = ()  # (from, metres that count as the same from there on), instead of it

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        """Return from which distance on how many metres count as the same: ascending, from 0."""
        return self.ranges or ((0, max(self.precision, 1)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """One query. None means: as the settings of the index say."""

    query: str = ""
    filter: Filter = EVERYTHING  # all hard conditions of the request and of its key together
    filter_pins: bool = False  # a key demands conditions: pinned products have to meet `filter`, whatever rules say
    optional_filters: tuple[Filter, ...] = ()  # FacetIs or Not(FacetIs): hits that meet them come first
    sum_filter_scores: bool = False
    facets: tuple[str, ...] = ()  # ("*",): all of attributesForFaceting
    max_values_per_facet: int | None = None
    sort_facet_values_by: str = "count"  # or "alpha"
    page: int = 0
    hits_per_page: int | None = None
    offset: int | None = None  # with `length`, instead of page and hits_per_page
    length: int | None = None
    around: Around | None = None
    distinct: int | None = None
    retrieve: tuple[str, ...] | None = None
    highlight: tuple[str, ...] | None = None
    snippets: Mapping[str, int] | None = None
    pre_tag: str = "<em>"
    post_tag: str = "</em>"
    snippet_ellipsis: str = "…"
    restrict_highlight: bool = False
    restrict_searchable: tuple[str, ...] | None = None
    query_type: QueryType | None = None
    typo_tolerance: bool | None = None
    remove_stop_words: bool | None = None
    min_word_for_one_typo: int | None = None
    min_word_for_two_typos: int | None = None
    remove_words: RemoveWords | None = None
    optional_words: tuple[str, ...] | None = None
    advanced_syntax: bool | None = None
    syntax_features: tuple[SyntaxFeature, ...] | None = None
    sort: tuple[SortKey, ...] | None = None
    custom_ranking: tuple[SortKey, ...] | None = None
    rule_contexts: tuple[str, ...] = ()
    enable_rules: bool = True
    enable_synonyms: bool = True
    enable_personalization: bool = False
    ranking_info: bool = False
    click_analytics: bool = False
    analytics: bool = True
    analytics_tags: tuple[str, ...] = ()
    user_token: str | None = None
    weights: Weights | None = None  # instead of the settings', for evaluation
    lexical: bool = True  # false: by meaning alone, for evaluation
    vector: bool = True  # false: by words alone
    raw: Mapping[str, Any] | None = None  # parameters as they were sent
