"""The settings of an index: what is searched, counted, sorted, and how the parts of the ranking weigh."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

QueryType = Literal["prefixLast", "prefixAll", "prefixNone"]
Direction = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class SearchableAttributes:
    """One place of `searchableAttributes`: attributes that count alike ("title,alternative_title")."""

    names: tuple[str, ...]
    ordered: bool = True  # words near the beginning count more; false where "unordered(...)"


@dataclass(frozen=True, slots=True)
class FacetAttribute:
    """One of `attributesForFaceting`."""

    name: str
    searchable: bool = False  # its values can be searched
    filter_only: bool = False  # filtered by, never counted


@dataclass(frozen=True, slots=True)
class SortKey:
    """asc(attribute) or desc(attribute). Products without a number there come last either way."""

    attribute: str
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Which attribute of a record plays which part of a product; None: none does, and nothing is assumed."""

    name: str | None = None
    description: str | None = None
    brand: str | None = None
    categories: str | None = None  # "categories": lvl0, lvl1, ... lie below it
    price: str | None = None  # major units, a number: price phrases become filters on it
    currency: str | None = None
    stock: str | None = None  # a number or a boolean; 0 and false: out of stock, shown last
    image: str | None = None
    popularity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How the parts of the ranking count. Changing them needs no new index."""

    attributes: tuple[float, ...] = ()  # of the places of searchableAttributes; missing ones fall by half, from 3 to 1
    phrase: float = 1.0  # two neighbouring words of the query that are neighbours in the first attribute
    fusion: Literal["rrf", "weighted"] = "rrf"
    rrf_k: float = 60.0  # Cormack, Clarke, Buettcher 2009
    vector: float = 0.6  # of `weighted`: share of the similarity; the rest is the words'
    depth: int = 100  # of each of the two lists that are fused
    similarity_floor: float | None = None  # products below it do not match by meaning; None: calibrated by the index
    enough: int = 50  # words are relaxed one by one while fewer products match


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """What of the settings has an effect. `raw` holds all of them as they were set, for reading them back."""

    searchable: tuple[SearchableAttributes, ...] = ()  # empty: every text of a record, in order of appearance
    facets: tuple[FacetAttribute, ...] = ()
    numeric: tuple[str, ...] | None = None  # numericAttributesForFiltering; None: every number of a record
    custom_ranking: tuple[SortKey, ...] = ()
    sort: tuple[SortKey, ...] = ()  # sort keys that lead `ranking`: what makes a sorting replica
    replicas: tuple[str, ...] = ()
    primary: str | None = None  # of a replica
    distinct: int = 0  # hits of one group that are kept; 0: no grouping
    distinct_attribute: str | None = None
    snippets: Mapping[str, int] = field(default_factory=dict)  # attribute -> words
    highlight: tuple[str, ...] | None = None  # None: the searchable ones
    retrieve: tuple[str, ...] | None = None  # None: all
    unretrievable: frozenset[str] = frozenset()
    query_type: QueryType = "prefixLast"
    typo_tolerance: bool = True
    min_word_for_one_typo: int = 4
    min_word_for_two_typos: int = 8
    no_typo_words: frozenset[str] = frozenset()
    remove_stop_words: bool = True
    language: str = "en"  # ISO 639-1; of stemming and stop words
    hits_per_page: int = 20
    pagination_limit: int = 1000
    max_values_per_facet: int = 100
    fields: Fields = field(default_factory=Fields)
    weights: Weights = field(default_factory=Weights)
    raw: Mapping[str, Any] = field(default_factory=dict)
