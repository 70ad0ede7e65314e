"""The settings of an index: what is searched, counted, sorted, and how the parts of the ranking weigh."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar, cast, get_args

from tradewind.catalog.json_values import flag_of, object_of, refuse, text_of, texts_of, whole_of
from tradewind.search.text import folded

# Algolia's limits.
MAX_HITS_PER_PAGE = 1000
MAX_FACET_VALUES = 1000
DEFAULT_SNIPPET_WORDS = 10
MAX_SNIPPET_WORDS = 1000
MAX_PAGINATION = 1_000_000  # ours: pages are exact however deep

QueryType = Literal["prefixLast", "prefixAll", "prefixNone"]
Direction = Literal["asc", "desc"]
_Value = TypeVar("_Value")
# Which words of a query leave where no product has all of them.
RemoveWords = Literal["none", "lastWords", "firstWords", "allOptional"]
SyntaxFeature = Literal["exactPhrase", "excludeWords"]


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
    phrase: float = 2.0  # two neighbouring words of the query that are neighbours in the first attribute
    coverage: float = 2.0  # the words' score is multiplied by (matched words / words) to this power
    complete: float = 0.5  # and by 1 + this where all words match in the first attribute
    fusion: Literal["rrf", "weighted"] = "weighted"
    rrf_k: float = 60.0  # Cormack, Clarke, Buettcher 2009
    vector: float = 0.6  # of `weighted`: share of the similarity; the rest is the words'
    depth: int = 100  # of each of the two lists that are fused
    similarity_floor: float | None = None  # products below it do not match by meaning; None: as the index tells
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
    remove_words: RemoveWords | None = None  # None: words are relaxed one by one while few products match
    optional_words: tuple[str, ...] = ()
    advanced_syntax: bool = False
    syntax_features: tuple[SyntaxFeature, ...] = get_args(SyntaxFeature)
    language: str = "en"  # ISO 639-1; of stemming and stop words
    hits_per_page: int = 20
    pagination_limit: int = 1000
    max_values_per_facet: int = 100
    fields: Fields = field(default_factory=Fields)
    weights: Weights = field(default_factory=Weights)
    raw: Mapping[str, Any] = field(default_factory=dict)


def parse_settings(raw: Mapping[str, Any]) -> IndexSettings:
    """Return settings from the JSON that Algolia's clients send; `tradewind` holds what only we have.

    Unknown keys have no effect and stay in `raw`; null is the default. Raises: InputError.
    """
    if not isinstance(raw, Mapping):
        raise refuse("settings", raw, "must be an object")
    default = IndexSettings()
    ours = object_of(raw, "tradewind")
    retrieve = texts_of(raw, "attributesToRetrieve")
    return IndexSettings(
        searchable=tuple(map(_searchable, texts_of(raw, "searchableAttributes") or ())),
        facets=tuple(map(_facet, texts_of(raw, "attributesForFaceting") or ())),
        numeric=_numeric(texts_of(raw, "numericAttributesForFiltering")),
        custom_ranking=tuple(sort_key("customRanking", text) for text in texts_of(raw, "customRanking") or ()),
        sort=leading_sort(texts_of(raw, "ranking") or ()),
        replicas=tuple(re.sub(r"^virtual\((.*)\)$", r"\1", name) for name in texts_of(raw, "replicas") or ()),
        primary=text_of(raw, "primary"),
        distinct=_distinct(raw.get("distinct")),
        distinct_attribute=text_of(raw, "attributeForDistinct"),
        snippets=dict(map(snippet_length, texts_of(raw, "attributesToSnippet") or ())),
        highlight=texts_of(raw, "attributesToHighlight"),
        retrieve=None if retrieve == ("*",) else retrieve,
        unretrievable=frozenset(texts_of(raw, "unretrievableAttributes") or ()),
        query_type=query_type(raw.get("queryType")) or default.query_type,
        typo_tolerance=_or(typo_tolerance(raw.get("typoTolerance")), default.typo_tolerance),
        min_word_for_one_typo=whole_of(raw, "minWordSizefor1Typo", default.min_word_for_one_typo, 1, 100),
        min_word_for_two_typos=whole_of(raw, "minWordSizefor2Typos", default.min_word_for_two_typos, 1, 100),
        no_typo_words=frozenset(folded(word) for word in texts_of(raw, "disableTypoToleranceOnWords") or ()),
        remove_stop_words=_or(stop_word_removal(raw.get("removeStopWords")), default.remove_stop_words),
        # `none` is what Algolia writes into all settings: nobody chose it, and it would leave queries unanswered.
        remove_words=None if (remove := remove_words(raw.get("removeWordsIfNoResults"))) == "none" else remove,
        optional_words=texts_of(raw, "optionalWords") or (),
        advanced_syntax=flag_of(raw, "advancedSyntax", default.advanced_syntax),
        syntax_features=_or(syntax_features(texts_of(raw, "advancedSyntaxFeatures")), default.syntax_features),
        language=_language(raw, ours) or default.language,
        hits_per_page=whole_of(raw, "hitsPerPage", default.hits_per_page, 1, MAX_HITS_PER_PAGE),
        pagination_limit=whole_of(raw, "paginationLimitedTo", default.pagination_limit, 1, MAX_PAGINATION),
        max_values_per_facet=whole_of(raw, "maxValuesPerFacet", default.max_values_per_facet, 1, MAX_FACET_VALUES),
        fields=_fields(object_of(ours, "fields", "tradewind.fields")),
        weights=parse_weights(object_of(ours, "weights", "tradewind.weights")),
        raw=raw,
    )


def parse_weights(raw: Mapping[str, Any], *, field: str = "tradewind.weights") -> Weights:
    """Return weights from their JSON; what is missing keeps its default. Raises: InputError."""
    default = Weights()
    unknown = sorted(set(raw) - {each.name for each in fields(Weights)})
    if unknown:
        raise refuse(
            f"{field}.{unknown[0]}", raw[unknown[0]], f"known are {', '.join(f.name for f in fields(Weights))}"
        )
    fusion = raw.get("fusion", default.fusion)
    if fusion not in ("rrf", "weighted"):
        raise refuse(f"{field}.fusion", fusion, "must be rrf or weighted")
    floor = raw.get("similarity_floor")
    attributes = raw.get("attributes", [])
    if not isinstance(attributes, list):
        raise refuse(f"{field}.attributes", attributes, "must be a list of numbers")
    return Weights(
        attributes=tuple(_number(f"{field}.attributes", each, 0, 1000) for each in attributes),
        phrase=_number(f"{field}.phrase", raw.get("phrase", default.phrase), 0, 1000),
        coverage=_number(f"{field}.coverage", raw.get("coverage", default.coverage), 0, 10),
        complete=_number(f"{field}.complete", raw.get("complete", default.complete), 0, 1000),
        fusion=fusion,
        rrf_k=_number(f"{field}.rrf_k", raw.get("rrf_k", default.rrf_k), 0, 10_000),
        vector=_number(f"{field}.vector", raw.get("vector", default.vector), 0, 1),
        depth=whole_of(raw, "depth", default.depth, 1, 1000, f"{field}.depth"),
        similarity_floor=None if floor is None else _number(f"{field}.similarity_floor", floor, -1, 1),
        enough=whole_of(raw, "enough", default.enough, 0, 1_000_000, f"{field}.enough"),
    )


def query_type(value: Any) -> QueryType | None:
    """Return how the end of a query is read, None for null. Raises: InputError."""
    if value is not None and value not in get_args(QueryType):
        raise refuse("queryType", value, f"must be one of {', '.join(get_args(QueryType))}")
    return cast("QueryType | None", value)


def remove_words(value: Any) -> RemoveWords | None:
    """Return which words leave where nothing has all of them, None for null. Raises: InputError."""
    if value is not None and value not in get_args(RemoveWords):
        raise refuse("removeWordsIfNoResults", value, f"must be one of {', '.join(get_args(RemoveWords))}")
    return cast("RemoveWords | None", value)


def syntax_features(texts: Sequence[str] | None) -> tuple[SyntaxFeature, ...] | None:
    """Return which signs in queries speak, None for null. Raises: InputError."""
    unknown = next((each for each in texts or () if each not in get_args(SyntaxFeature)), None)
    if unknown is not None:
        raise refuse("advancedSyntaxFeatures", unknown, f"known are {', '.join(get_args(SyntaxFeature))}")
    return None if texts is None else cast("tuple[SyntaxFeature, ...]", tuple(texts))


def sort_key(field_name: str, text: str) -> SortKey:
    """Return the key of asc(attribute) or desc(attribute). Raises: InputError."""
    found = re.fullmatch(r"\s*(asc|desc)\(\s*([^()]+?)\s*\)\s*", text)
    if not found:
        raise refuse(field_name, text, "must be asc(attribute) or desc(attribute)")
    return SortKey(found[2], "asc" if found[1] == "asc" else "desc")


def leading_sort(ranking: Sequence[str]) -> tuple[SortKey, ...]:
    """Return the sort keys before the first criterion (typo, geo, words ...); what follows it does not sort."""
    criteria = [at for at, text in enumerate(ranking) if "(" not in text]
    return tuple(sort_key("ranking", text) for text in ranking[: criteria[0] if criteria else None])


def typo_tolerance(value: Any) -> bool | None:
    """Return whether words are corrected, None for null; `min` and `strict` are true. Raises: InputError."""
    known = {"true": True, "false": False, "min": True, "strict": True}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value in known:
        return known[value]
    raise refuse("typoTolerance", value, "must be true, false, min or strict")


def stop_word_removal(value: Any) -> bool | None:
    """Return whether stop words are left out, None for null; a list of languages is true. Raises: InputError."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return bool(value)
    raise refuse("removeStopWords", value, "must be true, false or a list of languages")


