"""Which texts of a record are searched, and which are encoded. Both engines read records by these functions."""

from collections.abc import Iterator, Mapping
from typing import Any

from tradewind.catalog.record import values_at
from tradewind.catalog.settings import IndexSettings, SearchableAttributes, Weights

MAX_ENCODED_CHARACTERS = 1000  # about 256 tokens, which is what the encoder reads
MAX_DEPTH = 30  # of nested values that are looked at; JSON may nest deeper than Python may recurse

EVERY_TEXT = (SearchableAttributes(names=(), ordered=False),)
_HIGHEST_WEIGHT, _LOWEST_WEIGHT = 3.0, 1.0


def searched_places(settings: IndexSettings) -> tuple[SearchableAttributes, ...]:
    """Return the places that words match in; one without names stands for every text of a record."""
    return settings.searchable or EVERY_TEXT


def place_weights(weights: Weights, places: int) -> list[float]:
    """Return how much each place counts: as set; missing ones fall by half, from 3 to 1.

    >>> place_weights(Weights(), 4)
    [3.0, 1.5, 1.0, 1.0]
    """
    given = list(weights.attributes[:places])
    return given + [max(_LOWEST_WEIGHT, _HIGHEST_WEIGHT / 2**at) for at in range(len(given), places)]


def place_texts(record: Mapping[str, Any], place: SearchableAttributes) -> list[str]:
    """Return the texts of a place in order: of its attributes and of what lies below them; numbers as facets show
    them, booleans not. A place without names has every text of the record, objectID apart."""
    if place.names:
        return [text for name in place.names for text in attribute_texts(record, name)]
    return [text for name, value in record.items() if name != "objectID" for text in _texts_below(value)]


def attribute_texts(record: Mapping[str, Any], name: str) -> list[str]:
    """Return the texts of an attribute; of one that holds objects, the texts in them."""
    held = record.get(name)
    if isinstance(held, str):  # most are: the rest comes to the same, slowly
        return [held]
    found = [facet_text(value) for value in values_at(record, name) if not isinstance(value, bool)]
    return found or [text for value in _objects_at(record, name) for text in _texts_below(value)]


def encoded_text(record: Mapping[str, Any], settings: IndexSettings) -> str:
    """Return what the encoder reads of a product: its name, description, brand and categories where the settings map
    them, else the texts that are searched; at most MAX_ENCODED_CHARACTERS."""
    fields = settings.fields
    mapped = [name for name in (fields.name, fields.brand, fields.categories, fields.description) if name]
    if fields.name or fields.description:
        texts = [text for name in mapped for text in attribute_texts(record, name)]
    else:
        texts = [text for place in searched_places(settings) for text in place_texts(record, place)]
    return ". ".join(dict.fromkeys(text.strip() for text in texts if text.strip()))[:MAX_ENCODED_CHARACTERS]


def facet_text(value: str | float | bool) -> str:
    """Return a value as facets show it: "true", "false"; whole numbers without a fraction, "10" for 10.0."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return str(value)


def _objects_at(record: Mapping[str, Any], name: str) -> Iterator[Any]:
    if name in record:
        yield record[name]
        return
    head, dot, rest = name.partition(".")
    below = record.get(head)
    if dot and isinstance(below, Mapping):
        yield from _objects_at(below, rest)


def _texts_below(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < MAX_DEPTH and isinstance(value, list | Mapping):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_below(each, depth + 1)
