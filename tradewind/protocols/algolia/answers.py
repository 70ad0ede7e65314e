"""Answers in Algolia's shape. Records are spliced in as they were stored: not one byte of them is written anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from tradewind.protocols.algolia.parameters import Parameters, packed
from tradewind.search.answer import Highlighted, SearchAnswer, Shown
from tradewind.search.facet_search import FoundValue
from tradewind.search.plan import Hit
from tradewind.search.request import SearchRequest

_JSON: Final = {"content-type": "application/json; charset=UTF-8"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; the body is UTF-8."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, more: Mapping[str, str]) -> "Answer":
        return Answer(self.status, self.body, {**self.headers, **more})

    def as_lambda(self) -> dict[str, Any]:
        """Return it as an HTTP API takes it from a function."""
        return {
            "statusCode": self.status,
            "headers": dict(self.headers),
            "body": self.body.decode(errors="replace"),
            "isBase64Encoded": False,
        }


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, orjson.dumps(content), {**_JSON, **(headers or {})})


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return json_answer({"message": message, "status": status}, status, headers)


def raw_answer(body: bytes) -> Answer:
    return Answer(200, body, _JSON)


def spliced(record: bytes, more: Mapping[str, Any]) -> orjson.Fragment:
    """Return a record (a JSON object) with more fields behind its own."""
    if not more:
        return orjson.Fragment(record)
    head = record.rstrip()[:-1]
    comma = b"" if head.rstrip().endswith(b"{") else b","
    return orjson.Fragment(head + comma + orjson.dumps(more)[1:])


def result(
    answer: SearchAnswer,
    request: SearchRequest,
    parameters: Parameters,
    *,
    took_ms: int,
    rendering: Mapping[str, Any] | None = None,
    typed_query: str | None = None,
) -> dict[str, Any]:
    """Return one R of an answer to queries, ready for orjson."""
    outcome, reading = answer.outcome, answer.reading
    found: dict[str, Any] = {
        "hits": [hit(shown, request) for shown in answer.shown],
        "nbHits": outcome.count,
        "page": answer.page,
        "nbPages": answer.pages,
        "hitsPerPage": answer.hits_per_page,
    }
    if answer.offset is not None:
        # Algolia answers these in place of the page.
        for name in ("page", "nbPages", "hitsPerPage"):
            del found[name]
        found |= {"offset": answer.offset, "length": answer.length}
    if request.facets:
        found["facets"] = {name: dict(values) for name, values in outcome.facets.items()}
        if outcome.stats:
            found["facets_stats"] = {name: _stats(stats) for name, stats in outcome.stats.items()}
    found |= {
        "exhaustiveNbHits": True,
        "exhaustiveFacetsCount": True,
        "exhaustiveTypo": True,
        "exhaustive": {"nbHits": True, "facetsCount": True, "facetValues": True, "typo": True},
        "query": typed_query if typed_query is not None else request.query,
        "params": packed(parameters),
        "index": answer.index,
        "renderingContent": _rendering(rendering or {}, reading.redirect),
        "appliedRules": [{"objectID": each} for each in reading.rules],
        "userData": list(reading.user_data),
        "processingTimeMS": took_ms,
        "serverTimeMS": took_ms,
        "processingTimingsMS": {},
    }
    if reading.removed:
        found["queryAfterRemoval"] = reading.query
    if request.click_analytics:
        found["queryID"] = answer.query_id
    if reading.lexical_only:
        found["message"] = "searched by words alone: there are no vectors"
    return found


def hit(shown: Shown, request: SearchRequest) -> orjson.Fragment:
    """Return one hit: the record, and what is said of it."""
    more: dict[str, Any] = {}
    if shown.snippets is not None and shown.snippets != {}:
        more["_snippetResult"] = _tree(shown.snippets, _snippet)
    if shown.highlights is not None and shown.highlights != {}:
        more["_highlightResult"] = _tree(shown.highlights, _highlight)
    if request.ranking_info:
        more["_rankingInfo"] = _ranking(shown, request)
    return spliced(shown.record, more)


def facet_result(values: Iterable[FoundValue], *, took_ms: int) -> dict[str, Any]:
    """Return the answer to a facet search."""
    hits = [{"value": each.value, "highlighted": each.highlighted, "count": each.count} for each in values]
    return {"facetHits": hits, "exhaustiveFacetsCount": True, "processingTimeMS": took_ms}


def not_processed(index: str, parameters: Parameters) -> dict[str, Any]:
    """Return the R of a query that needed no answer, because one before it had enough hits."""
    return {
        "hits": [],
        "nbHits": 0,
        "page": 0,
        "nbPages": 0,
        "hitsPerPage": parameters.get("hitsPerPage", 20),
        "exhaustiveNbHits": False,
        "processed": False,
        "query": parameters.get("query", ""),
        "params": packed(parameters),
        "index": index,
        "processingTimeMS": 0,
    }


def cut_to(found: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """Return the fields of an answer that `responseFields` names; a few are always there, as at Algolia."""
    if not fields or "*" in fields:
        return dict(found)
    kept = {*fields, "message", "warning", "cursor", "abTestVariantID", "processed"}
    return {name: value for name, value in found.items() if name in kept}


def number(value: float) -> int | float:
    """Return a number as people write it: whole ones without a point."""
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value


def _stats(stats: Any) -> dict[str, int | float]:
    return {"min": number(stats.min), "max": number(stats.max), "avg": number(stats.avg), "sum": number(stats.sum)}


def _rendering(rendering: Mapping[str, Any], redirect: str | None) -> Mapping[str, Any]:
    return {**rendering, "redirect": {"url": redirect}} if redirect else rendering


def _tree(node: Any, leaf: Any) -> Any:
    if isinstance(node, Highlighted):
        return leaf(node)
    if isinstance(node, Mapping):
        return {name: _tree(below, leaf) for name, below in node.items()}
    if isinstance(node, list | tuple):
        return [_tree(below, leaf) for below in node]
    return node


def _highlight(found: Highlighted) -> dict[str, Any]:
    said: dict[str, Any] = {"value": found.value, "matchLevel": found.match}
    if found.match != "none":
        said["fullyHighlighted"] = found.full
    return said | {"matchedWords": list(found.words)}


def _snippet(found: Highlighted) -> dict[str, Any]:
    return {"value": found.value, "matchLevel": found.match}


def _precision_at(hit: Hit, request: SearchRequest) -> int:
    """Return how many metres count as the same where a hit is."""
    if request.around is None:
        return 0
    return max(each for each in request.around.steps if each[0] <= (hit.distance or 0))[1]


def _ranking(shown: Shown, request: SearchRequest) -> dict[str, Any]:
    hit: Hit = shown.hit
    found = {
        "nbTypos": hit.typos,
        "firstMatchedWord": shown.first_matched,
        "proximityDistance": shown.proximity,
        "userScore": 0,
        "geoDistance": hit.distance or 0,
        "geoPrecision": _precision_at(hit, request),
        "nbExactWords": shown.exact_words,
        "words": hit.matched_words,
        "filters": hit.filter_score,
        "promoted": hit.pinned,
        "tradewind": {
            "score": hit.score,
            "lexicalRank": hit.lexical_rank,
            "lexicalScore": hit.lexical_score,
            "vectorRank": hit.vector_rank,
            "similarity": hit.similarity,
        },
    }
    if request.around and hit.distance is not None:
        found["matchedGeoLocation"] = {"distance": hit.distance}
    return found
