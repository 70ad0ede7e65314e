"""What one way to match a word finds in one segment: the rows at once, scores only of the rows that are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.restricting import Restriction
from tradewind.search.embedded.rows import among, among_many, mask_of
from tradewind.search.embedded.segment import Segment
from tradewind.search.plan import Alternative

_SMALL = 65_536  # rows of a segment that are numbered in one array, however few are chosen
_FEW = 16  # and of which chosen rows are sought where there are this many times fewer of them
_LEAST = np.float32(1e-6)  # score of a match at least, so that a score tells a match, whatever the weights


@dataclass(frozen=True, slots=True)
class Places:
    """The searched places: their weights, float32, and which of them words may match in (None: all); `within`: only in
    some attributes of them."""

    weights: Array
    searched: Array | None
    within: Restriction | None = None

    def holding(self, impacts: Array) -> Array:
        """Return which postings have the word in a searched place."""
        return np.asarray(impacts.any(axis=1) if self.searched is None else impacts[:, self.searched].any(axis=1))

    def scores(self, impacts: Array) -> Array:
        """Return weight x impact over the searched places."""
        if self.searched is None:
            return np.asarray(impacts @ self.weights)
        return np.asarray(impacts[:, self.searched] @ self.weights[self.searched])

    @property
    def has_first(self) -> bool:
        """Whether the first place is searched."""
        return bool(len(self.weights)) and (self.searched is None or bool(self.searched[0]))


@dataclass(frozen=True)
class Chosen:
    """Rows of a segment with `size` of them whose scores are wanted, int32, in order."""

    rows: Array
    size: int

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def are_few(self) -> bool:
        """Whether it is quicker to seek them among the rows of each term."""
        return self.size > max(_SMALL, len(self.rows) * _FEW)

    def find(self, rows: Array, *, in_order: bool) -> tuple[Array, Array]:
        """Return which of some rows (numbers in `rows`) are chosen, and where each of these stands among the chosen.
        `in_order`: so the rows are, each once."""
        if not self.are_few:
            at = self._places.take(rows)
            kept = at.nonzero()[0]
            return kept, at.take(kept) - np.int32(1)
        if in_order and len(self.rows) < len(rows):
            at = rows.searchsorted(self.rows)
            found = (rows.take(at, mode="clip") == self.rows).nonzero()[0]
            return at.take(found), found
        kept = (among(rows, self.rows) if in_order else self._mask.take(rows)).nonzero()[0]
        return kept, self.rows.searchsorted(rows.take(kept))

    @cached_property
    def _places(self) -> Array:
        """1 + where each row of the segment stands among them, 0 of others."""
        made = np.zeros(self.size, np.int32)  # half of the memory that is read at random
        made[self.rows] = np.arange(1, len(self.rows) + 1, dtype=np.int32)
        return made

    @cached_property
    def _mask(self) -> Array:
        return mask_of(self.rows, self.size)


@dataclass(frozen=True, slots=True)
class Term:
    """The postings [start, end) of one term, and what their scores are multiplied by. `in_order`: so their rows are,
    each once; those of a beginning are in order word by word."""

    start: int
    end: int
    factor: float
    in_order: bool


@dataclass(frozen=True, slots=True)
class Found:
    """An alternative: its terms, and the rows (of the segment) that match by it. `narrowed`: the terms have other rows
    too; `in_order`: so the rows are, each once; else some are perhaps there several times."""

    terms: Sequence[Term]
    rows: Array
    narrowed: bool
    in_order: bool
    typos: int

    def matching(self, rows: Array) -> Array:
        """Return which of some rows, of any order, match by it."""
        if self.in_order:
            return among(rows, self.rows)
        return np.isin(rows, self.rows)


def found_in(segment: Segment, alternative: Alternative, terms: Sequence[Term], places: Places) -> Found | None:
    """Return what an alternative finds in a segment, None for nothing."""
    if any(term.start == term.end for term in terms):
        return None
    in_order = not alternative.prefix or len(terms) > 1
    rows, *others = [_rows(segment, term, places) for term in terms]
    for number, each in enumerate(others, 2):
        of_beginning = alternative.prefix and number == len(terms)
        rows = rows[(mask_of(each, segment.rows).take(rows) if of_beginning else among_many(rows, each, segment.rows))]
    if places.within is not None:
        rows = rows[places.within.kept(segment, rows, alternative)]
    narrowed = len(terms) > 1 or places.within is not None
    return Found(terms, rows, narrowed, in_order, alternative.typos) if len(rows) else None


def _rows(segment: Segment, term: Term, places: Places) -> Array:
    rows = segment.words.rows[term.start : term.end]
    if places.searched is None:
        return rows
    return rows[places.holding(segment.words.impacts[term.start : term.end])]


def best_scores(
    segment: Segment, words: Sequence[Sequence[Found]], chosen: Chosen, places: Places
) -> list[tuple[Array, Array]]:
    """Return for each word the score of its best alternative in each chosen row, float32, 0 where none matches, and in
    which rows an alternative has all of its terms in the first place. An alternative's score is the sum over terms."""
    terms = [term for found in words for each in found for term in each.terms]
    scores, in_first = _term_scores(segment, terms, chosen, places)
    made, at = [], 0
    for found in words:
        best, first = np.zeros(len(chosen), np.float32), np.zeros(len(chosen), bool)
        for each in found:
            end = at + len(each.terms)
            total, has_all = scores[at], in_first[at]
            if each.narrowed:
                matching = each.matching(chosen.rows)
                total = np.where(matching, scores[at:end].sum(axis=0), 0)
                has_all = matching & in_first[at:end].all(axis=0)
            np.maximum(best, total, out=best)
            np.logical_or(first, has_all, out=first)
            at = end
        made.append((best, first))
    return made


