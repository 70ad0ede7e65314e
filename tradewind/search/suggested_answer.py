"""Suggestions in the shape of an answer: each is a hit, so that clients show them as they show products."""

import math
from datetime import datetime
from typing import Final

import orjson

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.settings import IndexSettings, SearchableAttributes
from tradewind.search.answer import Reading, SearchAnswer
from tradewind.search.answering import window_of
from tradewind.search.index import CatalogIndex
from tradewind.search.plan import Alternative, Hit, Outcome, Plan, Word
from tradewind.search.request import SearchRequest
from tradewind.search.showing import Display
from tradewind.search.suggesting import MAX_SUGGESTIONS, Suggestion, suggest
from tradewind.search.text import tokens
from tradewind.search.understanding.normalise import normalise

# Suggestions are marked by what was typed, letter for letter: no language, no stems.
SUGGESTED: Final = IndexDefinition(
    settings=IndexSettings(searchable=(SearchableAttributes(("query",)),), language="", hits_per_page=MAX_SUGGESTIONS)
)


def suggested_answer(
    request: SearchRequest, *, name: str, index: CatalogIndex, definition: IndexDefinition, now: datetime, query_id: str
) -> SearchAnswer:
    """Return the suggestions from `index` for the request's query, under the name `name`, at most MAX_SUGGESTIONS.

    A record is {"objectID", "query", "popularity", "nb_words"}; the request's conditions hold for the products that
    suggestions come from. Raises: InputError for an impossible page; IndexUnavailable.
    """
    window = window_of(request, SUGGESTED.settings)
    found = suggest(
        request.query, index=index, definition=definition, now=now, filter=request.filter, limit=MAX_SUGGESTIONS
    )
    display = Display(_plan(request.query), request, SUGGESTED.settings)
    by_offset = request.offset is not None or request.length is not None
    return SearchAnswer(
        query_id=query_id,
        index=name,
        version=index.version,
        shown=tuple(display.show(_hit(each)) for each in found[window.offset : window.offset + window.length]),
        outcome=Outcome(hits=(), count=len(found)),
        reading=Reading(query=request.query),
        page=window.page,
        hits_per_page=window.hits_per_page,
        pages=math.ceil(len(found) / window.hits_per_page) if window.hits_per_page else 0,
        offset=window.offset if by_offset else None,
        length=window.length if by_offset else None,
    )


def _plan(typed: str) -> Plan:
    """Return what marks the words typed as beginnings of words."""
    beginnings = [token.word for token in tokens(normalise(typed))]
    return Plan(words=tuple(map(_beginning, beginnings)))


def _beginning(word: str) -> Word:
    return Word(text=word, alternatives=(Alternative(terms=(word,), kind="prefix", prefix=True),))


def _hit(suggestion: Suggestion) -> Hit:
    query = suggestion.query
    told = {"objectID": query, "query": query, "popularity": suggestion.products, "nb_words": len(tokens(query))}
    return Hit(object_id=query, record=orjson.dumps(told), score=float(suggestion.products))
