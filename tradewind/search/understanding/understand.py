"""From a request to a plan."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.settings import IndexSettings, Weights
from tradewind.search.answer import Reading
from tradewind.search.encoder import TextEncoder, Vectors, WordList
from tradewind.search.filters import EVERYTHING, Filter, GeoCircle, all_of
from tradewind.search.index import CatalogIndex, Vocabulary
from tradewind.search.plan import Plan, Word
from tradewind.search.request import SearchRequest
from tradewind.search.text import folded, stem, tokens
from tradewind.search.understanding.normalise import normalise
from tradewind.search.understanding.prices import price_phrases, without
from tradewind.search.understanding.rule_parameters import with_parameters
from tradewind.search.understanding.rules import Asked, FormsOf, RulesApplied, apply_rules
from tradewind.search.understanding.spelling import respelled
from tradewind.search.understanding.synonyms import NO_SYNONYMS, SynonymBook, synonym_book
from tradewind.search.understanding.syntax import Syntax, is_quoted, read_syntax
from tradewind.search.understanding.words import Options, WordsRead, read_words

ANY_WORD = 1 << 30  # products that no index has: words are relaxed down to one
MIN_ENCODED_LETTERS = 3  # "s" means nothing yet, and costs as much to encode as a sentence
_MAX_LOOKED_UP = 1000  # facet values that begin like the query's word


def understand(
    request: SearchRequest,
    *,
    index: CatalogIndex,
    definition: IndexDefinition,
    encoder: TextEncoder | None,
    now: datetime,
) -> tuple[Plan, Reading, SearchRequest]:
    """Return the plan of a request, how its query was read, and the request with the parameters of the rules.

    The plan's `offset` and `length` are left as they are by default: pages are the caller's.
    """
    typed = normalise(request.query)
    book = synonym_book(definition.synonyms, definition.settings.language) if request.enable_synonyms else NO_SYNONYMS
    applied = _rules(request, typed, index, definition, book, now)
    request = with_parameters(request, applied.parameters)
    text = applied.query if applied.query is typed else normalise(applied.query)
    settings = _with_typo_lengths(definition.settings, request)
    syntax = _syntax(text, request, settings)
    text, price, price_text, price_words = _price(syntax, settings)
    read = read_words(
        text,
        settings=settings,
        vocabulary=index.vocabulary,
        synonyms=book if request.enable_synonyms else NO_SYNONYMS,
        options=_options(
            request, settings, encoder if _is_used(encoder, request, index) else None, phrases=bool(syntax.phrases)
        ),
    )
    vector = _vector(read, request, index, encoder)
    lexical = request.lexical or vector is None
    signs = syntax.filter(settings.language, request.restrict_searchable)
    plan = Plan(
        words=_deciding(read.words) if lexical else (),
        phrases=read.phrases if lexical else (),
        vector=vector,
        filter=all_of(request.filter, applied.filter, price, _circle(request), signs),
        optional_filters=(*request.optional_filters, *applied.optional_filters),
        sum_filter_scores=request.sum_filter_scores,
        searchable=request.restrict_searchable,
        hidden=applied.hidden,
        pins=applied.pins,
        pins_are_filtered=applied.pins_are_filtered or request.filter_pins,
        sort=settings.sort if request.sort is None else request.sort,
        custom_ranking=settings.custom_ranking if request.custom_ranking is None else request.custom_ranking,
        stock=settings.fields.stock,
        around=request.around,
        distinct=_distinct(request, settings),
        distinct_attribute=settings.distinct_attribute,
        facets=countable(request.facets, settings),
        max_values_per_facet=request.max_values_per_facet or settings.max_values_per_facet,
        sort_facet_values_by=request.sort_facet_values_by,
        weights=_weights(request, settings, any_word=bool(read.words) and all(word.optional for word in read.words)),
    )
    reading = Reading(
        query=read.text,
        corrections=read.corrections,
        removed=(*read.removed, *price_words),
        price=price if price_text else None,
        price_text=price_text,
        phrases=syntax.phrases,
        excluded=syntax.excluded,
        rules=applied.ids,
        synonyms=read.synonyms,
        lexical_only=bool(read.words) and request.vector and vector is None and not _too_short(read.text),
        redirect=applied.redirect,
        user_data=applied.user_data,
    )
    return plan, reading, request


def countable(asked: Sequence[str], settings: IndexSettings) -> tuple[str, ...]:
    """Return the facets to count: "*" stands for all. What is not declared for faceting is not counted."""
    declared = [each.name for each in settings.facets if not each.filter_only]
    return tuple(dict.fromkeys(declared if "*" in asked else (name for name in asked if name in declared)))


def _rules(
    request: SearchRequest,
    typed: str,
    index: CatalogIndex,
    definition: IndexDefinition,
    book: SynonymBook,
    now: datetime,
) -> RulesApplied:
    if not (request.enable_rules and definition.rules):
        return RulesApplied(query=typed, parameters={})
    asked = Asked(
        query=typed,
        contexts=frozenset(request.rule_contexts),
        filter=request.filter,
        now=now,
        find_value=lambda attribute, words: _facet_value(index, attribute, words),
        forms_of=_forms(index.vocabulary, definition.settings, book),
    )
    return apply_rules(definition.rules, asked)


def _facet_value(index: CatalogIndex, attribute: str, words: Sequence[str]) -> str | None:
    """Return the facet's most frequent value that is made of these words."""
    values = index.facet_values(Plan(length=0), attribute, containing=words[0], limit=_MAX_LOOKED_UP)
    wanted = list(words)
    return next((each.value for each in values if [token.word for token in tokens(each.value)] == wanted), None)


