"""Which products a plan matches: by words, by meaning, under the filter. See tradewind/search/plan.py."""

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
from tradewind.search.embedded.vectors import nearest
from tradewind.search.filters import And, Filter, GeoCircle
from tradewind.search.plan import Plan
from tradewind.search.product_texts import place_weights, searched_places
from tradewind.search.similarity_floor import floor_of

NEAREST = 2_000  # products that can match by meaning alone


@dataclass(frozen=True, slots=True)
class Meaning:
    """Products near the plan's vector, under the filter: rows, int64, and their cosines, float32."""

    rows: Array
    cosines: Array
    floor: float


class MatchSet:
    """The match set of one plan over one snapshot; lives as long as the query. Rows are those of the whole index."""

    def __init__(self, snapshot: OpenedSnapshot, settings: IndexSettings, plan: Plan, live: Array | None) -> None:
        self.snapshot, self.plan, self.live = snapshot, plan, live
        self._settings = settings
        self.size = snapshot.rows
        self.has_words = any(not word.optional for word in plan.words)

    @cached_property
    def rows(self) -> Array:
        """The rows of the match set, in order of rows."""
        if not len(self.pinned_rows):
            return np.flatnonzero(self.matching)
        mask = self.matching.copy()
        mask[self.pinned_rows] = True
        return np.flatnonzero(mask)

    @cached_property
    def matching(self) -> Array:
        """Which rows match; pinned ones only where they match themselves."""
        if not self.has_words and self.plan.vector is None:
            return self._filtered
        made = np.zeros(self.size, bool)
        if self.has_words:
            np.logical_and(self.by_words, self._filtered, out=made)
        if self.meaning is not None:
            made[self.meaning.rows[self.meaning.cosines >= self.meaning.floor]] = True
        return made

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
    def by_words(self) -> Array:
        """Which rows match by words, whatever the filter."""
        if not self.has_words:
            return np.zeros(self.size, bool)
        return np.asarray(self.words.matched >= self.required)

    @cached_property
    def scores(self) -> Array:
        """The words' score of rows that match by words and meet the filter or are pinned, float32; 0 of others."""
        made = np.zeros(self.size, np.float32)
        if self.has_words:
            wanted = self.by_words & self._filtered
            wanted[self.pinned_rows] = self.by_words[self.pinned_rows]
            rows = np.flatnonzero(wanted)
            made[rows] = self.words.scores(rows)
        return made

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
        kept = self._filtered[rows]
        floor = floor_of(self.plan.weights, float(self.snapshot.told["floor"]), float(cosines.max(initial=-1)))
        return Meaning(rows=rows[kept], cosines=cosines[kept], floor=floor)

    @cached_property
    def cosines(self) -> Array:
        """The cosine of each row, float32; 0 where it was not computed."""
        made = np.zeros(self.size, np.float32)
        if self.meaning is not None:
            made[self.meaning.rows] = self.meaning.cosines
        return made

    @cached_property
    def pins(self) -> list[list[int]]:
        """Live pinned rows by pin."""
        plan = self.plan
        allowed = self.mask(plan.filter) if plan.pins_are_filtered and plan.pins else None
        found = [[self.row_of(each) for each in pin.object_ids] for pin in plan.pins]
        return [[row for row in rows if row is not None and (allowed is None or allowed[row])] for rows in found]

    @cached_property
    def pinned_rows(self) -> Array:
        """All pinned rows, each once, in order of rows."""
        return np.array(sorted(set(chain.from_iterable(self.pins))), np.int64)

    @cached_property
    def _filtered(self) -> Array:
        """Which rows are live, meet the filter and the radius, and are not hidden."""
        plan = self.plan
        parts: list[Filter] = [plan.filter]
        if plan.around is not None and plan.around.radius is not None:
            parts.append(GeoCircle(plan.around.latitude, plan.around.longitude, plan.around.radius))
        made = self.mask(parts[0] if len(parts) == 1 else And(tuple(parts)))
        if self.live is not None:
            made &= self.live
        for object_id in plan.hidden:
            if (row := self.row_of(object_id)) is not None:
                made[row] = False
        return made

    def mask(self, filter: Filter) -> Array:
        """Return which rows meet a filter, live or not."""
        masks = [Filtering(segment, self._settings).mask(filter) for segment in self.snapshot.segments]
        return masks[0] if len(masks) == 1 else np.concatenate([np.zeros(0, bool), *masks])

    def row_of(self, object_id: str) -> int | None:
        """Return the row of a live record, None where there is none."""
        for segment in self.snapshot.segments:
            if (row := segment.row_of(object_id)) is not None:
                return row + segment.offset
        return None
