"""A small shop of designed products, and short ways to write plans for it."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import FacetAttribute, Fields, IndexSettings, SearchableAttributes, Weights
from tradewind.search.plan import Alternative, Word
from tradewind.search.text import stem, words

Record = Mapping[str, Any]

SETTINGS = IndexSettings(
    searchable=(SearchableAttributes(("name", "alias")), SearchableAttributes(("description",), ordered=False)),
    facets=tuple(FacetAttribute(name) for name in ("brand", "colours", "price", "fresh", "categories.lvl0", "size")),
    distinct_attribute="family",
    fields=Fields(name="name", description="description"),
)
SHOP = IndexDefinition(settings=SETTINGS)
EXACTLY = Weights(enough=0)  # all words, never fewer

RECORDS: Sequence[Record] = (
    {
        "objectID": "a",
        "name": "Red running shoes",
        "description": "Light for long runs",
        "brand": "Acme",
        "colours": ["red", "white"],
        "price": 50,
        "stock": 3,
        "fresh": True,
        "categories": {"lvl0": "Shoes"},
        "family": "runner",
        "popularity": 5,
        "_geoloc": {"lat": 51.5074, "lng": -0.1278},  # London
    },
    {
        "objectID": "b",
        "name": "Blue running shoes",
        "description": "Light for short runs",
        "brand": "Acme",
        "colours": ["blue"],
        "price": 60.5,
        "stock": 0,
        "fresh": False,
        "categories": {"lvl0": "Shoes"},
        "family": "runner",
        "popularity": 9,
        "_geoloc": {"lat": 48.8566, "lng": 2.3522},  # Paris
    },
    {
        "objectID": "c",
        "name": "Shoe laces",
        "alias": "Shoestrings",
        "description": "Red and strong",
        "brand": "Bolt",
        "colours": ["red"],
        "price": 5,
        "stock": 12,
        "categories": {"lvl0": "Accessories"},
        "popularity": 9,
    },
    {
        "objectID": "d",
        "name": "Wool blanket",
        "description": "Warm for a sofa",
        "brand": "Crofter",
        "price": 80,
        "categories": {"lvl0": "Home"},
        "popularity": 1,
        "_geoloc": [{"lat": 40.7128, "lng": -74.006}, {"lat": 51.752, "lng": -1.2577}],  # New York, Oxford
    },
    {"objectID": "e", "name": "Candle", "brand": "Crofter", "price": 8, "size": [10, 20], "_tags": ["gift"]},
    {"objectID": "f", "name": "Crème brûlée torch", "description": "For the kitchen", "price": 25, "popularity": 2},
)


def stored(records: Sequence[Record]) -> list[StoredRecord]:
    """Return records as the store has them."""
    return [StoredRecord(record["objectID"], orjson.dumps(record)) for record in records]


def word(text: str, **more: Any) -> Word:
    """Return a word that matches by its stem."""
    return Word(text=text, alternatives=(Alternative(terms=(stem(text, "en"),)),), **more)


def the_words(query: str) -> tuple[Word, ...]:
    """Return the words of a query, each by its stem."""
    return tuple(word(each) for each in words(query))


def prefix(text: str, *before: str) -> Word:
    """Return a word that matches by the beginning of a word."""
    terms = (*(stem(each, "en") for each in before), text)
    return Word(text=text, alternatives=(Alternative(terms=terms, kind="prefix", prefix=True),))