def snippet_length(text: str) -> tuple[str, int]:
    """Return attribute and words of an entry of attributesToSnippet, "description:20"; 10 words where it says none."""
    attribute, colon, words = text.rpartition(":")
    if not colon:
        return text, DEFAULT_SNIPPET_WORDS
    if not attribute or not words.isascii() or not words.isdigit() or not 0 < int(words[:6]) <= MAX_SNIPPET_WORDS:
        raise refuse("attributesToSnippet", text, f"must be attribute:words, 1 to {MAX_SNIPPET_WORDS} words")
    return attribute, int(words)


def _or(value: _Value | None, default: _Value) -> _Value:
    return default if value is None else value


def _searchable(text: str) -> SearchableAttributes:
    found = re.fullmatch(r"\s*(?:(unordered|ordered)\((.*)\)|([^()]+))\s*", text)
    names = tuple(name.strip() for name in (found[2] or found[3] or "").split(",")) if found else ()
    if not found or not all(names):
        raise refuse("searchableAttributes", text, 'must be like "name", "unordered(name)" or "name,alternative_name"')
    return SearchableAttributes(names, ordered=found[1] != "unordered")


def _facet(text: str) -> FacetAttribute:
    found = re.fullmatch(r"\s*(?:afterDistinct\()?(?:(searchable|filterOnly)\()?\s*([^()]+?)\s*\){0,2}\s*", text)
    if not found:
        raise refuse("attributesForFaceting", text, 'must be like "brand", "searchable(brand)" or "filterOnly(brand)"')
    return FacetAttribute(found[2], searchable=found[1] == "searchable", filter_only=found[1] == "filterOnly")


