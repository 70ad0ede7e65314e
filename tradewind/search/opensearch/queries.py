"""A plan as the searches that OpenSearch is asked for. Everything here is data.

Three round trips at most, each one `_msearch`:
 1. how many products match how many of the words, and the candidates by meaning (`counting`, `nearest`);
 2. the two lists that are fused, the pinned products, and counts and facets (`best_by_words`, `best_by_meaning`,
    `pinned`, `over_match_set`);
 3. the page (`page`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tradewind.search.encoder import Vectors
from tradewind.search.filters import GeoCircle
from tradewind.search.opensearch import layout as fields
from tradewind.search.opensearch.conditions import ALL, NONE, Query, condition, ids
from tradewind.search.opensearch.layout import Layout
from tradewind.search.opensearch.order import Relevance, by_cosine, by_words_score, sort_clauses
from tradewind.search.opensearch.words import deciding_words, matches, relevance
from tradewind.search.plan import Plan

Search = dict[str, Any]

MAX_CANDIDATES = 2_000  # nearest products that can match by meaning
GROUPS_AT_ONCE = 10_000  # of one answer of a composite aggregation; more are counted in further searches

# Stored fields, `_id` among them, take ten times as long as a column.
_IDS_ONLY = {"stored_fields": "_none_", "docvalue_fields": [fields.ID]}
_RECORDS = {"_source": [fields.BODY], "docvalue_fields": [fields.ID]}
# Names of aggregations.
LEXICAL, SEMANTIC, GROUPS, FACET, STATS = "lexical", "semantic", "groups", "facet", "stats"
# Told by name for each product; adds nothing to its score.
HAS_VECTOR = "vector"
WITH_VECTOR: Query = {"exists": {"field": fields.VECTOR, "boost": 0.0, "_name": HAS_VECTOR}}


@dataclass(frozen=True, slots=True)
class MatchSet:
    """What the first round trip decided: how many words a product has to match, and the candidates by meaning."""

    required: int = 0
    near: Mapping[str, float] = field(default_factory=dict)  # cosine of the nearest products by objectID
    candidates: Sequence[str] = ()  # those of them that match by meaning: at or above the floor
    floor: float | None = None  # of similarity; None without near products


def is_browse(plan: Plan) -> bool:
    """Tell whether a plan matches every product: no words that decide, no vector."""
    return not deciding_words(plan) and plan.vector is None


def counting(plan: Plan, layout: Layout) -> Search | None:
    """Return the search that counts products by how many words they match at least; None where it is one word or none.

    The counts leave the filter aside, so that the facet count of a value equals the hits under it.
    """
    words = len(deciding_words(plan))
    if words < 2:
        return None
    levels = {str(required): matches(plan, layout, required) for required in range(2, words + 1)}
    return {"size": 0, "query": ALL, "aggs": {"matching": {"filters": {"filters": levels}}}, "track_total_hits": False}


def nearest(vector: Vectors) -> Search:
    """Return the search for the products nearest to `vector`, without any filter: the plan has it so."""
    near = {"vector": [float(each) for each in vector], "k": MAX_CANDIDATES}
    return {
        "size": MAX_CANDIDATES,
        "query": {"knn": {fields.VECTOR: near}},
        "track_total_hits": False,
        **_IDS_ONLY,
    }


def match_set(plan: Plan, layout: Layout, found: MatchSet) -> Query:
    """Return the query for parts (a) and (b) of the match set: words or meaning, under the filter, not hidden."""
    ways = []
    if found.required:
        ways.append(matches(plan, layout, found.required))
    if found.candidates:
        ways.append(ids(found.candidates))
    if is_browse(plan):
        ways.append(ALL)
    return _under_filter(_either(ways), plan, layout)


def _either(ways: Sequence[Query]) -> Query:
    if len(ways) == 1:
        return ways[0]
    return {"bool": {"should": list(ways)}} if ways else NONE


def _under_filter(query: Query, plan: Plan, layout: Layout) -> Query:
    conditions = [query]
    conditions += _asked(plan, layout)
    made: dict[str, Any] = {"filter": conditions}
    if plan.hidden:
        made["must_not"] = [ids(plan.hidden)]
    return {"bool": made}


def _asked(plan: Plan, layout: Layout) -> list[Query]:
    asked = [plan.filter]
    if plan.around and plan.around.radius is not None:
        asked.append(GeoCircle(plan.around.latitude, plan.around.longitude, plan.around.radius))
    return [made for each in asked if (made := condition(each, layout)) != ALL]


def pinned_ids(plan: Plan) -> list[str]:
    """Return the pinned products, each once, in order."""
    return list(dict.fromkeys(object_id for pin in plan.pins for object_id in pin.object_ids))


def pinned(plan: Plan, layout: Layout) -> Search | None:
    """Return the search for those pinned products that are shown; None where there are none."""
    if not (asked := pinned_ids(plan)):
        return None
    search = {"size": len(asked), "query": _pinned(plan, layout), "track_total_hits": False, **_IDS_ONLY}
    return {**search, "docvalue_fields": [fields.ID, fields.GROUP]}


def _pinned(plan: Plan, layout: Layout) -> Query:
    conditions = [ids(pinned_ids(plan))]
    if plan.pins_are_filtered:
        conditions.append(condition(plan.filter, layout))
    return {"bool": {"filter": conditions}}


def best_by_words(plan: Plan, layout: Layout, found: MatchSet, *, tells_vectors: bool = False) -> Search | None:
    """Return the search for the best `weights.depth` by words under the filter; None for a plan without words.

    With `tells_vectors` the answer names among the matched queries of each product whether it has a vector.
    """
    if not found.required:
        return None
    query = _under_filter(ALL, plan, layout)
    query["bool"]["must"] = [relevance(plan, layout, found.required)]
    if tells_vectors:
        query["bool"]["should"] = [WITH_VECTOR]
        query["bool"]["minimum_should_match"] = 0
    return {**_best(plan, query, by_words_score(plan)), "track_scores": True}


def best_by_meaning(plan: Plan, layout: Layout, found: MatchSet) -> Search | None:
    """Return the search for the `weights.depth` nearest products of the match set; None without any near ones."""
    if not found.near:
        return None
    query = match_set(plan, layout, found)
    query["bool"]["filter"].append(ids(found.near))
    return _best(plan, query, by_cosine(plan, found.near))


def _best(plan: Plan, query: Query, sort: list[dict[str, Any]]) -> Search:
    return {"size": plan.weights.depth, "query": query, "sort": sort, "track_total_hits": False, **_IDS_ONLY}


def over_match_set(plan: Plan, layout: Layout, found: MatchSet) -> Search:
    """Return the search for what covers the whole match set: counts, facets, statistics, groups."""
    search: Search = {"size": 0, "query": _whole(plan, layout, found), "track_total_hits": True}
    aggregations = _ways(plan, layout, found)
    if is_grouped(plan):
        aggregations |= _groups(None)
    for number, attribute in enumerate(plan.facets):
        aggregations |= _facet(number, attribute, plan, layout)
    return {**search, "aggs": aggregations} if aggregations else search


def is_grouped(plan: Plan) -> bool:
    return bool(plan.distinct and plan.distinct_attribute)


def more_groups(plan: Plan, layout: Layout, found: MatchSet, after: str) -> Search:
    """Return the search that goes on counting groups behind `after`."""
    return {"size": 0, "query": _whole(plan, layout, found), "track_total_hits": False, "aggs": _groups(after)}


def _whole(plan: Plan, layout: Layout, found: MatchSet) -> Query:
    """Return the whole match set, pinned products with it."""
    matched = match_set(plan, layout, found)
    return {"bool": {"should": [matched, _pinned(plan, layout)]}} if plan.pins else matched


def _ways(plan: Plan, layout: Layout, found: MatchSet) -> dict[str, Any]:
    """Return the aggregations that count products by how they match; where there is one way only, all do."""
    if is_browse(plan):
        return {}
    lexical = matches(plan, layout, found.required)
    by_meaning_alone = {"bool": {"filter": [ids(found.candidates)], "must_not": [lexical]}}
    return {LEXICAL: {"filter": lexical}, SEMANTIC: {"filter": by_meaning_alone}}


def _groups(after: str | None) -> dict[str, Any]:
    composite: dict[str, Any] = {
        "size": GROUPS_AT_ONCE,
        "sources": [{fields.GROUP: {"terms": {"field": fields.GROUP}}}],
    }
    if after is not None:
        composite["after"] = {fields.GROUP: after}
    return {GROUPS: {"composite": composite}}


def _facet(number: int, attribute: str, plan: Plan, layout: Layout) -> dict[str, Any]:
    name = layout.facet_field(attribute)
    if name is None:
        return {}
    by_value = {"_key": "asc"}
    order = [by_value] if plan.sort_facet_values_by == "alpha" else [{"_count": "desc"}, by_value]
    values = {"field": name, "size": plan.max_values_per_facet, "order": order}
    return {
        f"{FACET}{number}": {"terms": values},
        f"{STATS}{number}": {"stats": {"field": fields.number_field(attribute)}},
    }


def page(
    plan: Plan,
    layout: Layout,
    found: MatchSet,
    *,
    head: Mapping[str, float],
    without: Query | None,
    start: int,
    length: int,
) -> Search:
    """Return the search for the products from place `start` on of the order without its pinned products.

    `head` is the fused score of the products of the head; `without` are the pinned products, and of a grouped plan
    their groups. A plan that keeps one product of a group gets the best of each.
    """
    query = match_set(plan, layout, found)
    if without is not None:
        query["bool"]["must_not"] = [*query["bool"].get("must_not", []), without]
    search = {"from": start, "size": length, **_ordered(query, plan, layout, found, head)}
    if is_grouped(plan) and plan.distinct == 1:
        search["collapse"] = {"field": fields.GROUP}
    return search


def products(
    plan: Plan, layout: Layout, found: MatchSet, *, head: Mapping[str, float], object_ids: Sequence[str]
) -> Search:
    """Return the search for certain products of a page, with their scores."""
    query = {"bool": {"filter": [ids(object_ids)]}}
    return {"size": len(object_ids), **_ordered(query, plan, layout, found, head)}


def _ordered(query: Query, plan: Plan, layout: Layout, found: MatchSet, head: Mapping[str, float]) -> Search:
    if found.required:
        query["bool"]["should"] = [relevance(plan, layout, found.required)]
        query["bool"]["minimum_should_match"] = 0
    known = None if is_browse(plan) else Relevance(head, found.near)
    return {
        "query": query,
        "sort": sort_clauses(plan, layout, known),
        "track_scores": bool(found.required),
        "track_total_hits": False,
        **_RECORDS,
    }


def group_members(search: Search, start: int, size: int) -> Search:
    """Return the search of a page as one for a stretch of its products with their groups, and nothing else of them."""
    kept = {key: value for key, value in search.items() if key in ("query", "sort", "track_total_hits")}
    ids_and_groups = {**_IDS_ONLY, "docvalue_fields": [fields.ID, fields.GROUP]}
    return {**kept, **ids_and_groups, "from": start, "size": size}


def of_groups(groups: Iterable[str]) -> Query:
    return {"terms": {fields.GROUP: sorted(groups)}}


def facet_values(plan: Plan, layout: Layout, found: MatchSet, name: str, after: str | None) -> Search:
    """Return the search for all values of a facet field over the match set, ten thousand at a time, by value."""
    composite: dict[str, Any] = {"size": GROUPS_AT_ONCE, "sources": [{"value": {"terms": {"field": name}}}]}
    if after is not None:
        composite["after"] = {"value": after}
    return {
        "size": 0,
        "query": _whole(plan, layout, found),
        "track_total_hits": False,
        "aggs": {"values": {"composite": composite}},
    }


def records(object_ids: Sequence[str]) -> Search:
    """Return the search for records by their ids."""
    return {
        "size": len(object_ids),
        "query": {"bool": {"filter": [ids(object_ids)]}},
        "track_total_hits": False,
        **_RECORDS,
    }


def in_order_of_ids(query: Query, after: str | None, limit: int) -> Search:
    """Return the search for up to `limit` records that match, in the order of their ids, behind `after`."""
    search: Search = {
        "size": limit,
        "query": {"bool": {"filter": [query]}},
        "sort": [{fields.ID: {"order": "asc"}}],
        "track_total_hits": False,
        **_RECORDS,
    }
    return search if after is None else {**search, "search_after": [after]}


def first(query: Query, size: int) -> Search:
    """Return the search for any `size` records that match."""
    return {
        "size": size,
        "query": query,
        "track_total_hits": False,
        **_RECORDS,
    }


def documents_of(object_ids: Sequence[str]) -> Search:
    """Return the search for the documents of products, where the cluster gave them their ids."""
    return {"size": 2 * len(object_ids), "query": ids(object_ids), "track_total_hits": False, **_IDS_ONLY}
