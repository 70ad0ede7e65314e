"""The words of many products as arrays: vocabulary, postings with their BM25 impacts, neighbours, spelling signatures.

Tokens are columns: word, row, place, position. Everything after the splitting of texts is done on whole columns.
"""

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from tradewind.search import text
from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.strings import packed

K1, B = 1.2, 0.75  # Robertson, Zaragoza 2009; Lucene's defaults
EARLY = 0.1  # how much more the first word of an ordered attribute counts; falls to nothing at word EARLY_WORDS
EARLY_WORDS = 10
IMPACT_STEP = 0.01  # impacts are stored in steps of it: (K1 + 1) x (1 + EARLY) = 2.42 < 255 steps


class _Numbering(defaultdict[str, int]):
    """Numbers words in the order in which they are first asked for."""

    def __init__(self) -> None:
        super().__init__(count().__next__)


@dataclass(slots=True)
class TokenColumns:
    """The tokens of products, added row by row."""

    numbers: _Numbering = field(default_factory=_Numbering)
    words: "array[int]" = field(default_factory=lambda: array("i"))
    lengths: "array[int]" = field(default_factory=lambda: array("i"))  # of every row and place in turn

    def add(self, places: Sequence[Sequence[str]]) -> None:
        """Add the next row: for each place its texts."""
        number = self.numbers.__getitem__
        for texts in places:
            before = len(self.words)
            for each in texts:
                self.words.extend(map(number, text.words(each)))
            self.lengths.append(len(self.words) - before)


def average_lengths(columns: TokenColumns, places: int) -> list[float]:
    """Return the mean number of tokens of each place, over the rows that have any there."""
    lengths = np.array(columns.lengths, np.int32).reshape(-1, places)
    held = np.maximum((lengths > 0).sum(axis=0), 1)
    return [max(float(each), 1.0) for each in lengths.sum(axis=0) / held]


def word_arrays(
    columns: TokenColumns, *, ordered: Sequence[bool], averages: Sequence[float], language: str
) -> dict[str, Array]:
    """Return the arrays of a words file. `ordered` and `averages` have one entry for each place."""
    places = len(ordered)
    lengths = np.array(columns.lengths, np.int32)
    cell = np.repeat(np.arange(len(lengths)), lengths)  # row x places + place
    starts = np.cumsum(lengths) - lengths
    position = np.arange(len(cell)) - np.repeat(starts, lengths)
    words, surface = _sorted_numbers(list(columns.numbers), np.array(columns.words, np.int32))
    stem_texts, stem_of = _stems(words, language)
    measures = _Measures(places, lengths, np.asarray(ordered), np.asarray(averages))
    surface_postings = _postings(surface, len(words), cell, position, measures)
    stem = stem_of[surface] if len(surface) else surface
    surfaces_of = np.bincount(stem_of, minlength=len(stem_texts))
    shared = surfaces_of > 1
    picked = np.flatnonzero(shared[stem]) if len(stem) else np.zeros(0, np.int64)
    stem_postings = _postings(stem[picked], len(stem_texts), cell[picked], position[picked], measures)
    start, end = surface_postings.pointers[:-1].copy(), surface_postings.pointers[1:].copy()
    stem_start, stem_end = np.zeros(len(stem_texts), np.int64), np.zeros(len(stem_texts), np.int64)
    stem_start[stem_of], stem_end[stem_of] = start, end  # right for stems of one word only; the others follow
    after = len(surface_postings.rows)
    stem_start[shared] = stem_postings.pointers[:-1][shared] + after
    stem_end[shared] = stem_postings.pointers[1:][shared] + after
    return {
        **packed("words", [word.encode("utf-8", "replace") for word in words]),
        **packed("stems", [each.encode("utf-8", "replace") for each in stem_texts]),
        "words.pointers": surface_postings.pointers,
        "stems.start": stem_start,
        "stems.end": stem_end,
        "postings.rows": np.concatenate([surface_postings.rows, stem_postings.rows]),
        "postings.impacts": np.concatenate([surface_postings.impacts, stem_postings.impacts]),
        "words.signatures": signatures(words),
        "words.lengths": np.fromiter(map(len, words), np.uint8, len(words)),
        **_neighbours(stem, cell, places),
    }


