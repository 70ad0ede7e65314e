"""The words of an index: how common they are, which lie near a misspelt one, which begin so."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.segment import Segment
from tradewind.search.embedded.word_building import signatures
from tradewind.search.index import KnownWord

_FAR = 99


class EmbeddedVocabulary:
    """The words of all segments. Words of dead records only are not known."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments

    def products_with(self, word: str) -> int:
        """Return how many live products hold the folded word."""
        key = word.encode("utf-8", "replace")
        found = ((segment, segment.words.words.find(key)) for segment in self._segments)
        return sum(_products(segment, at) for segment, at in found if at >= 0)

    def near(self, word: str, edits: int) -> Sequence[KnownWord]:
        """Return known words 1 to `edits` edits away; fewest edits, then most products, then the word."""
        distance: dict[str, int] = {}
        products: Counter[str] = Counter()
        for segment in self._segments:
            for at, far in _near(segment, word, edits):
                known = segment.words.words[at].decode()
                distance[known] = far
                products[known] += _products(segment, at)
        known_words = [KnownWord(each, far, products[each]) for each, far in distance.items() if products[each]]
        return sorted(known_words, key=lambda each: (each.edits, -each.products, each.word))

    def beginning(self, prefix: str, limit: int) -> Sequence[KnownWord]:
        """Return known words that begin so; most products, then the word."""
        products: Counter[str] = Counter()
        for segment in self._segments:
            first, end = segment.words.words.beginning(prefix.encode("utf-8", "replace"))
            counts = _products_of(segment, first, end)
            # Words of other segments may add up to more: take more from each than is wanted in the end.
            for at in np.argsort(-counts, kind="stable")[: 4 * limit]:
                if counts[at]:
                    products[segment.words.words[first + int(at)].decode()] += int(counts[at])
        best = sorted(products.items(), key=lambda each: (-each[1], each[0]))[:limit]
        return [KnownWord(word, 0, held) for word, held in best]


def _products(segment: Segment, at: int) -> int:
    if segment.live is not None:
        return int(_products_of(segment, at, at + 1)[0])
    pointers = segment.words.arrays["words.pointers"]
    return int(pointers[at + 1]) - int(pointers[at])


def _products_of(segment: Segment, first: int, end: int) -> Array:
    """Return how many live rows hold each of the words [first, end)."""
    pointers = segment.words.arrays["words.pointers"][first : end + 1]
    if segment.live is None or first == end:
        return np.diff(pointers)
    live = segment.live[segment.words.rows[pointers[0] : pointers[-1]]]
    return np.diff(np.concatenate([[0], np.cumsum(live)])[pointers - pointers[0]])


def _near(segment: Segment, word: str, edits: int) -> list[tuple[int, int]]:
    """Return (number, distance) of words 1 to `edits` away: few remain after lengths and letters are compared, and
    those are measured side by side."""
    held = segment.words.arrays
    lengths = held["words.lengths"].astype(np.int16)
    could = np.abs(lengths - min(len(word), 255)) <= edits
    could &= np.bitwise_count(held["words.signatures"] ^ signatures([word])[0]) <= 2 * edits
    candidates = np.flatnonzero(could)
    texts = [segment.words.words[int(at)].decode() for at in candidates]
    far = distances(word, texts, edits)
    return [(int(at), int(d)) for at, d in zip(candidates, far, strict=True) if 1 <= d <= edits]


def distances(word: str, others: Sequence[str], edits: int) -> Array:
    """Return the optimal string alignment distance of a word to each other (Damerau 1964, no letter edited twice): the
    usual table, one column of it a letter of the word, for all others at once; those beyond `edits` may read more."""
    width = max(map(len, others), default=0)
    letters = np.zeros((len(others), width + 1), np.uint32)
    for at, other in enumerate(others):
        letters[at, 1 : len(other) + 1] = np.frombuffer(other.encode("utf-32-le"), np.uint32)
    lengths = np.fromiter(map(len, others), np.int64, len(others))
    before: Array | None = None
    last = np.tile(np.arange(width + 1, dtype=np.int16), (len(others), 1))
    for row, letter in enumerate(word, start=1):
        now = np.full_like(last, _FAR)
        now[:, 0] = row
        for at in range(max(1, row - edits), min(width, row + edits) + 1):  # the rest of the table is beyond `edits`
            same = letters[:, at] == ord(letter)
            now[:, at] = np.minimum(np.minimum(last[:, at], now[:, at - 1]) + 1, last[:, at - 1] + ~same)
            if before is not None and at > 1:
                swapped = same_swapped(letters, at, letter, word[row - 2])
                now[:, at] = np.minimum(now[:, at], np.where(swapped, before[:, at - 2] + 1, _FAR))
        before, last = last, now
    return last[np.arange(len(others)), lengths] if len(others) else lengths


def same_swapped(letters: Array, at: int, letter: str, letter_before: str) -> Array:
    """Return where two neighbouring letters are those of the word the other way round."""
    return np.asarray((letters[:, at - 1] == ord(letter)) & (letters[:, at] == ord(letter_before)))
