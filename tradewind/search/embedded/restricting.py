"""Words that may match in certain attributes only, where the postings do not tell these from others.

Postings tell places apart. A place of several attributes, and one of every text of a record, hold more than what is
asked for: the records of the rows that were found say where the words stand. Each is read once in a query.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson

from tradewind.catalog.settings import SearchableAttributes
from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.segment import Segment
from tradewind.search.phrases import searched_texts
from tradewind.search.plan import Alternative
from tradewind.search.text import stem, words


def needs_records(places: Sequence[SearchableAttributes], attributes: Sequence[str] | None) -> bool:
    """Return whether a place holds one of `attributes` together with others."""
    if attributes is None:
        return False
    return any(not place.names or 0 < len(set(place.names) & set(attributes)) < len(place.names) for place in places)


@dataclass(frozen=True, slots=True)
class Restriction:
    """Only words in these attributes count."""

    places: Sequence[SearchableAttributes]
    attributes: Sequence[str]
    language: str
    _read: dict[int, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)

    def kept(self, segment: Segment, rows: Array, alternative: Alternative) -> Array:
        """Return which rows of a segment have all terms of an alternative in the attributes; bool."""
        distinct, at = np.unique(rows, return_inverse=True)
        holding = np.fromiter((self._has(segment, row, alternative) for row in distinct.tolist()), bool, len(distinct))
        return np.asarray(holding[at])

    def _has(self, segment: Segment, row: int, alternative: Alternative) -> bool:
        surfaces, stems = self._words(segment, row)
        terms = alternative.terms[:-1] if alternative.prefix else alternative.terms
        if not stems.issuperset(terms):
            return False
        return not alternative.prefix or any(word.startswith(alternative.terms[-1]) for word in surfaces)

    def _words(self, segment: Segment, row: int) -> tuple[frozenset[str], frozenset[str]]:
        key = segment.offset + row
        if key not in self._read:
            record = orjson.loads(segment.bodies[row])
            texts = searched_texts(record, self.places, self.attributes)
            surfaces = frozenset(word for text in texts for word in words(text))
            self._read[key] = surfaces, frozenset(stem(word, self.language) for word in surfaces)
        return self._read[key]
