"""The words of an index: how common they are, which lie near a misspelt one, which begin so."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.segment import Segment
from tradewind.search.embedded.word_building import signatures
from tradewind.search.index import KnownWord, Standing

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

    def standing(self, stems: tuple[str, ...], beside: tuple[str, ...]) -> Sequence[Standing]:
        """Return how each of `stems` stands, alone and with each of the stems `beside` it; none is beside itself."""
        total = np.zeros((len(stems), 3), np.int64)
        for segment in self._segments:
            total += _standing(segment, stems, beside)
        return [Standing(*counts) for counts in total.tolist()]


def _standing(segment: Segment, stems: Sequence[str], beside: Sequence[str]) -> Array:
    """Return the counts of a `Standing` for each of the stems, shape (stems, 3)."""
    words = segment.words
    slices = {each: words.of_stem(words.stems.find(each.encode("utf-8", "replace"))) for each in {*stems, *beside}}
    made = np.zeros((len(stems), 3), np.int64)
    for at, each in enumerate(stems):
        start, end = slices[each]
        rows = _first_rows(segment, start, end)
        both = (_together(segment, rows, *slices[other]) for other in beside if other != each)
        made[at] = _live(segment, words.rows[start:end]), _live(segment, rows), sum(both) if len(rows) else 0
    return made


def _first_rows(segment: Segment, start: int, end: int) -> Array:
    """Return the rows of postings that are in the first place, in order."""
    return np.asarray(segment.words.rows[start:end][segment.words.impacts[start:end, 0] > 0])


def _together(segment: Segment, rows: Array, start: int, end: int) -> int:
    """Return how many live ones of the rows, in order, have a term in the first place, too: of its postings [start,
    end), which may be many more than the rows, few are looked at."""
    held = segment.words.rows[start:end]
    if len(held) <= len(rows):
        first = _first_rows(segment, start, end)
        return _live(segment, first[rows.take(rows.searchsorted(first), mode="clip") == first])
    at = held.searchsorted(rows)
    both = held.take(at, mode="clip") == rows
    return _live(segment, rows[both][segment.words.impacts[at[both] + start, 0] > 0])


def _live(segment: Segment, rows: Array) -> int:
    """Return how many of the rows are live."""
    return len(rows) if segment.live is None else int(np.count_nonzero(segment.live[rows]))


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
    """Return (number, distance) of words 1 to `edits` away: few remain after lengths and letters are compared."""
    held = segment.words.arrays
    lengths = held["words.lengths"].astype(np.int16)
    could = np.abs(lengths - min(len(word), 255)) <= edits
    could &= np.bitwise_count(held["words.signatures"] ^ signatures([word])[0]) <= 2 * edits
    candidates = np.flatnonzero(could).tolist()
    texts = [segment.words.words[at].decode() for at in candidates]
    if edits == 1:
        return [(at, 1) for at, other in zip(candidates, texts, strict=True) if is_one_edit(word, other)]
    far = distances(word, texts, edits)
    return [(at, int(d)) for at, d in zip(candidates, far, strict=True) if 1 <= d <= edits]


def is_one_edit(word: str, other: str) -> bool:
    """Return whether a word becomes another by one letter added, left out, changed, or two neighbours swapped: of few
    words, much quicker than `distances`."""
    shorter = min(len(word), len(other))
    at = next((at for at in range(shorter) if word[at] != other[at]), shorter)
    if len(word) != len(other):
        return word[at:] == other[at + 1 :] or word[at + 1 :] == other[at:]
    if word[at + 1 :] == other[at + 1 :]:
        return word != other
    return word[at + 2 :] == other[at + 2 :] and word[at : at + 2] == other[at : at + 2][::-1]


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
