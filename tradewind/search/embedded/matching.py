"""The words of a plan against postings: which rows match how many of them, and how well."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.segment import Segment
from tradewind.search.embedded.word_building import IMPACT_STEP
from tradewind.search.plan import Alternative, Plan, Word

_LEAST = np.float32(1e-6)  # score of a match at least, so that a score tells a match, whatever the weights
_NO_MATCH = 1 << 30  # more typos than a match has


@dataclass(frozen=True, slots=True)
class Places:
    """The searched places: their weights, float32, and which of them words may match in (None: all)."""

    weights: Array
    searched: Array | None

    def scores(self, impacts: Array) -> Array:
        """Return weight x impact over places; below zero where none of the searched places has the word."""
        if self.searched is None:
            return np.asarray(impacts @ self.weights)
        chosen = impacts[:, self.searched]
        found = chosen.any(axis=1) if chosen.shape[1] else np.zeros(len(impacts), bool)
        return np.where(found, chosen @ self.weights[self.searched], np.float32(-1))

    @property
    def has_first(self) -> bool:
        """Whether the first place is searched."""
        return bool(len(self.weights)) and (self.searched is None or bool(self.searched[0]))


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows (of the whole index) that an alternative found in a segment. `repeats`: some more than once, unordered."""

    rows: Array
    scores: Array
    first: Array  # those of the rows that have it in the first place
    repeats: bool
    typos: int

    def holds(self, rows: Array) -> Array:
        """Return which of some rows it found."""
        if self.repeats:
            return np.isin(rows, self.rows, kind="table")
        rows = rows.astype(self.rows.dtype)  # else NumPy makes a copy of all postings in the wider type
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.asarray(self.rows[at] == rows)


class _Stems:
    """The numbers of stems in the vocabularies of segments, each looked up once in a query."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = segments
        self._numbers: dict[bytes, list[int]] = {}

    def numbers(self, stem: bytes) -> list[int]:
        """Return the number of a stem in each segment, -1 where it is not known."""
        if stem not in self._numbers:
            self._numbers[stem] = [segment.words.stems.find(stem) for segment in self.segments]
        return self._numbers[stem]

    def slices(self, stem: bytes) -> list[tuple[int, int]]:
        """Return the postings [first, end) of a stem in each segment."""
        return [s.words.of_stem(number) for s, number in zip(self.segments, self.numbers(stem), strict=True)]


@dataclass(frozen=True, slots=True)
class LexicalMatch:
    """What the words of a plan found, by row of the whole index."""

    scores: Array  # float32: words' score
    matched: Array  # unsigned: deciding words that match; 0 where the record is not live
    decided: int  # words that decide
    found: Sequence[Sequence[_Found]]  # by word

    def required(self, enough: int) -> int:
        """Return how many words a match has to have: all, one less while fewer than `enough` products match."""
        for wanted in range(self.decided, 1, -1):
            if np.count_nonzero(self.matched >= wanted) >= enough:
                return wanted
        return min(self.decided, 1)

    def words_of(self, rows: Array) -> tuple[Array, Array]:
        """Return how many words of the plan each row matches, and the typos of the alternatives that it matches by."""
        words, typos = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        for found in self.found:
            fewest = np.full(len(rows), _NO_MATCH)
            for each in found:
                fewest = np.minimum(fewest, np.where(each.holds(rows), each.typos, _NO_MATCH))
            words += fewest < _NO_MATCH
            typos += np.where(fewest < _NO_MATCH, fewest, 0)
        return words, typos


def match_words(
    segments: Sequence[Segment], plan: Plan, places: Places, *, records: int, live: Array | None
) -> LexicalMatch:
    """Return what the words of the plan match. Words' score: the sum over words of the best alternative's score; that
    is weight x the sum over its terms of idf x the sum over places of weight x impact; phrases add to it, and it is
    multiplied by the share of words that match. `records`: live ones."""
    rows = sum(segment.rows for segment in segments)
    scores = np.zeros(rows, np.float32)
    decided = sum(not word.optional for word in plan.words)
    matched: Array = np.zeros(rows, np.uint8 if decided < 256 else np.uint16)
    in_first = np.zeros_like(matched)
    stems = _Stems(segments)
    found = []
    for word in plan.words:
        parts = list(_word(stems, word, places, max(records, 1)))
        found.append(parts)
        for at, gained in _best(parts, rows):
            scores[at] += gained
            if not word.optional:
                matched[at] = matched[at] + 1
        if not word.optional and parts:
            at = np.concatenate([part.first for part in parts])
            in_first[at] = in_first[at] + 1  # once, however often a row is among them
    _add_phrases(scores, stems, plan, places, max(records, 1))
    if decided:
        scores *= _shares(decided, plan.weights.coverage)[matched]
        if places.has_first:
            scores[in_first == decided] *= np.float32(1 + plan.weights.complete)
    if live is not None:
        matched[~live] = 0
    return LexicalMatch(scores, matched, decided, found)


def _shares(decided: int, power: float) -> Array:
    """Return what the words' score is multiplied by, for no, one, two ... matched words."""
    return np.asarray((np.arange(decided + 1) / decided) ** power, np.float32)


