"""The embedded engine: an opened snapshot that carries out plans in process."""

import re
from collections.abc import Sequence
from heapq import merge
from itertools import islice

import numpy as np

from tradewind.catalog.definition import IndexDefinition
from tradewind.search.embedded.filtering import Filtering
from tradewind.search.embedded.manifest import Manifest
from tradewind.search.embedded.opening import OpenedSnapshot
from tradewind.search.embedded.searching import Search
from tradewind.search.embedded.segment import Segment
from tradewind.search.embedded.spelling import EmbeddedVocabulary
from tradewind.search.filters import EVERYTHING, Filter
from tradewind.search.index import FacetValue
from tradewind.search.plan import Outcome, Plan
from tradewind.search.text import folded


class EmbeddedIndex:
    """A snapshot with a definition. Holds nothing that changes, so threads can share it."""

    engine = "embedded"

    def __init__(self, snapshot: OpenedSnapshot, definition: IndexDefinition | None = None) -> None:
        self._snapshot = snapshot
        self._live = snapshot.live
        self.definition = IndexDefinition() if definition is None else definition

    def with_definition(self, definition: IndexDefinition) -> "EmbeddedIndex":
        """Return the same products under other settings of ranking and sorting, as replicas have them."""
        return EmbeddedIndex(self._snapshot, definition)

    @property
    def manifest(self) -> Manifest:
        """Which files make up this version."""
        return self._snapshot.manifest

    @property
    def version(self) -> str:
        return self._snapshot.manifest.version

    @property
    def encoder(self) -> str | None:
        return self._snapshot.manifest.encoder

    @property
    def records(self) -> int:
        return self._snapshot.manifest.records

    @property
    def unencoded(self) -> int:
        return self._snapshot.manifest.unencoded

    @property
    def vocabulary(self) -> EmbeddedVocabulary:
        return EmbeddedVocabulary(self._snapshot.segments)

    def search(self, plan: Plan) -> Outcome:
        """Carry out a plan."""
        return self._search(plan).outcome()

    def facet_values(self, plan: Plan, attribute: str, *, containing: str, limit: int) -> Sequence[FacetValue]:
        """Return values of a facet over the plan's match set with a word that begins with `containing` (folded)."""
        counts = self._search(plan).facet_counts(attribute, limit=self._snapshot.rows * 1_000 + 1)
        begins = re.compile(rf"(?:^|(?<=[\W_])){re.escape(containing)}")
        found = (FacetValue(value, count) for value, count in counts.items() if begins.search(folded(value)))
        return list(islice(found, limit))

    def get(self, object_ids: Sequence[str]) -> Sequence[bytes | None]:
        """Return records in the order of the ids; None for an unknown one."""
        return [self._get(object_id) for object_id in object_ids]

    def scan(
        self, *, filter: Filter = EVERYTHING, after: str | None = None, limit: int = 1000
    ) -> Sequence[tuple[str, bytes]]:
        """Return up to `limit` (object id, record) in the order of ids: those that meet `filter`, after `after`."""
        found = merge(*(self._scan(segment, filter, after, limit) for segment in self._snapshot.segments))
        return [(segment_id.decode(), body) for segment_id, body in islice(found, limit)]

    def _search(self, plan: Plan) -> Search:
        return Search(self._snapshot, self.definition.settings, plan, self._live)

    def _get(self, object_id: str) -> bytes | None:
        for segment in self._snapshot.segments:
            if (row := segment.row_of(object_id)) is not None:
                return segment.bodies[row]
        return None

    def _scan(self, segment: Segment, filter: Filter, after: str | None, limit: int) -> list[tuple[bytes, bytes]]:
        mask = Filtering(segment, self.definition.settings).mask(filter)
        if segment.live is not None:
            mask &= segment.live
        if after is not None:
            key = after.encode("utf-8", "replace")
            first, _ = segment.ids.beginning(key)
            mask[: first + (first < len(segment.ids) and segment.ids[first] == key)] = False
        return [(segment.ids[row], segment.bodies[row]) for row in np.flatnonzero(mask)[:limit].tolist()]