def _term_scores(segment: Segment, terms: Sequence[Term], chosen: Chosen, places: Places) -> tuple[Array, Array]:
    """Return the best score of each chosen row for each term, shape (terms, chosen), 0 where it lacks the term; and
    where the term is in the first place. All terms in one pass: most have few rows that are chosen."""
    scores, in_first = np.zeros((len(terms), len(chosen)), np.float32), np.zeros((len(terms), len(chosen)), bool)
    if not terms or not len(chosen):
        return scores, in_first
    number, postings, at = _chosen_postings(segment.words.rows, terms, chosen)
    impacts = segment.words.impacts.take(postings, axis=0)
    cells = number * len(chosen) + at
    factors = np.array([term.factor for term in terms], np.float32)
    found = np.maximum(places.scores(impacts) * factors.take(number), _LEAST)
    if places.searched is not None:
        found[~places.holding(impacts)] = 0
    np.maximum.at(scores.reshape(-1), cells, found)  # words that begin alike may share a row
    in_first.reshape(-1)[cells[impacts[:, 0] > 0]] = True
    return scores, in_first


def _chosen_postings(rows: Array, terms: Sequence[Term], chosen: Chosen) -> tuple[Array, Array, Array]:
    """Return the postings of terms in chosen rows: the number of the term, the posting, and the place of the row among
    the chosen. `rows`: of all postings."""
    if chosen.are_few:
        found = [chosen.find(rows[term.start : term.end], in_order=term.in_order) for term in terms]
        number = np.arange(len(terms)).repeat([len(kept) for kept, _ in found])
        postings = [kept + term.start for (kept, _), term in zip(found, terms, strict=True)]
        return number, np.concatenate(postings), np.concatenate([at for _, at in found])
    kept, at = chosen.find(np.concatenate([rows[term.start : term.end] for term in terms]), in_order=False)
    ends = np.cumsum([term.end - term.start for term in terms])
    number = np.searchsorted(ends, kept, "right")
    ahead = np.array([term.end for term in terms]) - ends  # from a place among these to the posting
    return number, kept + ahead.take(number), at
