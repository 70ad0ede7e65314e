"""Which field of an OpenSearch index holds which part of a product, from the settings of the index.

Attributes have any name; fields are numbered or escaped, so that none collides with another or with OpenSearch's own.

    id     objectID                               body   the record's JSON, opaque
    w      stems of all places                    w0...  stems of one place of searchableAttributes
    p      folded words of all places             p0...  folded words of one place
    aw     stems behind their attribute, of places that are not one attribute alone: name/shoe
    ap     folded words likewise
    f0...  texts of one filterable attribute      n.*    numbers, by their escaped path
    geo    `_geoloc`                              b.*    booleans as 0 and 1, to sort by
    group  value of attributeForDistinct          v      the vector
"""

import hashlib
import re
from dataclasses import dataclass

from tradewind.catalog.settings import IndexSettings, SearchableAttributes
from tradewind.search.product_texts import searched_places

ID = "id"
BODY = "body"
STEMS = "w"
SURFACES = "p"
ATTRIBUTE_STEMS = "aw"
ATTRIBUTE_SURFACES = "ap"
NUMBERS = "n"
FLAGS = "b"
GEO = "geo"
VECTOR = "v"
GROUP = "group"

_LONGEST_NAME = 120  # of an attribute before a word: a token has 255 characters at most
_TAGS = "_tags"  # can be filtered by without being named in the settings, as with Algolia


@dataclass(frozen=True, slots=True)
class WordField:
    """Where the words of a place, or of an attribute in it, are; `before` stands before each of them there."""

    place: int
    stems: str
    surfaces: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of one index."""

    places: tuple[SearchableAttributes, ...]  # one without names: every text of a record
    facets: tuple[str, ...]  # attributes with a field of texts, in the order of the fields
    numeric: frozenset[str] | None  # numbers that can be filtered by; None: all
    distinct: str | None
    language: str

    def facet_field(self, attribute: str) -> str | None:
        """Return the field of the attribute's texts; None where it cannot be filtered by."""
        if attribute == "objectID":
            return ID
        return f"f{self.facets.index(attribute)}" if attribute in self.facets else None

    def filter_number_field(self, attribute: str) -> str | None:
        """Return the field of the attribute's numbers; None where the settings leave it out of filtering."""
        return number_field(attribute) if self.numeric is None or attribute in self.numeric else None

    def places_of(self, attributes: tuple[str, ...] | None) -> tuple[int, ...]:
        """Return the places that hold one of `attributes`, all for None."""
        if attributes is None:
            return tuple(range(len(self.places)))
        return tuple(
            at for at, place in enumerate(self.places) if not place.names or set(place.names) & set(attributes)
        )

    def word_fields(self, attributes: tuple[str, ...] | None) -> tuple[WordField, ...]:
        """Return where the words of `attributes` are, all for None: of a place that has others, too, by attribute."""
        found = []
        for at in self.places_of(attributes):
            names = self.places[at].names
            if attributes is None or (names and set(names) <= set(attributes)):
                found.append(WordField(at, stems_field(at), surfaces_field(at)))
                continue
            for name in dict.fromkeys(each for each in attributes if not names or each in names):
                found.append(WordField(at, ATTRIBUTE_STEMS, ATTRIBUTE_SURFACES, before_words(name)))
        return tuple(found)


def layout_of(settings: IndexSettings) -> Layout:
    """Return the fields that an index with these settings needs. Indexes with equal layouts can share their data."""
    also = [settings.distinct_attribute] if settings.distinct_attribute else []
    facets = dict.fromkeys([*(each.name for each in settings.facets), _TAGS, *also])
    return Layout(
        places=searched_places(settings),
        facets=tuple(facets),
        numeric=None if settings.numeric is None else frozenset(settings.numeric),
        distinct=settings.distinct_attribute,
        language=settings.language,
    )


def before_words(attribute: str) -> str:
    """Return what stands before the words of an attribute in the fields of attributes; no word has its sign in it."""
    name = escaped(attribute)
    if len(name) > _LONGEST_NAME:
        name = hashlib.sha256(name.encode()).hexdigest()
    return f"{name}/"


def stems_field(place: int) -> str:
    return f"{STEMS}{place}"


def surfaces_field(place: int) -> str:
    return f"{SURFACES}{place}"


def number_field(attribute: str) -> str:
    """Return the field of an attribute's numbers: n. and the path, with all but letters and digits as -hex-."""
    return f"{NUMBERS}.{escaped(attribute)}"


def flag_field(attribute: str) -> str:
    """Return the field of an attribute's booleans."""
    return f"{FLAGS}.{escaped(attribute)}"


def escaped(attribute: str) -> str:
    """Return a path as a field name: no two paths have the same.

    >>> escaped("price.eur")
    'price-2e-eur'
    """
    return re.sub(r"[^A-Za-z0-9_]", lambda found: f"-{ord(found[0]):x}-", attribute) or "-"