def signatures(words: Sequence[str]) -> Array:
    """Return 64 bits a word: for each of 32 classes of letters whether it occurs, and whether twice.

    One edit changes the count of at most two classes by one, so at most two bits: words within e edits of each other
    differ in 2e bits or fewer. uint64, shape (words,).
    """
    made = np.zeros(len(words), np.uint64)
    for at, word in enumerate(words):
        once = twice = 0
        for letter in word:
            bit = 1 << (ord(letter) & 31)
            twice |= once & bit
            once |= bit
        made[at] = once | twice << 32
    return made


@dataclass(frozen=True, slots=True)
class _Measures:
    places: int
    lengths: Array  # of every row and place in turn
    ordered: Array
    averages: Array


@dataclass(frozen=True, slots=True)
class _Postings:
    pointers: Array  # int64, shape (terms + 1,)
    rows: Array  # int32, sorted within a term
    impacts: Array  # uint8, shape (postings, places), 0: not in that place


def _sorted_numbers(words: list[str], tokens: Array) -> tuple[list[str], Array]:
    """Return the words in order of their UTF-8 bytes, and the tokens' numbers in that order."""
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.empty(len(words), np.int64)
    rank[order] = np.arange(len(words))
    return [words[at] for at in order], rank[tokens] if len(tokens) else tokens.astype(np.int64)


def _stems(words: Sequence[str], language: str) -> tuple[list[str], Array]:
    of_word = [text.stem(word, language) for word in words]
    stems = sorted(set(of_word))
    number = {each: at for at, each in enumerate(stems)}
    return stems, np.fromiter(map(number.__getitem__, of_word), np.int64, len(words))


def _postings(term: Array, terms: int, cell: Array, position: Array, measures: _Measures) -> _Postings:
    """Return the postings of tokens. Tokens are in order of cell and position."""
    cells = max(len(measures.lengths), 1)
    key = term * cells + cell
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1)) if len(key) else np.zeros(0, np.int64)
    frequency = np.diff(first, append=len(key))
    group_term, group_cell = key[first] // cells, key[first] % cells
    impact = _impacts(frequency, group_cell, position[order][first], measures)
    row, place = group_cell // measures.places, group_cell % measures.places
    pair = group_term * (cells // measures.places + 1) + row
    start = np.diff(pair, prepend=-1) != 0
    at = np.cumsum(start) - 1
    impacts = np.zeros((int(start.sum()), measures.places), np.uint8)
    impacts[at, place] = impact
    pointers = np.zeros(terms + 1, np.int64)
    np.cumsum(np.bincount(group_term[start], minlength=terms), out=pointers[1:])
    return _Postings(pointers, row[start].astype(np.int32), impacts)


def _impacts(frequency: Array, cell: Array, first: Array, measures: _Measures) -> Array:
    """Return BM25's part without idf, f (k1 + 1) / (f + k1 (1 - b + b length / average)), in steps, never 0."""
    place = cell % measures.places
    relative = measures.lengths[cell] / measures.averages[place]
    value = frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * relative))
    early = 1 + EARLY * np.clip(1 - first / EARLY_WORDS, 0, 1) * measures.ordered[place]
    return np.asarray(np.clip(np.rint(value * early / IMPACT_STEP), 1, 255), np.uint8)


def _neighbours(stem: Array, cell: Array, places: int) -> dict[str, Array]:
    """Return which rows have which two stems side by side in the first place."""
    here = np.flatnonzero((cell[1:] == cell[:-1]) & (cell[1:] % places == 0))
    pair = (stem[here].astype(np.uint64) << np.uint64(32)) | stem[here + 1].astype(np.uint64)
    row = (cell[here] // places).astype(np.int32)
    order = np.lexsort((row, pair))
    pair, row = pair[order], row[order]
    kept = np.ones(len(pair), bool)
    kept[1:] = (pair[1:] != pair[:-1]) | (row[1:] != row[:-1])
    keys, starts = np.unique(pair[kept], return_index=True)
    return {
        "neighbours.keys": keys,
        "neighbours.pointers": np.append(starts, int(kept.sum())).astype(np.int64),
        "neighbours.rows": row[kept],
    }
