"""Tier B: an index on an OpenSearch cluster that carries out plans."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from tradewind.aws.opensearch_client import checked, unavailable
from tradewind.aws.opensearch_vocabulary import OpenSearchVocabulary
from tradewind.catalog.definition import IndexDefinition
from tradewind.search.filters import EVERYTHING, Filter
from tradewind.search.index import FacetValue
from tradewind.search.opensearch import decoding, queries
from tradewind.search.opensearch.conditions import condition, ids
from tradewind.search.opensearch.head import Head, head_of
from tradewind.search.opensearch.layout import Layout
from tradewind.search.opensearch.order import preference_place
from tradewind.search.opensearch.pins import PageParts, merged, page_parts, places
from tradewind.search.opensearch.queries import MatchSet, Search
from tradewind.search.opensearch.words import deciding_words
from tradewind.search.plan import Hit, Outcome, Plan
from tradewind.search.text import folded

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

Answer = Mapping[str, Any]

_RECORDS_AT_ONCE = 1_000
_MEMBERS_AT_ONCE = 1_000  # of a walk over products with their groups


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """What is known of the data of an index when it is opened."""

    version: str
    encoder: str | None
    records: int
    unencoded: int
    floor: float  # of similarity, as the index was calibrated


class OpenSearchIndex:
    """One version of an index on a cluster."""

    engine = "opensearch"

    def __init__(
        self, client: "OpenSearch", name: str, *, layout: Layout, definition: IndexDefinition, state: IndexState
    ) -> None:
        self._client = client
        self._name = name
        self._layout = layout
        self._state = state
        self.definition = definition
        self.vocabulary = OpenSearchVocabulary(client, name)

    @property
    def version(self) -> str:
        return self._state.version

    @property
    def encoder(self) -> str | None:
        return self._state.encoder

    @property
    def records(self) -> int:
        return self._state.records

    @property
    def unencoded(self) -> int:
        return self._state.unencoded

    def with_definition(self, definition: IndexDefinition) -> "OpenSearchIndex":
        """Return the same data under another definition: a replica's."""
        made = OpenSearchIndex(self._client, self._name, layout=self._layout, definition=definition, state=self._state)
        made.vocabulary = self.vocabulary
        return made

    def search(self, plan: Plan) -> Outcome:
        """Carry out a plan, in three round trips (more for groups of several products). Raises: IndexUnavailable."""
        found = self._match_set(plan)
        words, meaning, pins, whole = self._ask(
            queries.best_by_words(plan, self._layout, found, tells_vectors=self._awaits_vectors),
            queries.best_by_meaning(plan, self._layout, found),
            queries.pinned(plan, self._layout),
            queries.over_match_set(plan, self._layout, found),
        )
        assert whole is not None
        near = [(object_id, found.near[object_id]) for object_id in decoding.object_ids(meaning)] if meaning else []
        lacking = decoding.without_vector(words) if words and self._awaits_vectors else frozenset()
        head = head_of(plan, decoding.scored(words) if words else [], near, without_vector=lacking)
        shown = dict(decoding.members(pins)) if pins else {}
        sizes = self._sizes(plan, found, whole) if queries.is_grouped(plan) else None
        others = decoding.total(whole) - len(shown) if sizes is None else _kept(sizes, shown, plan.distinct)
        parts = page_parts(places(plan.pins, shown, others), plan.offset, plan.length)
        return Outcome(
            hits=tuple(self._hits(_Page(plan, found, head, shown, parts))),
            count=others + len(shown) if sizes is None else len(sizes),
            facets=decoding.facets(whole, plan),
            stats=decoding.stats(whole, plan),
            required=found.required,
            lexical_count=decoding.way_count(whole, queries.LEXICAL),
            semantic_count=decoding.way_count(whole, queries.SEMANTIC),
            floor=found.floor,
        )

    def facet_values(self, plan: Plan, attribute: str, *, containing: str, limit: int) -> Sequence[FacetValue]:
        field = self._layout.facet_field(attribute)
        if field is None:
            return []
        found = self._match_set(plan)
        begins = re.compile(rf"(?:^|(?<=[\W_])){re.escape(containing)}")
        matching = [value for value in self._values(plan, found, field) if begins.search(folded(value.value))]
        return sorted(matching, key=lambda value: (-value.count, value.value))[:limit]

    def get(self, object_ids: Sequence[str]) -> Sequence[bytes | None]:
        found: dict[str, bytes] = {}
        for start in range(0, len(object_ids), _RECORDS_AT_ONCE):
            some = list(dict.fromkeys(object_ids[start : start + _RECORDS_AT_ONCE]))
            found |= dict(decoding.bodies(self._one(queries.records(some))))
        return [found.get(object_id) for object_id in object_ids]

    def scan(
        self, *, filter: Filter = EVERYTHING, after: str | None = None, limit: int = 1000
    ) -> Sequence[tuple[str, bytes]]:
        if limit < 1:
            return []
        return decoding.bodies(self._one(queries.in_order_of_ids(condition(filter, self._layout), after, limit)))

    def _match_set(self, plan: Plan) -> MatchSet:
        counted, near = self._ask(
            queries.counting(plan, self._layout),
            None if plan.vector is None or not self._has_vectors else queries.nearest(plan.vector),
        )
        words = len(deciding_words(plan))
        required = decoding.required_words(counted, words, plan.weights.enough)
        return decoding.match_set(required, near, plan.weights, self._state.floor)

    @property
    def _has_vectors(self) -> bool:
        return self._state.encoder is not None and self._state.unencoded < self._state.records

    @property
    def _awaits_vectors(self) -> bool:
        """Whether some products have a vector and others do not yet."""
        return self._has_vectors and self._state.unencoded > 0

    def _sizes(self, plan: Plan, found: MatchSet, whole: Answer) -> Mapping[str, int]:
        """Return how many products of the match set each group has."""
        sizes, after = decoding.group_sizes(whole)
        while after is not None:
            more, after = decoding.group_sizes(self._one(queries.more_groups(plan, self._layout, found, after)))
            sizes |= more
        return sizes

    def _hits(self, page: "_Page") -> Iterator[Hit]:
        plan, parts = page.plan, page.parts
        several = queries.is_grouped(plan) and plan.distinct > 1
        others = self._page_search(page)
        wanted = list(parts.pinned.values())
        order: list[str] | None = None
        if several and others is not None:
            order = list(islice(self._of_groups(page, others), parts.start, parts.start + parts.length))
            wanted, others = [*wanted, *order], None
        named = (
            queries.products(plan, self._layout, page.found, head=page.head.fused, object_ids=wanted)
            if wanted
            else None
        )
        answers = [answer for answer in self._ask(others, named) if answer is not None]
        by_id = {object_id: hit for answer in answers for object_id, hit in decoding.by_id(answer)}
        if order is None:
            order = [object_id for object_id in by_id if object_id not in page.shown]
        preference = preference_place(plan, self._layout)
        for object_id in merged(parts, order):
            if object_id in by_id:  # a product may have gone since it was asked for
                pinned = object_id in page.shown
                yield decoding.hit(by_id[object_id], plan, page.found, page.head, preference=preference, pinned=pinned)

    def _page_search(self, page: "_Page") -> Search | None:
        if not page.parts.length:
            return None
        without = ids(page.shown) if page.shown else None
        if page.shown and queries.is_grouped(page.plan) and page.plan.distinct == 1:
            without = queries.of_groups(page.shown.values())
        return queries.page(
            page.plan,
            self._layout,
            page.found,
            head=page.head.fused,
            without=without,
            start=page.parts.start,
            length=page.parts.length,
        )

    def _of_groups(self, page: "_Page", search: Search) -> Iterator[str]:
        """Yield the products of an order of which no more than `distinct` are of one group, pinned ones counted."""
        seen = Counter(page.shown.values())
        start = 0
        while True:
            members = decoding.members(self._one(queries.group_members(search, start, _MEMBERS_AT_ONCE)))
            for object_id, group in members:
                seen[group] += 1
                if seen[group] <= page.plan.distinct:
                    yield object_id
            if len(members) < _MEMBERS_AT_ONCE:
                return
            start += len(members)

    def _values(self, plan: Plan, found: MatchSet, field: str) -> Iterator[FacetValue]:
        after: str | None = None
        while True:
            answer = self._one(queries.facet_values(plan, self._layout, found, field, after))
            buckets = answer["aggregations"]["values"]["buckets"]
            yield from (FacetValue(bucket["key"]["value"], bucket["doc_count"]) for bucket in buckets)
            if len(buckets) < queries.GROUPS_AT_ONCE:
                return
            after = buckets[-1]["key"]["value"]

    def _one(self, search: Search) -> Answer:
        (answer,) = self._ask(search)
        assert answer is not None
        return answer

    def _ask(self, *searches: Search | None) -> list[Answer | None]:
        """Return the answers of searches that are sent together; None for those that are None."""
        sent = [search for search in searches if search is not None]
        if not sent:
            return [None for _ in searches]
        with unavailable(f"index {self._name}"):
            answers = iter(self._sent(sent))
        return [None if search is None else next(answers) for search in searches]

    def _sent(self, searches: Sequence[Search]) -> list[Answer]:
        if len(searches) == 1:
            return [checked(self._client.search(body=searches[0], index=self._name), self._name)]
        lines: list[Any] = [line for search in searches for line in ({}, search)]
        answer = self._client.msearch(body=lines, index=self._name)
        return [checked(each, self._name) for each in answer["responses"]]


@dataclass(frozen=True, slots=True)
class _Page:
    """What the page of a plan needs. `shown`: pinned products with their groups."""

    plan: Plan
    found: MatchSet
    head: Head
    shown: Mapping[str, str]
    parts: PageParts


def _kept(sizes: Mapping[str, int], shown: Mapping[str, str], distinct: int) -> int:
    """Return how many products of groups are kept beside the pinned ones, which are among `sizes` and count."""
    pinned = Counter(shown.values())
    return sum(min(size - pinned[group], max(distinct - pinned[group], 0)) for group, size in sizes.items())
