"""The words of many products as arrays: vocabulary, postings with their BM25 impacts, neighbours, spelling signatures.

Tokens are columns: word, row, place, position. Everything after the splitting of texts is done on whole columns, block
by block of rows, and the blocks are put together group by group (see runs.py): a million products may have 60 million
tokens.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from tradewind.search import text
from tradewind.search.embedded.arrays import Array, Blocks
from tradewind.search.embedded.runs import Merged, Run
from tradewind.search.embedded.strings import packed

K1, B = 1.2, 0.75  # Robertson, Zaragoza 2009; Lucene's defaults
EARLY = 0.1  # how much more the first word of an ordered attribute counts; falls to nothing at word EARLY_WORDS
EARLY_WORDS = 10
IMPACT_STEP = 0.01  # impacts are stored in steps of it: (K1 + 1) x (1 + EARLY) = 2.42 < 255 steps
BLOCK = 1 << 21  # tokens, or row and place pairs: each takes some 50 bytes while its block is sorted


class Numbering(defaultdict[str, int]):
    """Numbers texts in the order in which they are first asked for."""

    def __init__(self) -> None:
        super().__init__(count().__next__)


@dataclass(frozen=True, slots=True)
class TokenBlock:
    """The tokens of some rows, int32: the words by their numbers, and how many each row and place in turn has."""

    words: Array
    lengths: Array


@dataclass(slots=True)
class TokenColumns:
    """The tokens of products, added row by row."""

    numbers: Numbering = field(default_factory=Numbering)
    blocks: list[TokenBlock] = field(default_factory=list)
    _words: "array[int]" = field(default_factory=lambda: array("i"))
    _lengths: "array[int]" = field(default_factory=lambda: array("i"))

    def add(self, places: Sequence[Sequence[str]]) -> None:
        """Add the next row: for each place its texts."""
        number = self.numbers.__getitem__
        held = self._words
        for texts in places:
            before = len(held)
            for each in texts:
                held.extend(map(number, text.words(each)))
            self._lengths.append(len(held) - before)
        if len(held) >= BLOCK or len(self._lengths) >= BLOCK:
            self.close()

    def close(self) -> None:
        """Make a block of the rows that are in none."""
        self.blocks.append(TokenBlock(np.frombuffer(self._words, np.int32), np.frombuffer(self._lengths, np.int32)))
        self._words, self._lengths = array("i"), array("i")


def average_lengths(columns: TokenColumns, places: int) -> list[float]:
    """Return the mean number of tokens of each place, over the rows that have any there."""
    held, total = np.zeros(places, np.int64), np.zeros(places, np.int64)
    for block in columns.blocks:
        lengths = block.lengths.reshape(-1, places)
        held += (lengths > 0).sum(axis=0)
        total += lengths.sum(axis=0)
    return [max(float(each), 1.0) for each in total / np.maximum(held, 1)]


def word_arrays(
    columns: TokenColumns, *, ordered: Sequence[bool], averages: Sequence[float], language: str
) -> dict[str, Array | Blocks]:
    """Return the arrays of a words file, and use up the blocks, of which there must be one. `ordered` and `averages`
    have one entry for each place."""
    words, rank = _sorted_numbers(columns.numbers)
    stem_texts, stem_of = _stems(words, language)
    shared = np.bincount(stem_of, minlength=len(stem_texts)) > 1
    measures = _Measures(np.asarray(ordered), np.asarray(averages))
    by_word, by_stem, by_pair = list[Run](), list[Run](), list[Run]()
    for tokens in _taken(columns.blocks, rank, measures.places):
        by_word.append(_postings(tokens, measures))
        stems = tokens.named(stem_of)
        by_stem.append(_postings(stems.only(shared[stems.term]), measures))
        by_pair.append(_neighbours(stems, measures.places))
    surface, stem, pairs = Merged(by_word), Merged(by_stem), Merged(by_pair)
    pointers, stem_pointers = _pointers(surface, len(words)), _pointers(stem, len(stem_texts))
    stem_start, stem_end = np.zeros(len(stem_texts), np.int64), np.zeros(len(stem_texts), np.int64)
    stem_start[stem_of], stem_end[stem_of] = pointers[:-1], pointers[1:]  # right for stems of one word only
    stem_start[shared] = stem_pointers[:-1][shared] + len(surface)
    stem_end[shared] = stem_pointers[1:][shared] + len(surface)
    return {
        **packed("words", [word.encode("utf-8", "replace") for word in words]),
        **packed("stems", [each.encode("utf-8", "replace") for each in stem_texts]),
        "words.pointers": pointers,
        "stems.start": stem_start,
        "stems.end": stem_end,
        "postings.rows": surface.column("rows").then(stem.column("rows")),
        "postings.impacts": surface.column("impacts").then(stem.column("impacts")),
        "words.signatures": signatures(words),
        "words.lengths": np.fromiter(map(len, words), np.uint8, len(words)),
        "neighbours.keys": pairs.keys,
        "neighbours.pointers": pairs.pointers,
        "neighbours.rows": pairs.column("rows"),
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
    ordered: Array
    averages: Array

    @property
    def places(self) -> int:
        return len(self.ordered)


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The tokens of a block in order of rows, places and positions. Cells are row x places + place, within it."""

    term: Array  # int64
    cell: Array
    position: Array
    lengths: Array  # of every cell
    first_row: int

    def named(self, term_of: Array) -> "_Tokens":
        """Return the tokens with their terms called by other numbers."""
        return _Tokens(term_of[self.term], self.cell, self.position, self.lengths, self.first_row)

    def only(self, kept: Array) -> "_Tokens":
        return _Tokens(self.term[kept], self.cell[kept], self.position[kept], self.lengths, self.first_row)


