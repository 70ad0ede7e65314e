"""The words of a plan against postings: which rows match how many of them, and how well.

How many words match is counted for all rows, because the match set hangs on it. Scores are computed for the rows that
the filter leaves: mostly few.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np

from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.postings import Chosen, Found, Places, Term, best_scores, chosen_of, found_in
from tradewind.search.embedded.segment import Segment
from tradewind.search.embedded.word_building import IMPACT_STEP
from tradewind.search.plan import Alternative, Plan, Word


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


class LexicalMatch:
    """What the words of a plan find, by row of the whole index. `records`: live ones.

    `matched`, unsigned: how many deciding words match, 0 where the record is not live; `decided`: how many decide.
    """

    def __init__(
        self, segments: Sequence[Segment], plan: Plan, places: Places, *, records: int, live: Array | None
    ) -> None:
        self._segments, self._plan, self._places = segments, plan, places
        self._stems, self._records = _Stems(segments), max(records, 1)
        self._found = [self._word(word) for word in plan.words]
        size = sum(segment.rows for segment in segments)
        self._by_typos = [self._masks(found, size) for found in self._found]
        self.decided = sum(not word.optional for word in plan.words)
        self.matched: Array = np.zeros(size, np.uint8 if self.decided < 256 else np.uint16)
        for word, masks in zip(plan.words, self._by_typos, strict=True):
            if not word.optional:
                self.matched += _any_of(list(masks.values()), size).view(np.uint8)
        if live is not None:
            self.matched[~live] = 0

    def required(self, enough: int) -> int:
        """Return how many words a match has to have: all, one less while fewer than `enough` products match."""
        for wanted in range(self.decided, 1, -1):
            if np.count_nonzero(self.matched >= wanted) >= enough:
                return wanted
        return min(self.decided, 1)

    def words_of(self, rows: Array) -> tuple[Array, Array]:
        """Return how many words of the plan each row matches, and the typos of the alternatives that it matches by."""
        words, typos = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        for masks in self._by_typos:
            matching = np.zeros(len(rows), bool)
            for number, mask in masks.items():  # fewest typos first
                new = mask[rows] & ~matching
                typos[new] += number
                matching |= new
            words += matching
        return words, typos

    def scores(self, rows: Array) -> Array:
        """Return the words' score of each of some live rows, in order; float32. It is the sum over words of the best
        alternative's score; that is weight x the sum over its terms of idf x the sum over places of weight x impact;
        phrases add to it, and it is multiplied by the share of words that match."""
        if len(self._segments) == 1:
            return self._scores(0, self._segments[0], chosen_of(rows, self._segments[0].rows))
        ends = np.searchsorted(rows, [segment.offset + segment.rows for segment in self._segments])
        parts = [
            self._scores(at, segment, chosen_of(part - segment.offset, segment.rows))
            for at, (segment, part) in enumerate(zip(self._segments, np.split(rows, ends[:-1]), strict=True))
        ]
        return np.concatenate([np.zeros(0, np.float32), *parts])

    def _scores(self, at: int, segment: Segment, chosen: Chosen) -> Array:
        """Return the words' score of rows of the segment with the number `at`."""
        scores = np.zeros(len(chosen), np.float32)
        in_first: Array = np.zeros(len(chosen), self.matched.dtype)  # deciding words
        found = [by_segment[at] for by_segment in self._found]
        for word, (best, first) in zip(
            self._plan.words, best_scores(segment, found, chosen, self._places), strict=True
        ):
            scores += best
            if not word.optional:
                in_first += first
        self._add_phrases(scores, at, segment, chosen)
        if self.decided:
            matched = self.matched[segment.offset :].take(chosen.rows)
            scores *= _shares(self.decided, self._plan.weights.coverage).take(matched)
            if self._places.has_first:
                scores[in_first == self.decided] *= np.float32(1 + self._plan.weights.complete)
        return scores

    def _add_phrases(self, scores: Array, at: int, segment: Segment, chosen: Chosen) -> None:
        """Add `weights.phrase` x the idf of both stems where two neighbours of the query are neighbours in the first
        place."""
        searched = self._places.searched
        if not self._plan.weights.phrase or (searched is not None and not searched[0]):
            return
        for pair in self._plan.phrases:
            stems = [_bytes(stem) for stem in pair]
            rows = segment.words.of_neighbours(*(self._stems.numbers(stem)[at] for stem in stems))
            places = chosen.places.take(rows)
            places = places[places > 0] - 1
            if len(places):
                idf = sum(inverse_frequency(self._records, _length(self._stems.slices(stem))) for stem in stems)
                scores[places] += np.float32(self._plan.weights.phrase * idf)

    def _word(self, word: Word) -> list[list[Found]]:
        """Return what finds a word, by segment."""
        made: list[list[Found]] = [[] for _ in self._segments]
        for alternative in word.alternatives:
            for into, found in zip(made, self._alternative(alternative), strict=True):
                if found is not None:
                    into.append(found)
        return made

    def _alternative(self, alternative: Alternative) -> Iterator[Found | None]:
        terms = [_bytes(term) for term in alternative.terms]
        slices = [self._stems.slices(term) for term in (terms[:-1] if alternative.prefix else terms)]
        if alternative.prefix:
            slices.append([segment.words.of_beginning(terms[-1]) for segment in self._segments])
        factors = [
            inverse_frequency(self._records, _length(each)) * IMPACT_STEP * alternative.weight for each in slices
        ]
        for at, segment in enumerate(self._segments):
            postings = [Term(*each[at], factor) for each, factor in zip(slices, factors, strict=True)]
            yield found_in(segment, alternative, postings, self._places)

    def _masks(self, by_segment: Sequence[Sequence[Found]], size: int) -> Mapping[int, Array]:
        """Return which rows of the whole index match a word with so many typos, fewest first."""
        typos = sorted({each.typos for found in by_segment for each in found})
        made = {number: np.zeros(size, bool) for number in typos}
        for segment, found in zip(self._segments, by_segment, strict=True):
            for number in typos:
                rows = [each.rows for each in found if each.typos == number]
                if rows:
                    made[number][segment.offset :][rows[0] if len(rows) == 1 else np.concatenate(rows)] = True
        return made


def inverse_frequency(records: int, holding: int) -> float:
    """Return idf = ln(1 + (N - n + .5) / (n + .5)), as Lucene has it: above 0 for any n <= N."""
    holding = min(holding, records)
    return math.log(1 + (records - holding + 0.5) / (holding + 0.5))


@lru_cache(maxsize=256)
def _shares(decided: int, power: float) -> Array:
    """Return what the words' score is multiplied by, for no, one, two ... matched words. Not to be written to."""
    return np.asarray((np.arange(decided + 1) / decided) ** power, np.float32)


def _any_of(masks: Sequence[Array], size: int) -> Array:
    if len(masks) == 1:
        return masks[0]
    return np.asarray(np.logical_or.reduce(masks)) if masks else np.zeros(size, bool)


def _length(slices: Sequence[tuple[int, int]]) -> int:
    return sum(end - start for start, end in slices)


def _bytes(term: str) -> bytes:
    return term.encode("utf-8", "replace")
