"""What one way to match a word finds in one segment: the rows at once, scores only of the rows that are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.restricting import Restriction
from tradewind.search.embedded.segment import Segment
from tradewind.search.plan import Alternative

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


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of a segment whose scores are wanted, in order."""

    rows: Array
    places: Array  # int32, of the segment: 1 + where a row stands among them, 0 of others

    def __len__(self) -> int:
        return len(self.rows)


def chosen_of(rows: Array, size: int) -> Chosen:
    """Return rows, in order, of a segment with `size` of them as chosen ones."""
    places = np.zeros(size, np.int32)  # half of the memory that is read at random
    places[rows] = np.arange(1, len(rows) + 1, dtype=np.int32)
    return Chosen(rows, places)


@dataclass(frozen=True, slots=True)
class Term:
    """The postings [start, end) of one term, and what their scores are multiplied by."""

    start: int
    end: int
    factor: float


@dataclass(frozen=True, slots=True)
class Found:
    """An alternative: its terms, and the rows (of the segment; some perhaps several times) that match by it.
    `narrowed`: the terms have other rows too."""

    terms: Sequence[Term]
    rows: Array
    narrowed: bool
    typos: int


def found_in(segment: Segment, alternative: Alternative, terms: Sequence[Term], places: Places) -> Found | None:
    """Return what an alternative finds in a segment, None for nothing."""
    if any(term.start == term.end for term in terms):
        return None
    found = [_rows(segment, term, places) for term in terms]
    rows = found[0]
    if len(terms) > 1:
        rows = np.logical_and.reduce([mask_of(each, segment.rows) for each in found]).nonzero()[0]
    if places.within is not None:
        rows = rows[places.within.kept(segment, rows, alternative)]
    narrowed = len(terms) > 1 or places.within is not None
    return Found(terms, rows, narrowed, alternative.typos) if len(rows) else None


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
                matching = mask_of(each.rows, segment.rows)[chosen.rows]
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
    rows = np.concatenate([segment.words.rows[term.start : term.end] for term in terms])
    at = chosen.places.take(rows)
    kept = at.nonzero()[0]
    ends = np.cumsum([term.end - term.start for term in terms])
    number = np.searchsorted(ends, kept, "right")  # of the term
    ahead = np.array([term.end for term in terms]) - ends  # from a place in `rows` to the posting
    impacts = segment.words.impacts.take(kept + ahead.take(number), axis=0)
    cells = at.take(kept) + (number * len(chosen) - 1)
    factors = np.array([term.factor for term in terms], np.float32)
    found = np.maximum(places.scores(impacts) * factors.take(number), _LEAST)
    if places.searched is not None:
        found[~places.holding(impacts)] = 0
    np.maximum.at(scores.reshape(-1), cells, found)  # words that begin alike may share a row
    in_first.reshape(-1)[cells[impacts[:, 0] > 0]] = True
    return scores, in_first


def mask_of(rows: Array, size: int) -> Array:
    """Return which of `size` rows are among `rows`."""
    made = np.zeros(size, bool)
    made[rows] = True
    return made
