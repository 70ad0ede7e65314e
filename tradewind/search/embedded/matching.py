"""The words of a plan against postings: which rows match how many of them, and how well.

Rows that match all words are sought first; only where they are too few, how many words match is counted for all rows.
Scores are computed for the rows that the filter leaves: mostly few.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

import numpy as np

from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.postings import Chosen, Found, Places, Term, best_scores, found_in
from tradewind.search.embedded.rows import among_many
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
    """What the words of a plan find, by row of the whole index. `records`: live ones; `decided`: how many words decide
    which rows match."""

    def __init__(
        self, segments: Sequence[Segment], plan: Plan, places: Places, *, records: int, live: Array | None
    ) -> None:
        self._segments, self._plan, self._places = segments, plan, places
        self._stems, self._records = _Stems(segments), max(records, 1)
        self._found = [self._word(word) for word in plan.words]
        self._live, self._size = live, sum(segment.rows for segment in segments)
        self._reached = [None if _is_simple(found) else self._reach(found) for found in self._found]
        self.decided = sum(not word.optional for word in plan.words)

    def required(self, enough: int) -> int:
        """Return how many words a match has to have: all, one less while fewer than `enough` products match."""
        for wanted in range(self.decided, 1, -1):
            if len(self.rows_with(wanted)) >= enough:
                return wanted
        return min(self.decided, 1)

    def rows_with(self, wanted: int) -> Array:
        """Return the live rows that match at least so many deciding words, int64, in order."""
        if wanted == self.decided:
            return self._rows_with_all
        return np.flatnonzero(self._matched >= wanted)

    @cached_property
    def _rows_with_all(self) -> Array:
        """The live rows that match all deciding words. They are mostly enough, and found without a look at all rows."""
        decide = [at for at, word in enumerate(self._plan.words) if not word.optional]
        parts = [self._with_all(number, segment, decide) for number, segment in enumerate(self._segments)]
        return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, np.int64), *parts])

    def _with_all(self, number: int, segment: Segment, decide: Sequence[int]) -> Array:
        """Return the live rows of one segment that match all words of `decide`, as rows of the whole index."""
        simple = [self._found[at][number] for at in decide if self._reached[at] is None]
        if not all(simple):
            return np.zeros(0, np.int64)
        mine = slice(segment.offset, segment.offset + segment.rows)
        reached = [each[mine] for at in decide if (each := self._reached[at]) is not None]
        if simple:
            fewest, *others = sorted((found[0].rows for found in simple), key=len)
            rows = fewest
            for each in others:
                rows = rows[among_many(rows, each, segment.rows)]
        else:
            rows, reached = np.flatnonzero(reached[0]), reached[1:]
        for mask in reached:
            rows = rows[mask.take(rows) > 0]
        rows = rows.astype(np.int64) + segment.offset
        return rows if self._live is None else rows[self._live.take(rows)]

    @cached_property
    def _matched(self) -> Array:
        """How many deciding words each row matches, unsigned; 0 where the record is not live."""
        made: Array = np.zeros(self._size, np.uint8 if self.decided < 256 else np.uint16)
        for word, by_segment, reached in zip(self._plan.words, self._found, self._reached, strict=True):
            if word.optional:
                continue
            if reached is not None:
                made += (reached > 0).view(np.uint8)
                continue
            for segment, found in zip(self._segments, by_segment, strict=True):
                for each in found:
                    made[segment.offset :][each.rows] += 1
        if self._live is not None:
            made[~self._live] = 0
        return made

    def words_of(self, rows: Array) -> tuple[Array, Array]:
        """Return how many words of the plan each row matches, and the typos of the alternatives that it matches by."""
        words, typos = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        for by_segment, reached in zip(self._found, self._reached, strict=True):
            reach = self._reach_of(by_segment, rows) if reached is None else reached[rows]
            words += reach > 0
            typos += np.maximum(reach, 1) - 1
        return words, typos

    def scores(self, rows: Array, required: int) -> Array:
        """Return the words' score of each of some rows of `rows_with(required)`, in order; float32. It is the sum over
        words of the best alternative's score; that is weight x the sum over its terms of idf x the sum over places of
        weight x impact; phrases add to it, and it is multiplied by the share of words that match."""
        if len(self._segments) == 1:
            return self._scores(0, self._segments[0], _chosen(rows, self._segments[0]), required)
        ends = np.searchsorted(rows, [segment.offset + segment.rows for segment in self._segments])
        parts = [
            self._scores(at, segment, _chosen(part, segment), required)
            for at, (segment, part) in enumerate(zip(self._segments, np.split(rows, ends[:-1]), strict=True))
        ]
        return np.concatenate([np.zeros(0, np.float32), *parts])

    def _scores(self, at: int, segment: Segment, chosen: Chosen, required: int) -> Array:
        """Return the words' score of rows of the segment with the number `at`."""
        scores = np.zeros(len(chosen), np.float32)
        in_first: Array = np.zeros(len(chosen), np.uint8 if self.decided < 256 else np.uint16)  # deciding words
        found = [by_segment[at] for by_segment in self._found]
        for word, (best, first) in zip(
            self._plan.words, best_scores(segment, found, chosen, self._places), strict=True
        ):
            scores += best
            if not word.optional:
                in_first += first
        self._add_phrases(scores, at, segment, chosen)
        if required < self.decided:
            matched = self._matched[segment.offset :].take(chosen.rows)
            scores *= _shares(self.decided, self._plan.weights.coverage).take(matched)
        if self.decided and self._places.has_first:
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
            _, places = chosen.find(rows, in_order=True)
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
            last = len(slices) - 1 if alternative.prefix else len(slices)
            postings = [
                Term(*each[at], factor, in_order=number != last)
                for number, (each, factor) in enumerate(zip(slices, factors, strict=True))
            ]
            yield found_in(segment, alternative, postings, self._places)

    def _reach(self, by_segment: Sequence[Sequence[Found]]) -> Array:
        """Return 1 + the fewest typos by which each row of the whole index matches a word, 0 where it does not."""
        made = np.zeros(self._size, np.uint8)
        for segment, found in zip(self._segments, by_segment, strict=True):
            for each in sorted(found, key=lambda each: -each.typos):
                made[segment.offset :][each.rows] = 1 + each.typos
        return made

    def _reach_of(self, by_segment: Sequence[Sequence[Found]], rows: Array) -> Array:
        """Return what `_reach` says of some rows of the whole index, of a simple word."""
        made = np.zeros(len(rows), np.int64)
        for segment, found in zip(self._segments, by_segment, strict=True):
            mine = np.flatnonzero((segment.offset <= rows) & (rows < segment.offset + segment.rows))
            for each in found:
                made[mine[each.matching(rows[mine] - segment.offset)]] = 1 + each.typos
        return made


def _is_simple(by_segment: Sequence[Sequence[Found]]) -> bool:
    """Return whether a word matches each row at most once."""
    return all(not found or (len(found) == 1 and found[0].in_order) for found in by_segment)


def _chosen(rows: Array, segment: Segment) -> Chosen:
    """Return rows of the whole index, in order, all of one segment, as chosen ones."""
    return Chosen((rows - segment.offset).astype(np.int32), segment.rows)


def inverse_frequency(records: int, holding: int) -> float:
    """Return idf = ln(1 + (N - n + .5) / (n + .5)), as Lucene has it: above 0 for any n <= N."""
    holding = min(holding, records)
    return math.log(1 + (records - holding + 0.5) / (holding + 0.5))


@lru_cache(maxsize=256)
def _shares(decided: int, power: float) -> Array:
    """Return what the words' score is multiplied by, for no, one, two ... matched words. Not to be written to."""
    return np.asarray((np.arange(decided + 1) / decided) ** power, np.float32)


def _length(slices: Sequence[tuple[int, int]]) -> int:
    return sum(end - start for start, end in slices)


def _bytes(term: str) -> bytes:
    return term.encode("utf-8", "replace")