def inverse_frequency(records: int, holding: int) -> float:
    """Return idf = ln(1 + (N - n + .5) / (n + .5)), as Lucene has it: above 0 for any n <= N."""
    holding = min(holding, records)
    return math.log(1 + (records - holding + 0.5) / (holding + 0.5))


def _word(stems: _Stems, word: Word, places: Places, records: int) -> Iterator[_Found]:
    for alternative in word.alternatives:
        yield from _alternative(stems, alternative, places, records)


def _alternative(stems: _Stems, alternative: Alternative, places: Places, records: int) -> Iterator[_Found]:
    terms = [_bytes(term) for term in alternative.terms]
    slices = [stems.slices(term) for term in (terms[:-1] if alternative.prefix else terms)]
    if alternative.prefix:
        slices.append([segment.words.of_beginning(terms[-1]) for segment in stems.segments])
    factors = [
        inverse_frequency(records, sum(end - start for start, end in each)) * IMPACT_STEP * alternative.weight
        for each in slices
    ]
    for at, segment in enumerate(stems.segments):
        parts = [_postings(segment, *each[at], places, factor) for each, factor in zip(slices, factors, strict=True)]
        repeats = alternative.prefix
        if len(parts) > 1:
            parts, repeats = [_intersection(parts, segment.rows)], False
        for rows, scores, first in parts:
            if len(rows):
                if segment.offset:
                    rows, first = rows + segment.offset, first + segment.offset
                yield _Found(rows, scores, first, repeats, alternative.typos)


_Postings = tuple[
    Array, Array, Array
]  # rows, their scores, and those of the rows that have the term in the first place


def _postings(segment: Segment, start: int, end: int, places: Places, factor: float) -> _Postings:
    rows = segment.words.rows[start:end]
    if start == end:
        return rows, np.zeros(0, np.float32), rows
    impacts = segment.words.impacts[start:end]
    scores = places.scores(impacts)
    first = rows[impacts[:, 0] > 0]
    if places.searched is not None:
        kept = scores >= 0
        rows, scores = rows[kept], scores[kept]
    return rows, np.maximum(scores * np.float32(factor), _LEAST), first


def _intersection(parts: Sequence[_Postings], rows: int) -> _Postings:
    """Return the rows that all parts have, in order, each with the sum over parts of its best score there."""
    total = np.zeros(rows, np.float32)
    holding: Array = np.zeros(rows, np.uint16)
    for at, scores, _ in parts:
        best = np.zeros(rows, np.float32)
        np.maximum.at(best, at, scores)
        total += best
        holding = holding + (best > 0)
    found = np.flatnonzero(holding == len(parts))
    in_first = np.logical_and.reduce([_mask(first, rows) for _, _, first in parts])
    return found, total[found], np.flatnonzero(in_first)


def _mask(at: Array, rows: int) -> Array:
    made = np.zeros(rows, bool)
    made[at] = True
    return made


def _best(parts: Sequence[_Found], rows: int) -> Iterator[tuple[Array, Array]]:
    """Yield rows, each once, with the best score that a part gives them."""
    if len(parts) == 1 and not parts[0].repeats:
        yield parts[0].rows, parts[0].scores
    elif parts:
        best = np.zeros(rows, np.float32)
        for part in parts:
            np.maximum.at(best, part.rows, part.scores)
        found = np.flatnonzero(best > 0)
        yield found, best[found]


def _add_phrases(scores: Array, stems: _Stems, plan: Plan, places: Places, records: int) -> None:
    """Add `weights.phrase` x the idf of both stems where two neighbours of the query are neighbours in the first
    place."""
    if not plan.weights.phrase or (places.searched is not None and not places.searched[0]):
        return
    for pair in plan.phrases:
        left, right = _bytes(pair[0]), _bytes(pair[1])
        holding = (sum(end - start for start, end in stems.slices(stem)) for stem in (left, right))
        gained = plan.weights.phrase * sum(inverse_frequency(records, each) for each in holding)
        for segment, *numbers in zip(stems.segments, stems.numbers(left), stems.numbers(right), strict=True):
            scores[segment.words.of_neighbours(*numbers) + segment.offset] += np.float32(gained)


def _bytes(term: str) -> bytes:
    return term.encode("utf-8", "replace")
