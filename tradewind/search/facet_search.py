"""Search in the values of a facet: "ac" finds "Acme" among the brands."""

from dataclasses import dataclass, replace
from datetime import datetime

from tradewind.catalog.definition import IndexDefinition
from tradewind.errors import InputError
from tradewind.search.encoder import TextEncoder
from tradewind.search.highlighting import Highlighter
from tradewind.search.index import CatalogIndex
from tradewind.search.plan import Alternative, Word
from tradewind.search.relaxing import with_fewer_words
from tradewind.search.request import SearchRequest
from tradewind.search.text import folded, tokens
from tradewind.search.understanding.normalise import normalise
from tradewind.search.understanding.understand import understand

MAX_FACET_HITS = 100  # Algolia's limit
DEFAULT_FACET_HITS = 10
_LOOKED_AT = 1000  # values with the first word, where more words have to be there too


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A value of a facet; `highlighted` marks what was typed."""

    value: str
    highlighted: str
    count: int


def search_facet(
    request: SearchRequest,
    attribute: str,
    facet_query: str,
    *,
    limit: int = DEFAULT_FACET_HITS,
    index: CatalogIndex,
    definition: IndexDefinition,
    encoder: TextEncoder | None,
    now: datetime,
) -> tuple[FoundValue, ...]:
    """Return values of a facet over the request's match set, most products first.

    Every word of `facet_query` has to begin a word of the value. Raises: InputError for a facet that is not searchable;
    IndexUnavailable.
    """
    facet = next((each for each in definition.settings.facets if each.name == attribute), None)
    if facet is None or not facet.searchable:
        raise InputError("facet", repr(attribute)[:80], f"add searchable({attribute}) to attributesForFaceting")
    if not 1 <= limit <= MAX_FACET_HITS:
        raise InputError("maxFacetHits", str(limit), f"must be from 1 to {MAX_FACET_HITS}")
    plan, _, request = understand(request, index=index, definition=definition, encoder=encoder, now=now)
    plan = with_fewer_words(plan, index, request.remove_words or definition.settings.remove_words)
    sought = [token.word for token in tokens(normalise(facet_query))]
    values = index.facet_values(
        replace(plan, length=0, facets=()),
        attribute,
        containing=max(sought, key=len, default=""),
        limit=limit if len(sought) <= 1 else _LOOKED_AT,
    )
    marker = Highlighter([_beginning(word) for word in sought], language="", pre=request.pre_tag, post=request.post_tag)
    return tuple(
        FoundValue(each.value, marker.highlight(each.value).value, each.count)
        for each in values
        if _begin_words(sought, each.value)
    )[:limit]


def _beginning(word: str) -> Word:
    return Word(text=word, alternatives=(Alternative(terms=(word,), kind="prefix", prefix=True),))


def _begin_words(sought: list[str], value: str) -> bool:
    if len(sought) <= 1:
        return True  # the index has looked
    words = [token.word for token in tokens(folded(value))]
    return all(any(word.startswith(each) for word in words) for each in sought)
