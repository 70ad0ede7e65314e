"""Completions of what a shopper is typing, from the words and names of products that are there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from tradewind.catalog.definition import IndexDefinition
from tradewind.search.index import CatalogIndex
from tradewind.search.product_texts import attribute_texts, searched_places
from tradewind.search.request import SearchRequest
from tradewind.search.text import tokens
from tradewind.search.understanding.normalise import normalise
from tradewind.search.understanding.understand import understand

MAX_SUGGESTIONS = 20
_LOOKED_AT = 100  # products whose names are looked through


def suggest(
    typed: str, *, index: CatalogIndex, definition: IndexDefinition, now: datetime, limit: int = 5
) -> tuple[str, ...]:
    """Return queries that begin as typed, most frequent first, then names of matching products.

    Every suggestion finds something: the last word is completed by words that stand in products with all words before
    it. Nothing typed, nothing suggested. Raises: IndexUnavailable.
    """
    text = normalise(typed).lower()
    found = tokens(text)
    limit = min(limit, MAX_SUGGESTIONS)
    if not found or text.endswith(" ") or limit < 1:
        return ()
    head, last = text[: found[-1].start], found[-1].word
    request = SearchRequest(query=text, vector=False, typo_tolerance=False, enable_rules=False)
    plan, _, _ = understand(request, index=index, definition=definition, encoder=None, now=now)
    needed = replace(plan, weights=replace(plan.weights, enough=0), length=_LOOKED_AT)
    outcome = index.search(needed)
    names = [name for hit in outcome.hits for name in _names(orjson.loads(hit.record), definition)]
    completions = [head + word for word in _completions(last, names, index, alone=len(found) == 1)]
    return tuple(dict.fromkeys([*completions, *(name for name in names if _fits(name, found[0].word))]))[:limit]


def _completions(last: str, names: Iterable[str], index: CatalogIndex, *, alone: bool) -> list[str]:
    """Return whole words that begin so: of the whole index for a single word, else of the products that match."""
    if alone:
        return [each.word for each in index.vocabulary.beginning(last, MAX_SUGGESTIONS)]
    counts = Counter(word for name in names for word in {token.word for token in tokens(name)} if word.startswith(last))
    return [word for word, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]


def _names(record: Mapping[str, Any], definition: IndexDefinition) -> list[str]:
    """Return the product's name: of the mapped field, else of the first searchable attribute."""
    mapped = definition.settings.fields.name
    name = mapped or next(iter(searched_places(definition.settings)[0].names), None)
    return attribute_texts(record, name)[:1] if name else []


def _fits(name: str, first: str) -> bool:
    """Return whether a name is short enough for a line and has the first word typed."""
    return len(name) <= 60 and any(token.word.startswith(first) for token in tokens(name))
