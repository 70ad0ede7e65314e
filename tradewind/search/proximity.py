"""Where the words of a query stand in a record: what Algolia's ranking info tells."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.catalog.record import values_at
from tradewind.search.highlighting import Highlighter, word_places

FARTHEST = 8  # words; what is farther apart counts as this far, as Algolia has it
ATTRIBUTE_STEP = 1000


@dataclass(frozen=True, slots=True)
class Places:
    """`first_matched`: place of the first attribute with a match, times 1,000, plus the word in it. `proximity`: sum of
    the distances in words between neighbours of the query, 1 where they are neighbours in the text."""

    exact_words: int = 0
    first_matched: int = 0
    proximity: int = 0


def places_of(record: Mapping[str, Any], searchable: Sequence[str], highlighter: Highlighter, words: int) -> Places:
    """Return where the words of the query stand in the searchable attributes; all attributes where none are named."""
    exact: set[int] = set()
    first: int | None = None
    nearest = [FARTHEST] * max(0, words - 1)
    for number, attribute in enumerate(searchable or tuple(record)):
        for value in values_at(record, attribute):
            if not isinstance(value, str):
                continue
            found = _found(value, highlighter, exact)
            if found and first is None:
                first = number * ATTRIBUTE_STEP + min(found[0][1], ATTRIBUTE_STEP - 1)
            _approach(nearest, found)
    return Places(len(exact), first or 0, sum(nearest))


def _found(text: str, highlighter: Highlighter, exact: set[int]) -> list[tuple[int, int]]:
    """Return (word of the query, place in the text) of every match; add words that match exactly."""
    marks = highlighter.marks(text)
    if not marks:
        return []
    starts = [start for start, _ in word_places(text)]
    for mark in marks:
        exact.update(mark.exact)
    return [(word, bisect_right(starts, mark.start) - 1) for mark in marks for word in mark.words]


def _approach(nearest: list[int], found: Sequence[tuple[int, int]]) -> None:
    for pair in range(len(nearest)):
        for at in (place for word, place in found if word == pair):
            for other in (place for word, place in found if word == pair + 1):
                # A word that stands before its neighbour of the query costs one more.
                apart = other - at if other > at else at - other + 1
                nearest[pair] = min(nearest[pair], max(1, apart))
