"""The order of a plan as sort keys of OpenSearch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tradewind.catalog.settings import SortKey
from tradewind.search.filters import FacetIs, Filter, Not, Or
from tradewind.search.opensearch import layout as fields
from tradewind.search.opensearch.layout import Layout
from tradewind.search.plan import Plan

SortClause = dict[str, Any]

# Relevance as one number: a level for the head, steps of the score, and behind the head steps of the cosine.
# All stays below 2^53, so that a double holds it exactly.
_DECIMALS = 10_000  # relevance is compared to four decimals
_COSINE_STEPS = 32_768  # more than the steps from -1 to 1
_HEAD = 1 << 45

_RELEVANCE = """
String id = doc['id'].value;
def fused = params.head.get(id);
if (fused != null) { return (double) fused; }
def cosine = params.cosines.get(id);
return Math.rint(_score * params.decimals) * params.steps + (cosine == null ? params.middle : cosine);
"""
_WORDS_SCORE = "Math.rint(_score * params.decimals)"
_COSINE = "params.cosines.get(doc['id'].value)"

_DISTANCE = """
if (doc['geo'].size() == 0) { return params.none; }
double nearest = params.none;
for (def point : doc['geo']) {
  double up = Math.sin(Math.toRadians(point.getLat() - params.lat) / 2);
  double over = Math.sin(Math.toRadians(point.getLon() - params.lon) / 2);
  double part = up * up + Math.cos(Math.toRadians(params.lat)) * Math.cos(Math.toRadians(point.getLat())) * over * over;
  nearest = Math.min(nearest, 2 * params.radius * Math.asin(Math.min(1, Math.sqrt(part))));
}
double step = nearest;
for (def range : params.steps) {
  if (nearest >= range[0]) { step = range[0] + Math.floor((nearest - range[0]) / range[1]) * range[1]; }
}
return step;
"""
_EARTH_RADIUS = 6_371_000.0
_FAR_AWAY = 1e12  # metres: products without a place are behind all others

# Numbers of the stock attribute, else its booleans; without either a product is in stock.
_OUT_OF_STOCK = """
for (def name : params.fields) {
  if (doc.containsKey(name) && doc[name].size() > 0) {
    for (def value : doc[name]) { if (value > 0) { return 0; } }
    return 1;
  }
}
return 0;
"""

_PREFERENCE = """
double total = 0; double highest = 0; double lowest = 0;
for (def each : params.preferences) {
  double score = 0;
  for (def one : each.any) {
    if (doc[one.field].contains(one.value)) { score = each.any.size() == 1 ? one.score : Math.max(score, one.score); }
  }
  score *= each.sign;
  total += score; highest = Math.max(highest, score); lowest = Math.min(lowest, score);
}
return params.sum ? total : highest + lowest;
"""


@dataclass(frozen=True, slots=True)
class Relevance:
    """What of the relevance is known before the page is asked for: the fused scores of the head, the known cosines."""

    head: Mapping[str, float] = field(default_factory=dict)
    cosines: Mapping[str, float] = field(default_factory=dict)


def sort_clauses(plan: Plan, layout: Layout, relevance: Relevance | None) -> list[SortClause]:
    """Return the sort keys of a plan but for its pins, first difference decides; the last is the object id.

    `relevance` is None for a plan without words and vector.
    """
    clauses = _before_preferences(plan)
    if preferences := _preferences(plan, layout):
        params = {"preferences": preferences, "sum": plan.sum_filter_scores}
        clauses.append(_script(_PREFERENCE, params, order="desc"))
    if relevance is not None:
        clauses.append(_by_relevance(relevance))
    return clauses + _preferred(plan)


def by_words_score(plan: Plan) -> list[SortClause]:
    """Return the sort keys of the best by words: the score to four decimals, then what the shop prefers."""
    return [_script(_WORDS_SCORE, {"decimals": _DECIMALS}, order="desc"), *_preferred(plan)]


def by_cosine(plan: Plan, cosines: Mapping[str, float]) -> list[SortClause]:
    """Return the sort keys of the best by meaning among products whose cosines are known."""
    steps = {object_id: round(cosine * _DECIMALS) for object_id, cosine in cosines.items()}
    return [_script(_COSINE, {"cosines": steps}, order="desc"), *_preferred(plan)]


def _preferred(plan: Plan) -> list[SortClause]:
    """Return the sort keys where the relevance is equal."""
    return [clause for key in plan.custom_ranking for clause in by_number(key)] + [{fields.ID: {"order": "asc"}}]


def preference_place(plan: Plan, layout: Layout) -> int | None:
    """Return which of the sort keys is the score of the optional filters; None where there are none."""
    return len(_before_preferences(plan)) if _preferences(plan, layout) else None


def _before_preferences(plan: Plan) -> list[SortClause]:
    clauses = [clause for key in plan.sort for clause in by_number(key)]
    if plan.around and not plan.sort:
        clauses.append(_by_distance(plan))
    if plan.stock:
        names = [fields.number_field(plan.stock), fields.flag_field(plan.stock)]
        clauses.append(_script(_OUT_OF_STOCK, {"fields": names}, order="asc"))
    return clauses


def by_number(key: SortKey) -> list[SortClause]:
    """Return the sort keys for an attribute's lowest (asc) or highest number; where there is none, its booleans."""
    options = {"order": key.direction, "missing": "_last"}
    number, flag = fields.number_field(key.attribute), fields.flag_field(key.attribute)
    return [{number: {**options, "unmapped_type": "double"}}, {flag: {**options, "unmapped_type": "byte"}}]


def _by_distance(plan: Plan) -> SortClause:
    assert plan.around is not None
    params = {
        "lat": plan.around.latitude,
        "lon": plan.around.longitude,
        "steps": [list(each) for each in plan.around.steps],
        "radius": _EARTH_RADIUS,
        "none": _FAR_AWAY,
    }
    return _script(_DISTANCE, params, order="asc")


def _by_relevance(relevance: Relevance) -> SortClause:
    head = {object_id: _HEAD + round(score * _DECIMALS) * _COSINE_STEPS for object_id, score in relevance.head.items()}
    cosines = {
        object_id: round((cosine + 1) * _DECIMALS)
        for object_id, cosine in relevance.cosines.items()
        if object_id not in head
    }
    params = {"head": head, "cosines": cosines, "decimals": _DECIMALS, "steps": _COSINE_STEPS, "middle": _DECIMALS}
    return _script(_RELEVANCE, params, order="desc")


def _preferences(plan: Plan, layout: Layout) -> list[dict[str, Any]]:
    found = [_preference(part, layout, 1) for part in plan.optional_filters]
    return [each for each in found if each["any"]]


def _preference(part: Filter, layout: Layout, sign: int) -> dict[str, Any]:
    """Return an optional filter as the script reads it: the highest score of those that hold, times the sign."""
    match part:
        case Not(negated):
            return _preference(negated, layout, -sign)
        case FacetIs(attribute, value, score) if field := layout.facet_field(attribute):
            return {"sign": sign, "any": [{"field": field, "value": value, "score": score}]}
        case Or(parts):
            return {"sign": sign, "any": [one for each in parts for one in _preference(each, layout, 1)["any"]]}
        case _:
            return {"sign": sign, "any": []}


def _script(source: str, params: Mapping[str, Any], *, order: str) -> SortClause:
    script = {"lang": "painless", "source": " ".join(source.split()), "params": dict(params)}
    return {"_script": {"type": "number", "script": script, "order": order}}
