"""The answer to a request, free of any wire form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tradewind.search.filters import Filter
from tradewind.search.plan import Hit, Outcome


class Highlighted(NamedTuple):
    """One attribute value with its matches marked. A tuple: an answer has a hundred, and these are made faster."""

    value: str
    match: str  # "none", "partial" or "full": of the query's words
    words: tuple[str, ...] = ()  # of the query that were found
    full: bool = False  # the whole value is marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A hit as it is shown. The trees mirror the record; their leaves are Highlighted."""

    hit: Hit
    record: bytes  # JSON, cut to the attributes to retrieve
    highlights: Any = None
    snippets: Any = None
    exact_words: int = 0
    first_matched: int = 0  # place of the first attribute that matched, x 1000, + word within it
    proximity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the query was understood."""

    query: str  # after rules and spelling
    corrections: Mapping[str, str] = field(default_factory=dict)  # typed -> searched
    removed: tuple[str, ...] = ()  # stop words, words of a price phrase
    price: Filter | None = None  # what a price phrase became
    price_text: str | None = None  # "under 30"
    phrases: tuple[str, ...] = ()  # in quotes: every product has them
    excluded: tuple[str, ...] = ()  # behind a minus: no product has them
    rules: tuple[str, ...] = ()  # ids of the rules that applied
    synonyms: tuple[str, ...] = ()
    relaxed: bool = False  # not all words had to match
    lexical_only: bool = False  # no encoder or no vectors
    redirect: str | None = None
    user_data: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """One answer. `query_id` is 32 hex digits, minted for every request that is analysed."""

    query_id: str
    index: str
    version: str
    shown: tuple[Shown, ...]
    outcome: Outcome
    reading: Reading
    page: int
    hits_per_page: int
    pages: int
    offset: int | None = None
    length: int | None = None
