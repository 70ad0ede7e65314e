"""By what the products of a match set are ordered: the clauses of tradewind/search/plan.py as keys, one after another.

A key gives numbers for places in the match set, lowest first, and is asked for as few places as possible.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from tradewind.catalog.settings import SortKey
from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.columns import distances
from tradewind.search.embedded.match_set import MatchSet
from tradewind.search.embedded.ordering import Key, first_rows
from tradewind.search.embedded.segment import Segment
from tradewind.search.filters import FacetIs, Filter, Not, Or

_EXACT = 10_000  # relevance is equal where it is to 4 decimals
_HEAD = 1 << 40  # lifts the head above every words' score


class Ranking:
    """The order of one match set."""

    def __init__(self, matches: MatchSet) -> None:
        self._matches, self._plan = matches, matches.plan
        self._segments, self._rows = matches.snapshot.segments, matches.rows

    @cached_property
    def keys(self) -> list[Key]:
        """Keys of places, by what decides first."""
        plan = self._plan
        keys = [self._sort_key(key) for key in plan.sort]
        if plan.around is not None and not plan.sort:
            keys.append(self._distance_steps)
        if plan.stock is not None:
            keys.append(self._out_of_stock)
        if plan.optional_filters:
            keys.append(lambda places: -self.filter_scores[places])
        if self._matches.has_words or self._matches.meaning is not None:
            keys.append(self._relevance)
        if self.has_head:
            keys.append(self._nearness)
        return [*keys, *(self._sort_key(key) for key in plan.custom_ranking), self.id_ranks]

    # Relevance.

    @property
    def has_head(self) -> bool:
        """Whether there are two lists to fuse."""
        return self._matches.has_words and self._matches.meaning is not None

    @cached_property
    def by_words(self) -> tuple[Array, Array]:
        """The best places by words, best first, and their scores. Empty without words."""
        matches = self._matches
        if not matches.has_words:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        places = np.flatnonzero(matches.by_words & matches.is_own)
        return self._best(places, matches.scores[places])

    @cached_property
    def by_meaning(self) -> tuple[Array, Array]:
        """The best places by meaning, best first, and their cosines. Empty without a vector."""
        places, cosines = self._matches.near
        own = self._matches.is_own[places]
        return self._best(places[own], cosines[own])

    @cached_property
    def fused(self) -> Array:
        """The score of each place of the head, from 0 to 1, and 0 of all others; float64. As `fusion` computes it: the
        sum of two terms is the same in either order."""
        made = np.zeros(len(self._rows))
        weights = self._plan.weights
        (by_words, scores), (by_meaning, cosines) = self.by_words, self.by_meaning
        made[by_words] += self._parts(scores, 1 - weights.vector)
        made[by_meaning] += self._parts(cosines, weights.vector)
        without_vector = self._matches.snapshot.without_vector
        if without_vector is not None:
            unknown = without_vector[self._rows[by_words]]
            made[by_words[unknown]] += self._parts(scores, weights.vector)[unknown]
        return made * ((weights.rrf_k + 1) / 2) if weights.fusion == "rrf" else made

    def _parts(self, scores: Array, weight: float) -> Array:
        """Return what the places of a list give to the fused score, best first."""
        weights = self._plan.weights
        if weights.fusion == "rrf":
            return 1.0 / (weights.rrf_k + np.arange(1, len(scores) + 1))
        if not len(scores) or scores[0] <= 0:
            return np.zeros(len(scores))
        return np.asarray(weight * np.maximum(scores, 0) / float(scores[0]))

    @cached_property
    def in_head(self) -> Array:
        """Which places are in the head."""
        made = np.zeros(len(self._rows), bool)
        if self.has_head:
            made[self.by_words[0]] = True
            made[self.by_meaning[0]] = True
        return made

    def _best(self, places: Array, scores: Array) -> tuple[Array, Array]:
        """Return the best `depth` places: by the score to 4 decimals, between equals as the shop prefers."""
        steps = _steps(scores)
        preferred = [of(self._sort_key(key), places) for key in self._plan.custom_ranking]
        best = first_rows(
            len(places), [lambda at: -steps[at], *preferred, of(self.id_ranks, places)], self._plan.weights.depth
        )
        return places[best], scores[best]

    def _relevance(self, places: Array) -> Array:
        """Return the key of relevance: the head, then words' score; by meaning alone, the cosine."""
        matches = self._matches
        if not matches.has_words:
            return -_steps(matches.cosines[places])
        made = _steps(matches.scores[places])
        if self.has_head:
            made = np.where(self.in_head[places], _HEAD + _steps(self.fused[places]), made)
        return -made

    def _nearness(self, places: Array) -> Array:
        """Return the key behind words' score: the cosine, but not within the head."""
        return np.where(self.in_head[places], 0, -_steps(self._matches.cosines[places]))

    # What the shop and the request prefer.

    def _sort_key(self, key: SortKey) -> Key:
        is_ascending = key.direction == "asc"

        def values(places: Array) -> Array:
            found = self._numbers(key.attribute, self._rows[places], lowest=is_ascending)
            return np.where(np.isnan(found), np.inf, found if is_ascending else -found)

        return values

    def _numbers(self, attribute: str, rows: Array, *, lowest: bool) -> Array:
        """Return the lowest or highest number of an attribute in each row (booleans as 0 and 1), NaN: none."""
        if len(self._segments) == 1:
            columns = self._segments[0].columns
            only = [each for each in (columns.flag(attribute), columns.number(attribute)) if each is not None]
            if len(only) == 1:  # mostly: three orders of one page ask
                return only[0].best(rows, lowest=lowest)
        made = np.full(len(rows), np.nan)
        for segment, mine, local in self.split(rows):
            for column in (segment.columns.flag(attribute), segment.columns.number(attribute)):
                if column is not None:
                    found = column.best(local, lowest=lowest)
                    made[mine] = np.where(np.isnan(found), made[mine], found)
        return made

    def _out_of_stock(self, places: Array) -> Array:
        """Return whether products have figures of stock and none above zero or true."""
        best = self._numbers(self._plan.stock or "", self._rows[places], lowest=False)
        return np.asarray(best <= 0)  # NaN is not

    @cached_property
    def filter_scores(self) -> Array:
        """The scores of the optional filters that each place meets: their sum, or the highest and the lowest."""
        scores = [self._filter_score(each) for each in self._plan.optional_filters]
        none = np.zeros(len(self._rows), np.int64)
        if self._plan.sum_filter_scores:
            return np.asarray(sum(scores, none))
        return np.asarray(np.maximum.reduce([none, *scores]) + np.minimum.reduce([none, *scores]))

    def _filter_score(self, filter: Filter) -> Array:
        match filter:
            case Not():
                return -self._filter_score(filter.part)
            case Or():
                none = np.zeros(len(self._rows), np.int64)
                return np.asarray(np.maximum.reduce([none, *map(self._filter_score, filter.parts)]))
            case FacetIs():
                return self._matches.mask(filter, self._rows).astype(np.int64) * filter.score
            case _:
                return self._matches.mask(filter, self._rows).astype(np.int64)

    @cached_property
    def metres(self) -> Array:
        """The distance of each place from the plan's point, infinite for products without a point."""
        around = self._plan.around
        made = np.full(len(self._rows), np.inf)
        if around is not None:
            for segment, mine, local in self.split(self._rows):
                rows, points = segment.columns.points_of(local)
                at = np.arange(len(made))[mine][local.searchsorted(rows)]
                np.minimum.at(made, at, distances(points, around.latitude, around.longitude))
        return made

    def _distance_steps(self, places: Array) -> Array:
        """Return from which distance on each product counts as equally far."""
        metres, made = self.metres[places], np.full(len(places), np.inf)
        for start, same in () if self._plan.around is None else self._plan.around.steps:
            beyond = (metres >= start) & np.isfinite(metres)
            made[beyond] = start + np.floor((metres[beyond] - start) / same) * same
        return made

    # Ids, groups, segments.

    def id_ranks(self, places: Array) -> Array:
        """Return numbers in the order of object ids."""
        if len(self._segments) == 1:
            return places  # a segment's rows are in that order
        ids = [self.id_of(row) for row in self._rows[places].tolist()]
        rank = np.empty(len(places), np.int64)
        rank[sorted(range(len(places)), key=ids.__getitem__)] = np.arange(len(places))
        return rank

    def groups(self, rows: Array) -> Array:
        """Return a number for the group of each row; a product without a value is a group of its own."""
        numbers: dict[bytes, int] = {}
        made = -1 - rows
        for segment, mine, local in self.split(rows):
            column = segment.columns.facet(self._plan.distinct_attribute or "")
            if column is None:
                continue
            codes = column.first_codes(local)
            present = np.unique(codes[codes > 0])
            number = np.array([numbers.setdefault(column.texts[code - 1], len(numbers)) for code in present.tolist()])
            has_value = np.flatnonzero(codes)
            if len(has_value):
                made[np.arange(len(rows))[mine][has_value]] = number[np.searchsorted(present, codes[has_value])]
        return made

    def split(self, rows: Array) -> Iterator[tuple[Segment, Array | slice, Array]]:
        """Yield each segment with the places of its rows in `rows`, and those rows within the segment."""
        if len(self._segments) == 1:
            yield self._segments[0], slice(None), rows
            return
        for segment in self._segments:
            mine = np.flatnonzero((segment.offset <= rows) & (rows < segment.offset + segment.rows))
            if len(mine):
                yield segment, mine, rows[mine] - segment.offset

    def segment_of(self, row: int) -> Segment:
        if len(self._segments) == 1:
            return self._segments[0]
        return next(segment for segment in self._segments if row < segment.offset + segment.rows)

    def id_of(self, row: int) -> bytes:
        segment = self.segment_of(row)
        return segment.ids[row - segment.offset]


def of(key: Key, places: Array) -> Key:
    """Return the key of numbers in `places`."""
    return lambda at: key(places[at])


def _steps(scores: Array) -> Array:
    return np.rint(scores * _EXACT).astype(np.int64)
