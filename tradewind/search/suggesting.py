"""Completions of what a shopper is typing, from the words and names of products that are there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.settings import IndexSettings
from tradewind.search.filters import EVERYTHING, Filter
from tradewind.search.index import CatalogIndex
from tradewind.search.product_texts import EVERY_TEXT, attribute_texts, place_texts, searched_places
from tradewind.search.request import SearchRequest
from tradewind.search.text import folded, stop_words, tokens
from tradewind.search.understanding.normalise import normalise
from tradewind.search.understanding.understand import understand

MAX_SUGGESTIONS = 20
_LOOKED_AT = 100  # products whose names are looked through


class Suggestion(NamedTuple):
    """A query to offer. `products`: with the word that it ends in; of more words, among the products looked at."""

    query: str
    products: int


def suggest(
    typed: str,
    *,
    index: CatalogIndex,
    definition: IndexDefinition,
    now: datetime,
    filter: Filter = EVERYTHING,
    limit: int = 5,
) -> tuple[Suggestion, ...]:
    """Return queries that begin as typed, most frequent first, then names of matching products.

    Every suggestion finds something that meets `filter`: the last word is completed by words that stand in products
    with all words before it. Nothing typed, nothing suggested. Raises: IndexUnavailable.
    """
    text = normalise(typed).lower()
    found = tokens(text)
    limit = min(limit, MAX_SUGGESTIONS)
    if not found or text.endswith(" ") or limit < 1:
        return ()
    head, last = text[: found[-1].start], found[-1].word
    request = SearchRequest(query=text, filter=filter, vector=False, typo_tolerance=False, enable_rules=False)
    plan, _, _ = understand(request, index=index, definition=definition, encoder=None, now=now)
    needed = replace(plan, weights=replace(plan.weights, enough=0), length=_LOOKED_AT)
    settings = definition.settings
    records = [orjson.loads(hit.record) for hit in index.search(needed).hits]
    names = [name for record in records for name in _names(record, settings)]
    if len(found) == 1 and filter == EVERYTHING and not _hides_words(settings):
        completions = {each.word: each.products for each in index.vocabulary.beginning(last, MAX_SUGGESTIONS)}
    else:
        completions = _completions(last, (_told(record, settings) for record in records))
    idle = stop_words(settings.language) | {token.word for token in found[:-1]}  # nothing new is said by them
    offered = {head + word: products for word, products in completions.items() if word not in idle}
    shown = {folded(query) for query in offered}
    held = Counter(name for name in names if _fits(name, found[0].word))
    offered |= {name: products for name, products in held.items() if folded(name) not in shown}
    return tuple(Suggestion(*each) for each in offered.items())[:limit]


def _completions(last: str, texts: Iterable[Iterable[str]]) -> dict[str, int]:
    """Return words that begin so, with how many products have each among their texts; most frequent first."""
    held = ({token.word for text in each for token in tokens(text)} for each in texts)
    counts = Counter(word for words in held for word in words if word.startswith(last))
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _name_attribute(settings: IndexSettings) -> str | None:
    """Return the attribute that holds a product's name: the mapped one, else the first that is searched."""
    return settings.fields.name or next(iter(searched_places(settings)[0].names), None)


def _names(record: Mapping[str, Any], settings: IndexSettings) -> list[str]:
    """Return the product's name, unless it is hidden."""
    name = _name_attribute(settings)
    return attribute_texts(record, name)[:1] if name and not _is_hidden(name, settings) else []


def _told(record: Mapping[str, Any], settings: IndexSettings) -> list[str]:
    """Return the texts whose words may be suggested: the product's name; all where no attribute is known to be it."""
    if _name_attribute(settings):
        return _names(record, settings)
    shown = {name: value for name, value in record.items() if not _is_hidden(name, settings)}
    return place_texts(shown, EVERY_TEXT[0])


def _hides_words(settings: IndexSettings) -> bool:
    """Return whether words of the index may be of attributes that nobody is shown."""
    names = [name for place in settings.searchable for name in place.names]
    return bool(settings.unretrievable) and (not names or any(_is_hidden(name, settings) for name in names))


def _is_hidden(name: str, settings: IndexSettings) -> bool:
    """Return whether an attribute is unretrievable, or has parts that are."""
    return any(
        name == hidden or name.startswith(f"{hidden}.") or hidden.startswith(f"{name}.")
        for hidden in settings.unretrievable
    )


def _fits(name: str, first: str) -> bool:
    """Return whether a name is short enough for a line and has the first word typed."""
    return len(name) <= 60 and any(token.word.startswith(first) for token in tokens(name))
