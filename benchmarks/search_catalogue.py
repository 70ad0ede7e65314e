"""A big shop made up for measuring: products of the demo shop's kinds in many variants, with queries for them."""

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import orjson

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import FacetAttribute, Fields, IndexSettings, SearchableAttributes, SortKey
from tradewind.demo.vocabulary import CATEGORIES
from tradewind.search.encoder import DIMENSION, TextEncoder, Vectors

SEED = 20_260_101
FACETS = ("brand", "categories.lvl0", "colour", "tags")
SETTINGS = IndexSettings(
    searchable=tuple(SearchableAttributes((name,)) for name in ("name", "brand", "categories.lvl1", "description")),
    facets=tuple(FacetAttribute(name) for name in (*FACETS, "categories.lvl1", "price")),
    custom_ranking=(SortKey("popularity", "desc"),),
    fields=Fields(
        name="name", description="description", brand="brand", categories="categories", price="price", stock="stock"
    ),
)
DEFINITION = IndexDefinition(settings=SETTINGS)
_TAGS = ("gift", "new", "sale", "handmade", "recycled", "vegan", "limited", "bestseller", "fairtrade", "organic")
_SYLLABLES = (
    "ar",
    "bel",
    "cor",
    "dun",
    "el",
    "fen",
    "gar",
    "hol",
    "is",
    "jor",
    "kel",
    "lum",
    "mor",
    "nor",
    "ol",
    "pel",
)
_SENTENCE = (
    "Made to be used every day and to last for years",
    "a thoughtful present for a new home or a birthday",
    "finished by hand in small batches so that no two are alike",
    "easy to clean with warm water and a soft cloth",
    "looks at home in a country kitchen or a modern flat",
    "comes in a recycled box with a card for your message",
    "designed in our studio and inspired by the coast",
    "pairs well with other pieces of the same range",
    "warm to the touch and gentle on the eye in the evening",
    "sturdy enough for picnics travel and busy family life",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A product."""

    record: dict[str, Any]


def products(count: int) -> Iterator[Made]:
    """Yield so many products: names of about 8 words, descriptions of about 40, words by Zipf's law."""
    rng = Random(SEED)
    kinds = [
        (category, kind, style, colour)
        for category in CATEGORIES
        for kind in category.kinds
        for style in kind.styles or category.styles
        for colour in kind.colours or category.colours
    ]
    for number in range(count):
        category, kind, style, colour = rng.choice(kinds)
        series = _invented(rng)
        tags = rng.sample(_TAGS, rng.randint(0, 3))
        sentences = ". ".join(rng.sample(_SENTENCE, 3))
        name = f"{series} {style} {kind.noun} in {colour} No {number % 997}"
        yield Made(
            {
                "objectID": f"P{number:07}",
                "sku": f"P{number:07}",
                "name": name,
                "description": f"{series} {kind.noun} in {colour}. {sentences}. {_invented(rng)} {_invented(rng)}.",
                "brand": f"{rng.choice(category.brands)} {number % 40}",
                "categories": {"lvl0": category.name, "lvl1": f"{category.name} > {kind.noun}"},
                "colour": colour,
                "tags": tags,
                "price": rng.randint(kind.low, kind.high) / 100,
                "stock": rng.randint(0, 40),
                "popularity": 1000 // rng.randint(1, 400),
            },
        )


def _invented(rng: Random) -> str:
    """Return one of some 50,000 invented names; a few are common, as with words of a language."""
    rank = int(math.exp(rng.random() * math.log(50_000)))
    return "".join(_SYLLABLES[rank // 16**at % 16] for at in range(4)).capitalize()


def queries(count: int) -> list[tuple[str, str]]:
    """Return (query, a category to filter by): one to four words that shoppers would type."""
    rng = Random(SEED + 1)
    made = []
    for _ in range(count):
        category = rng.choice(CATEGORIES)
        kind = rng.choice(category.kinds)
        words = [*rng.choice(kind.styles or category.styles).split()[:1], *kind.noun.split()]
        made.append((" ".join(words[rng.randint(0, 1) :]).lower(), category.name))
    return made


def _topics() -> dict[str, str]:
    """Return style, kind and category by style and kind, as names have them: products of one topic mean much the
    same."""
    return {
        f"{style} {kind.noun}": f"{style} {kind.noun} {category.name}"
        for category in CATEGORIES
        for kind in category.kinds
        for style in kind.styles or category.styles
    }


def stored(made: Sequence[Made]) -> list[StoredRecord]:
    return [StoredRecord(each.record["objectID"], orjson.dumps(each.record)) for each in made]


class TopicEncoder:
    """Encodes the topics of products with a real encoder (or none: random directions), and adds noise to tell them
    apart: 43,000 texts would take minutes."""

    def __init__(self, encoder: TextEncoder | None, *, noise: float = 0.6) -> None:
        self.name = "topics" if encoder is None else encoder.name
        topics = _topics()
        self._rng = np.random.default_rng(SEED)
        self._noise = noise
        self._encoder = encoder
        vectors = self._random(len(topics)) if encoder is None else encoder.encode_many(list(topics.values()))
        self._vectors = dict(zip(topics, vectors, strict=True))  # by style and kind

    def encode(self, text: str) -> Vectors:
        """Return the vector of a query. Computed each time: an encoder may remember queries."""
        made = self._random(1) if self._encoder is None else self._encoder.encode_many([text])
        return np.asarray(made[0])

    def encode_many(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of products, by their encoded texts: the same text has the same one at every engine."""
        names = (text.split(". ", 1)[0] for text in texts)
        topics = np.stack([self._vectors[name.split(" ", 1)[1].rsplit(" in ", 1)[0]] for name in names])
        return _unit(topics + self._noise * np.stack(list(map(_direction, texts))))

    def _random(self, count: int) -> Vectors:
        return _unit(self._rng.standard_normal((count, DIMENSION), dtype=np.float32))


def _direction(text: str) -> Vectors:
    """Return a random direction that a text always has."""
    rng = np.random.Generator(np.random.Philox(key=zlib.crc32(text.encode())))
    direction: Vectors = _unit(rng.standard_normal((1, DIMENSION), dtype=np.float32))[0]
    return direction


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
