"""What OpenSearch answers, as hits and counts."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tradewind.catalog.settings import Weights
from tradewind.search.filter_matching import distance, points_of
from tradewind.search.opensearch import layout as fields
from tradewind.search.opensearch.head import Head
from tradewind.search.opensearch.queries import FACET, GROUPS, GROUPS_AT_ONCE, HAS_VECTOR, STATS, MatchSet
from tradewind.search.plan import FacetStats, Hit, Plan
from tradewind.search.similarity_floor import floor_of

Answer = Mapping[str, Any]


def object_ids(answer: Answer) -> list[str]:
    """Return the objectIDs of an answer in its order."""
    return [hit["fields"][fields.ID][0] for hit in answer["hits"]["hits"]]


def by_id(answer: Answer) -> list[tuple[str, Answer]]:
    """Return the hits of an answer in its order, each with its objectID."""
    return [(hit["fields"][fields.ID][0], hit) for hit in answer["hits"]["hits"]]


def bodies(answer: Answer) -> list[tuple[str, bytes]]:
    """Return objectID and record of the hits of an answer in its order."""
    return [(hit["fields"][fields.ID][0], _body(hit)) for hit in answer["hits"]["hits"]]


def _body(hit: Answer) -> bytes:
    text: str = hit["_source"][fields.BODY]
    return text.encode()


def match_set(required: int, near: Answer | None, weights: Weights, calibrated: float) -> MatchSet:
    """Return what the first round trip decided. `calibrated` is the similarity floor of the index."""
    if near is None:
        return MatchSet(required)
    found = {hit["fields"][fields.ID][0]: _cosine(hit["_score"]) for hit in near["hits"]["hits"]}
    if not found:
        return MatchSet(required)
    floor = floor_of(weights, calibrated, max(found.values()))
    return MatchSet(required, found, [object_id for object_id, cosine in found.items() if cosine >= floor], floor)


def _cosine(score: float) -> float:
    """The score of an inner product d is 1 + d where d >= 0, else 1 / (1 - d), for both vector engines."""
    return score - 1.0 if score >= 1.0 else 1.0 - 1.0 / score


def required_words(answer: Answer | None, words: int, enough: int) -> int:
    """Return how many words a product has to match: all, one less while fewer than `enough` products match."""
    if answer is None:
        return min(words, 1)
    counts = answer["aggregations"]["matching"]["buckets"]
    for required in range(words, 1, -1):
        if counts[str(required)]["doc_count"] >= enough:
            return required
    return 1


def scored(answer: Answer) -> list[tuple[str, float]]:
    """Return objectID and score of the hits of an answer in its order."""
    return [(hit["fields"][fields.ID][0], float(hit["_score"])) for hit in answer["hits"]["hits"]]


def without_vector(answer: Answer) -> frozenset[str]:
    """Return the objectIDs of those hits that have no vector; the search has to tell it, see `best_by_words`."""
    hits = answer["hits"]["hits"]
    return frozenset(hit["fields"][fields.ID][0] for hit in hits if HAS_VECTOR not in hit.get("matched_queries", ()))


def total(answer: Answer) -> int:
    return int(answer["hits"]["total"]["value"])


def way_count(answer: Answer, way: str) -> int:
    """Return how many products of the match set match by words, or by meaning alone."""
    counted = answer.get("aggregations", {}).get(way)
    return int(counted["doc_count"]) if counted else 0


def group_sizes(answer: Answer) -> tuple[dict[str, int], str | None]:
    """Return the products of each group of an answer, and behind which group to go on; None: that was all."""
    found = answer["aggregations"][GROUPS]
    sizes = {bucket["key"][fields.GROUP]: bucket["doc_count"] for bucket in found["buckets"]}
    after = found["after_key"][fields.GROUP] if len(sizes) == GROUPS_AT_ONCE else None
    return sizes, after


def members(answer: Answer) -> list[tuple[str, str]]:
    """Return objectID and group of the hits of an answer in its order."""
    return [(hit["fields"][fields.ID][0], hit["fields"][fields.GROUP][0]) for hit in answer["hits"]["hits"]]


def facets(answer: Answer, plan: Plan) -> dict[str, dict[str, int]]:
    """Return counts by value of each facet, in order of showing."""
    found = answer.get("aggregations", {})
    return {
        attribute: {bucket["key"]: bucket["doc_count"] for bucket in found[f"{FACET}{number}"]["buckets"]}
        for number, attribute in enumerate(plan.facets)
        if f"{FACET}{number}" in found
    }


def stats(answer: Answer, plan: Plan) -> dict[str, FacetStats]:
    """Return the statistics of the facets that have numbers."""
    found = answer.get("aggregations", {})
    made = {}
    for number, attribute in enumerate(plan.facets):
        numbers = found.get(f"{STATS}{number}")
        if numbers and numbers["count"]:
            made[attribute] = FacetStats(numbers["min"], numbers["max"], numbers["avg"], numbers["sum"])
    return made


def hit(found: Answer, plan: Plan, known: MatchSet, head: Head, *, preference: int | None, pinned: bool) -> Hit:
    """Return one product of the page. `preference` is the place of the optional filters among the sort keys."""
    object_id = found["fields"][fields.ID][0]
    body = _body(found)
    lexical = float(found.get("_score") or 0.0)
    similarity = known.near.get(object_id)
    matched, typos = _matched(found.get("matched_queries", ()), plan)
    return Hit(
        object_id=object_id,
        record=body,
        score=head.fused.get(object_id, lexical or similarity or 0.0),
        lexical_rank=head.word_ranks.get(object_id),
        lexical_score=lexical,
        vector_rank=head.meaning_ranks.get(object_id),
        similarity=similarity,
        matched_words=matched,
        typos=typos,
        filter_score=0 if preference is None else int(found["sort"][preference]),
        pinned=pinned,
        distance=_distance(body, plan),
    )


def _matched(names: Sequence[str], plan: Plan) -> tuple[int, int]:
    """Return how many words of the plan a hit matches, and with how many typos: of each word's best alternative."""
    fewest: dict[int, int] = {}
    for name in names:
        word, _, alternative = name.partition(".")
        typos = plan.words[int(word)].alternatives[int(alternative)].typos
        fewest[int(word)] = min(typos, fewest.get(int(word), typos))
    return len(fewest), sum(fewest.values())


def _distance(body: bytes, plan: Plan) -> int | None:
    if plan.around is None:
        return None
    here = plan.around.latitude, plan.around.longitude
    metres = [distance(here, point) for point in points_of(orjson.loads(body))]
    return round(min(metres)) if metres else None
