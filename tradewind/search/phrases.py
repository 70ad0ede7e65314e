"""Whether the texts of one record have words side by side: what a quoted phrase and an excluded word ask."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from tradewind.catalog.settings import SearchableAttributes
from tradewind.search.filters import HasPhrase
from tradewind.search.product_texts import attribute_texts, place_texts
from tradewind.search.text import stem, words


def searched_texts(
    record: Mapping[str, Any], places: Iterable[SearchableAttributes], attributes: Sequence[str] | None
) -> Iterable[str]:
    """Return the texts of the searched places; of these `attributes` alone where they are given. A place without names
    has every attribute."""
    if attributes is None:
        return chain.from_iterable(place_texts(record, place) for place in places)
    named = {name for place in places for name in (place.names or attributes)}
    return chain.from_iterable(attribute_texts(record, name) for name in attributes if name in named)


def has_phrase(record: Mapping[str, Any], asked: HasPhrase, places: Iterable[SearchableAttributes]) -> bool:
    """Return whether one of the searched texts has the stems side by side."""
    wanted = f" {' '.join(asked.stems)} "  # no word has a space in it
    return any(
        wanted in f" {' '.join(stem(word, asked.language) for word in words(text))} "
        for text in searched_texts(record, places, asked.attributes)
    )
