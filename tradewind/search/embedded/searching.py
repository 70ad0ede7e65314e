"""One plan carried out over a snapshot: the page, the facets, the counts.

A search is an object of its own that lives as long as the query: nothing is kept between queries or shared by threads.
"""

from collections.abc import Mapping
from functools import cached_property
from itertools import count

import numpy as np

from tradewind.catalog.settings import IndexSettings
from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.counting import count_values, number_stats
from tradewind.search.embedded.match_set import MatchSet
from tradewind.search.embedded.opening import OpenedSnapshot
from tradewind.search.embedded.ordering import best_of_groups, first_rows, in_order, page_of, pinned_places
from tradewind.search.embedded.ranking import Ranking, of
from tradewind.search.embedded.rows import among
from tradewind.search.plan import FacetStats, Hit, Outcome, Plan


class Search:
    """One plan over one snapshot."""

    def __init__(self, snapshot: OpenedSnapshot, settings: IndexSettings, plan: Plan, live: Array | None) -> None:
        self._plan, self._segments = plan, snapshot.segments
        self._matches = MatchSet(snapshot, settings, plan, live)
        self._ranking = Ranking(self._matches)

    def outcome(self) -> Outcome:
        """Return the answer to the plan."""
        matches, plan = self._matches, self._plan
        page, count = self._page()
        lexical = int(np.count_nonzero(matches.by_words))
        semantic = 0
        if matches.meaning is not None:
            semantic = int(np.count_nonzero(matches.is_own & ~matches.by_words))
        return Outcome(
            hits=self._hits(page),
            count=count,
            facets={name: self.facet_counts(name) for name in plan.facets},
            stats=self._stats(),
            required=matches.required,
            lexical_count=lexical,
            semantic_count=semantic,
            floor=None if matches.meaning is None else matches.meaning.floor,
        )

    def facet_counts(self, attribute: str, limit: int | None = None) -> Mapping[str, int]:
        """Return the values of a facet over the match set with their counts, in the order in which they are shown."""
        most = self._plan.max_values_per_facet if limit is None else limit
        columns = [segment.columns.facet(attribute) for segment in self._segments]
        return count_values(columns, self._rows_by_segment, most, by=self._plan.sort_facet_values_by)

    def _stats(self) -> dict[str, FacetStats]:
        found = {}
        for name in self._plan.facets:
            columns = [segment.columns.number(name) for segment in self._segments]
            stats = number_stats(columns, self._rows_by_segment)
            if stats is not None:
                found[name] = stats
        return found

    @cached_property
    def _rows_by_segment(self) -> list[Array]:
        """The match set by segments, as rows of theirs."""
        rows = self._matches.rows
        if len(self._segments) < 2:
            return [rows] * len(self._segments)
        bounds = np.searchsorted(rows, [segment.offset for segment in self._segments[1:]])
        parts = zip(np.split(rows, bounds), self._segments, strict=True)
        return [part - segment.offset for part, segment in parts]

    def _page(self) -> tuple[list[tuple[int, bool]], int]:
        """Return the rows of the page, each with whether it is pinned, and how many products or groups there are."""
        plan, matches, ranking = self._plan, self._matches, self._ranking
        others, keys = matches.rows, ranking.keys
        if len(matches.pinned_rows):
            places = np.flatnonzero(~among(matches.rows, matches.pinned_rows))
            others, keys = matches.rows[places], [of(key, places) for key in keys]
        if plan.distinct and plan.distinct_attribute:
            groups = ranking.groups(np.concatenate([others, matches.pinned_rows]))
            order = in_order(np.arange(len(others)), keys)
            taken: list[int] = groups[len(others) :].tolist()  # pinned products take places of their groups
            ordered = best_of_groups(order, groups[: len(others)], plan.distinct, taken)
            shown, count = len(ordered), len(np.unique(groups))
        else:
            ordered = first_rows(len(others), keys, plan.offset + plan.length)
            shown, count = len(others), len(matches.rows)
        pinned = pinned_places(plan.pins, matches.pins, shown)
        return list(page_of(pinned, others[ordered], plan.offset, plan.length)), count

    def _hits(self, page: list[tuple[int, bool]]) -> tuple[Hit, ...]:
        if not page:
            return ()
        matches, ranking, plan = self._matches, self._ranking, self._plan
        rows = np.array([row for row, _ in page], np.int64)
        places, none = matches.rows.searchsorted(rows), np.zeros(len(rows), np.int64)
        words, typos = matches.words.words_of(rows) if plan.words else (none, none)
        lexical = matches.scores[places]
        cosines = matches.cosines[places]
        behind = np.where(lexical != 0, lexical, cosines)  # the head
        figures = (
            np.where(ranking.in_head[places], ranking.fused[places], behind),
            *(lexical, cosines, words, typos),
            ranking.filter_scores[places] if plan.optional_filters else none,
            ranking.metres[places] if plan.around is not None else np.full(len(rows), np.inf),
        )
        by_words, by_meaning = self._ranks
        made = []
        for (row, is_pinned), place, score, word_score, cosine, matched, mistyped, filter_score, metres in zip(
            page, places.tolist(), *(figure.tolist() for figure in figures), strict=True
        ):
            segment = ranking.segment_of(row)
            made.append(
                Hit(
                    object_id=segment.ids[row - segment.offset].decode(),
                    record=segment.bodies[row - segment.offset],
                    score=score,
                    lexical_rank=by_words.get(place),
                    lexical_score=word_score,
                    vector_rank=by_meaning.get(place),
                    similarity=cosine or None,
                    matched_words=matched,
                    typos=mistyped,
                    filter_score=filter_score,
                    pinned=is_pinned,
                    distance=None if metres == np.inf else round(metres),
                )
            )
        return tuple(made)

    @property
    def _ranks(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """The ranks of places, from 1, in the list by words and in the list by meaning."""
        by_words, by_meaning = (places.tolist() for places, _ in (self._ranking.by_words, self._ranking.by_meaning))
        return dict(zip(by_words, count(1), strict=False)), dict(zip(by_meaning, count(1), strict=False))
