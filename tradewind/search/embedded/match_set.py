"""Which products a plan matches: by words, by meaning, under the filter. See tradewind/search/plan.py.

Words and vectors come first, and the filter is asked for the rows that they leave: figures of products are kept for the
match set only, by place. A new array of a million numbers costs more than what most queries do with it.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from tradewind.catalog.settings import IndexSettings
from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.filtering import Filtering
from tradewind.search.embedded.matching import LexicalMatch
from tradewind.search.embedded.opening import OpenedSnapshot
from tradewind.search.embedded.postings import Places
from tradewind.search.embedded.restricting import Restriction, needs_records
from tradewind.search.embedded.rows import among, among_many
from tradewind.search.embedded.vectors import nearest
from tradewind.search.filters import And, Filter, GeoCircle
from tradewind.search.plan import Plan
from tradewind.search.product_texts import place_weights, searched_places
from tradewind.search.similarity_floor import floor_of

NEAREST = 2_000  # products that can match by meaning alone
_SMALL = 65_536  # rows that are quicker filtered all at once


@dataclass(frozen=True, slots=True)
class Meaning:
    """Products near the plan's vector, under the filter: rows, int64, in order, and their cosines, float32."""

    rows: Array
    cosines: Array
    floor: float


class MatchSet:
    """The match set of one plan over one snapshot; lives as long as the query. Rows are those of the whole index; a
    place is the number of a row among those of the match set."""

    def __init__(self, snapshot: OpenedSnapshot, settings: IndexSettings, plan: Plan, live: Array | None) -> None:
        self.snapshot, self.plan, self.live = snapshot, plan, live
        self._settings = settings
        self.size = snapshot.rows
        self.has_words = any(not word.optional for word in plan.words)

    @cached_property
    def rows(self) -> Array:
        """The rows of the match set, in order, pinned ones included."""
        return np.union1d(self._own_rows, self.pinned_rows) if len(self.pinned_rows) else self._own_rows

    @cached_property
    def is_own(self) -> Array:
        """Which places match: all but those that are only pinned."""
        return among(self.rows, self._own_rows) if len(self.pinned_rows) else np.ones(len(self.rows), bool)

    @cached_property
    def by_words(self) -> Array:
        """Which places match by words, whatever the filter."""
        return among_many(self.rows, self._by_words, self.size)

    @cached_property
    def scores(self) -> Array:
        """The words' score of each place, float32; 0 where words do not match."""
        made = np.zeros(len(self.rows), np.float32)
        if self.has_words:
            made[self.by_words] = self.words.scores(self.rows[self.by_words], self.required)
        return made

    @cached_property
    def cosines(self) -> Array:
        """The cosine of each place, float32; 0 where it was not computed."""
        made = np.zeros(len(self.rows), np.float32)
        places, cosines = self.near
        made[places] = cosines
        return made

    @cached_property
    def near(self) -> tuple[Array, Array]:
        """The places whose cosine was computed, in order, and their cosines."""
        if self.meaning is None:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        at = self.rows.searchsorted(self.meaning.rows)
        held = np.flatnonzero(self.rows.take(at, mode="clip") == self.meaning.rows) if len(self.rows) else at[:0]
        return at[held], self.meaning.cosines[held]

    @cached_property
    def _own_rows(self) -> Array:
        """The rows that match: by words or by meaning; all under the filter where the plan has neither."""
        if not self.has_words:
            return np.flatnonzero(self._all_allowed) if self.plan.vector is None else self._near_enough
        by_words = self._by_words[self._allowed(self._by_words)]
        others = self._near_enough
        others = others[~among(others, self._by_words)]
        return np.sort(np.concatenate([by_words, others]), kind="stable") if len(others) else by_words

    @property
    def _near_enough(self) -> Array:
        """The rows that match by meaning."""
        if self.meaning is None:
            return np.zeros(0, np.int64)
        return self.meaning.rows[self.meaning.cosines >= self.meaning.floor]

    @cached_property
    def words(self) -> LexicalMatch:
        """What the words of the plan found."""
        places, asked = searched_places(self._settings), self.plan.searchable
        weights = np.asarray(place_weights(self.plan.weights, len(places)), np.float32)
        searched = within = None
        if asked is not None:
            searched = np.array([not place.names or bool(set(place.names) & set(asked)) for place in places], bool)
            if needs_records(places, asked):
                within = Restriction(places, asked, self._settings.language)
        records = self.size if self.live is None else int(np.count_nonzero(self.live))
        segments = self.snapshot.segments
        return LexicalMatch(segments, self.plan, Places(weights, searched, within), records=records, live=self.live)

    @cached_property
    def required(self) -> int:
        """How many words a match by words has to have."""
        return self.words.required(self.plan.weights.enough) if self.has_words else 0

    @cached_property
    def _by_words(self) -> Array:
        """The live rows that match by words, whatever the filter, in order."""
        return self.words.rows_with(self.required) if self.has_words else np.zeros(0, np.int64)

    @cached_property
    def meaning(self) -> Meaning | None:
        """The nearest products that meet the filter; None where the plan has no vector or the index has none."""
        vector = self.plan.vector
        segments = self.snapshot.segments
        parts = [(part, segment.offset, segment.live) for segment in segments for part in segment.vectors]
        if vector is None or not parts:
            return None
        found = nearest(parts, vector, NEAREST)
        rows = np.concatenate([near.rows for near in found])
        cosines = np.concatenate([near.cosines(vector) for near in found])
        floor = floor_of(self.plan.weights, float(self.snapshot.told["floor"]), float(cosines.max(initial=-1)))
        order = np.argsort(rows, kind="stable")  # they are in order where they lie so: of few vectors
        rows, cosines = rows[order], cosines[order]
        kept = self._allowed(rows)
        return Meaning(rows=rows[kept], cosines=cosines[kept], floor=floor)

    @cached_property
    def pins(self) -> list[list[int]]:
        """Live pinned rows by pin."""
        plan = self.plan
        found = [[self.row_of(each) for each in pin.object_ids] for pin in plan.pins]
        pinned = [[row for row in rows if row is not None] for rows in found]
        if not plan.pins_are_filtered:
            return pinned
        distinct = np.array(sorted(set(chain.from_iterable(pinned))), np.int64)
        allowed = set(distinct[self.mask(plan.filter, distinct)].tolist())
        return [[row for row in rows if row in allowed] for rows in pinned]

    @cached_property
    def pinned_rows(self) -> Array:
        """All pinned rows, each once, in order of rows."""
        return np.array(sorted(set(chain.from_iterable(self.pins))), np.int64)

    @cached_property
    def _filter(self) -> Filter:
        """What a row has to meet: the plan's filter and radius."""
        filter, around = self.plan.filter, self.plan.around
        if around is None or around.radius is None:
            return filter
        return And((filter, GeoCircle(around.latitude, around.longitude, around.radius)))

    def _allowed(self, rows: Array) -> Array:
        """Return which of some rows, in order, are live, meet the filter and the radius, and are not hidden."""
        if self.size <= _SMALL:
            return self._all_allowed.take(rows)
        made = self.mask(self._filter, rows)
        if self.live is not None:
            made &= self.live[rows]
        for object_id in self.plan.hidden:
            if (row := self.row_of(object_id)) is not None:
                made &= rows != row
        return made

    @cached_property
    def _all_allowed(self) -> Array:
        """Which of all rows are live, meet the filter and the radius, and are not hidden."""
        segments = self.snapshot.segments
        masks = [Filtering(segment, self._settings).mask(self._filter) for segment in segments]
        made = masks[0] if len(masks) == 1 else np.concatenate([np.zeros(0, bool), *masks])
        if self.live is not None:
            made &= self.live
        for object_id in self.plan.hidden:
            if (row := self.row_of(object_id)) is not None:
                made[row] = False
        return made

    def mask(self, filter: Filter, rows: Array) -> Array:
        """Return which of some rows, in order, meet a filter, live or not; it may be written to."""
        segments = self.snapshot.segments
        if len(segments) == 1:
            return Filtering(segments[0], self._settings).among(filter, rows)
        ends = rows.searchsorted([segment.offset + segment.rows for segment in segments[:-1]])
        masks = [
            Filtering(segment, self._settings).among(filter, part - segment.offset)
            for segment, part in zip(segments, np.split(rows, ends) if segments else (), strict=True)
        ]
        return np.concatenate([np.zeros(0, bool), *masks])

    def row_of(self, object_id: str) -> int | None:
        """Return the row of a live record, None where there is none."""
        for segment in self.snapshot.segments:
            if (row := segment.row_of(object_id)) is not None:
                return row + segment.offset
        return None