def _numeric(texts: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if texts is None else tuple(re.sub(r"^equalOnly\((.*)\)$", r"\1", text) for text in texts)


def _distinct(value: Any) -> int:
    if value is None or isinstance(value, bool):
        return int(bool(value))
    if isinstance(value, int) and 0 <= value <= 4:  # Algolia's range
        return value
    raise refuse("distinct", value, "must be true, false or a whole number from 0 to 4")


def _language(raw: Mapping[str, Any], ours: Mapping[str, Any]) -> str | None:
    given = text_of(ours, "language", "tradewind.language")
    for key in ("indexLanguages", "queryLanguages"):
        given = given or next(iter(texts_of(raw, key) or ()), None)
    if given is not None and not re.fullmatch(r"[A-Za-z]{2}(-[A-Za-z]{2})?", given):
        raise refuse("language", given, "must be two letters of ISO 639-1, like en")
    return given.lower() if given else None


def _fields(raw: Mapping[str, Any]) -> Fields:
    known = [each.name for each in fields(Fields)]
    unknown = sorted(set(raw) - set(known))
    if unknown:
        raise refuse(f"tradewind.fields.{unknown[0]}", raw[unknown[0]], f"known are {', '.join(known)}")
    return Fields(**{name: text_of(raw, name, f"tradewind.fields.{name}") for name in known})


def _number(field_name: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise refuse(field_name, value, f"must be a number from {low:g} to {high:g}")
    return float(value)