def _forms(vocabulary: Vocabulary, settings: IndexSettings, book: SynonymBook) -> FormsOf:
    """Return what a word of the query counts as where a condition takes alternatives."""

    def forms(word: str) -> frozenset[str]:
        spelled = respelled(word, vocabulary=vocabulary, settings=settings).words
        likely = spelled[0].word if spelled else word
        meant = book.entries.get((stem(likely, settings.language),), ())
        return frozenset({word, likely, *(token.word for each in meant for token in tokens(each.text))})

    return forms


def _with_typo_lengths(settings: IndexSettings, request: SearchRequest) -> IndexSettings:
    one, two = request.min_word_for_one_typo, request.min_word_for_two_typos
    if one is None and two is None:
        return settings
    return replace(
        settings,
        min_word_for_one_typo=settings.min_word_for_one_typo if one is None else one,
        min_word_for_two_typos=settings.min_word_for_two_typos if two is None else two,
    )


def _syntax(text: str, request: SearchRequest, settings: IndexSettings) -> Syntax:
    features = settings.syntax_features if request.syntax_features is None else request.syntax_features
    if not (settings.advanced_syntax if request.advanced_syntax is None else request.advanced_syntax):
        features = ()
    return read_syntax(text, features)


def _deciding(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return the words; where all of them are optional they decide, and any one will do (see `_weights`)."""
    return words if any(not word.optional for word in words) else tuple(replace(word, optional=False) for word in words)


def _weights(request: SearchRequest, settings: IndexSettings, *, any_word: bool) -> Weights:
    weights = request.weights or settings.weights
    if any_word:
        return replace(weights, enough=ANY_WORD)
    if request.remove_words == "none":
        return replace(weights, enough=0)
    return weights


def _price(syntax: Syntax, settings: IndexSettings) -> tuple[str, Filter, str | None, tuple[str, ...]]:
    """Return the text without its price phrases, their filter, the phrases, their words. In quotes are none."""
    text, attribute = syntax.text, settings.fields.price
    phrases = price_phrases(text, settings.language) if attribute else []
    if syntax.phrases:
        phrases = [each for each in phrases if not is_quoted(text, each.start)]
    if not attribute or not phrases:
        return text, EVERYTHING, None, ()
    said = [text[each.start : each.end] for each in phrases]
    price = all_of(*(each.on(attribute) for each in phrases))
    return without(text, phrases), price, ", ".join(said), tuple(" ".join(said).split())


def _options(request: SearchRequest, settings: IndexSettings, encoder: TextEncoder | None, *, phrases: bool) -> Options:
    optional = settings.optional_words if request.optional_words is None else request.optional_words
    return Options(
        query_type=request.query_type or settings.query_type,
        typos=settings.typo_tolerance if request.typo_tolerance is None else request.typo_tolerance,
        remove_stop_words=(
            settings.remove_stop_words if request.remove_stop_words is None else request.remove_stop_words
        ),
        phrases=phrases,
        optional=frozenset(token.word for text in optional for token in tokens(text)),
        dictionary=_word_list(encoder) if settings.language.startswith("en") else None,
    )


def _word_list(encoder: object) -> WordList | None:
    return encoder if isinstance(encoder, WordList) else None


def _vector(
    read: WordsRead, request: SearchRequest, index: CatalogIndex, encoder: TextEncoder | None
) -> Vectors | None:
    if encoder is None or not _is_used(encoder, request, index) or not read.words or _too_short(read.text):
        return None
    return encoder.encode(read.text)


def _is_used(encoder: TextEncoder | None, request: SearchRequest, index: CatalogIndex) -> bool:
    """Return whether the query is to be compared with the vectors of the index."""
    return request.vector and encoder is not None and index.encoder == encoder.name


def _too_short(text: str) -> bool:
    return len(folded(text)) < MIN_ENCODED_LETTERS


def _circle(request: SearchRequest) -> Filter:
    around = request.around
    if around is None or around.radius is None:
        return EVERYTHING
    return GeoCircle(around.latitude, around.longitude, around.radius)


def _distinct(request: SearchRequest, settings: IndexSettings) -> int:
    if settings.distinct_attribute is None:
        return 0
    return settings.distinct if request.distinct is None else request.distinct