def _taken(blocks: list[TokenBlock], rank: Array, places: int) -> Iterator[_Tokens]:
    """Yield the tokens of each block, with words by rank, and forget it."""
    first_row = 0
    while blocks:
        block = blocks.pop(0)
        lengths = block.lengths
        cell = np.repeat(np.arange(len(lengths)), lengths)
        starts = np.cumsum(lengths) - lengths
        position = np.arange(len(cell)) - starts[cell]
        yield _Tokens(rank[block.words], cell, position, lengths, first_row)
        first_row += len(lengths) // places


def _sorted_numbers(numbers: Numbering) -> tuple[list[str], Array]:
    """Return the words in order of their UTF-8 bytes, and the place there of each by its number."""
    words = list(numbers)
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.empty(len(words), np.int64)
    rank[order] = np.arange(len(words))
    return [words[at] for at in order], rank


def _stems(words: Sequence[str], language: str) -> tuple[list[str], Array]:
    of_word = [text.stem(word, language) for word in words]
    stems = sorted(set(of_word))
    number = {each: at for at, each in enumerate(stems)}
    return stems, np.fromiter(map(number.__getitem__, of_word), np.int64, len(words))


def _pointers(merged: Merged, terms: int) -> Array:
    """Return where the postings of each term begin, and the end; int64, shape (terms + 1,)."""
    counts = np.zeros(terms + 1, np.int64)
    counts[merged.keys + 1] = np.diff(merged.pointers)
    return np.cumsum(counts)


def _postings(tokens: _Tokens, measures: _Measures) -> Run:
    """Return the postings of a block: rows, int32, in order within a term; impacts, uint8, shape (postings, places), 0:
    not in that place."""
    order, term = _by_term(tokens.term)
    cell = tokens.cell[order]
    first = np.flatnonzero(_begins(term) | _begins(cell))
    frequency = np.diff(first, append=len(term))
    group_term, group_cell = term[first], cell[first]
    impact = _impacts(frequency, group_cell, tokens.position[order[first]], tokens.lengths, measures)
    row, place = group_cell // measures.places, group_cell % measures.places
    start = _begins(group_term) | _begins(row)
    impacts = np.zeros((int(np.count_nonzero(start)), measures.places), np.uint8)
    impacts[np.cumsum(start) - 1, place] = impact
    rows = (row[start] + tokens.first_row).astype(np.int32)
    return _run(group_term[start], {"rows": rows, "impacts": impacts})


def _by_term(term: Array) -> tuple[Array, Array]:
    """Return the order by term, of one term as they are, and the terms in it. One sort of plain numbers: several times
    quicker than a stable `argsort`."""
    bits = len(term).bit_length()
    key = np.sort(term << bits | np.arange(len(term)))
    return key & ((1 << bits) - 1), key >> bits


def _begins(values: Array) -> Array:
    """Return where a value is not the one before it."""
    return np.append(True, values[1:] != values[:-1])[: len(values)]


def _run(keys: Array, columns: dict[str, Array]) -> Run:
    first = np.flatnonzero(_begins(keys))
    return Run(keys[first], np.diff(first, append=len(keys)), columns)


def _impacts(frequency: Array, cell: Array, first: Array, lengths: Array, measures: _Measures) -> Array:
    """Return BM25's part without idf, f (k1 + 1) / (f + k1 (1 - b + b length / average)), in steps, never 0."""
    place = cell % measures.places
    relative = lengths[cell] / measures.averages[place]
    value = frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * relative))
    early = 1 + EARLY * np.clip(1 - first / EARLY_WORDS, 0, 1) * measures.ordered[place]
    return np.asarray(np.clip(np.rint(value * early / IMPACT_STEP), 1, 255), np.uint8)


def _neighbours(stems: _Tokens, places: int) -> Run:
    """Return which rows have which two stems side by side in the first place."""
    here = np.flatnonzero((stems.cell[1:] == stems.cell[:-1]) & (stems.cell[1:] % places == 0))
    pair = (stems.term[here].astype(np.uint64) << np.uint64(32)) | stems.term[here + 1].astype(np.uint64)
    order = np.argsort(pair, kind="stable")  # rows of a pair stay in order
    pair, row = pair[order], stems.cell[here][order] // places
    kept = _begins(pair) | _begins(row)
    return _run(pair[kept], {"rows": (row[kept] + stems.first_row).astype(np.int32)})
