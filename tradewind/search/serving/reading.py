"""Requests that read published indexes: queries, facet searches, records, browsing."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from tradewind.catalog.definition import IndexDefinition
from tradewind.errors import InputError
from tradewind.protocols.algolia import answers
from tradewind.protocols.algolia.answers import Answer, json_answer, raw_answer
from tradewind.protocols.algolia.errors import unknown_object
from tradewind.protocols.algolia.parameters import Parameters, packed, parameters_of
from tradewind.protocols.algolia.records import cut
from tradewind.protocols.algolia.search_requests import MAX_HITS, search_request
from tradewind.protocols.algolia.table import ignored_of
from tradewind.search.answering import answer as answer_to
from tradewind.search.encoder import TextEncoder
from tradewind.search.facet_search import DEFAULT_FACET_HITS, search_facet
from tradewind.search.filter_matching import meets
from tradewind.search.filters import EVERYTHING
from tradewind.search.plan import Plan
from tradewind.search.request import SearchRequest
from tradewind.search.serving.call import Call
from tradewind.search.serving.shop import SearchShop
from tradewind.search.serving.suggestion_index import Asked, asked_of
from tradewind.search.suggested_answer import SUGGESTED, suggested_answer
from tradewind.search.tracing import Searched

MAX_QUERIES: Final = 100  # of one request
MAX_OBJECTS: Final = 1000  # of one request
_STRATEGIES: Final = (None, "", "none", "stopIfEnoughMatches")


def queries(call: Call, shop: SearchShop) -> Answer:
    """Answer many queries at once, in their order."""
    requests = call.requests()
    if len(requests) > MAX_QUERIES:
        raise InputError("requests", f"has {len(requests)} queries", f"send at most {MAX_QUERIES} at once")
    strategy = call.fields().get("strategy") if isinstance(call.content, dict) else None
    if strategy not in _STRATEGIES:
        raise InputError("strategy", repr(strategy)[:80], "choose none or stopIfEnoughMatches")
    stops = strategy == "stopIfEnoughMatches"
    work = _Work(call, shop)
    results: list[dict[str, Any]] = []
    enough = False
    for number, sent in enumerate(requests):
        index = _index_name(sent, number)
        call.caller.need_index(index)
        if enough:
            results.append(answers.not_processed(index, parameters_of(sent)))
        elif sent.get("type") == "facet":
            facet = sent.get("facet")
            if not isinstance(facet, str) or not facet:
                raise InputError(f"requests[{number}].facet", repr(facet)[:80], "name the attribute to search in")
            results.append(work.facet(index, facet, parameters_of(sent)))
        else:
            result = work.search(index, parameters_of(sent))
            enough = stops and result["nbHits"] >= result.get("hitsPerPage", result.get("length", 0))
            results.append(result)
    return work.answered({"results": results})


def query(call: Call, shop: SearchShop) -> Answer:
    """Answer one query."""
    work = _Work(call, shop)
    return work.answered(work.search(call.index, _sent(call)))


def facet(call: Call, shop: SearchShop) -> Answer:
    """Answer a search among the values of a facet."""
    work = _Work(call, shop)
    return work.answered(work.facet(call.index, call.name, _sent(call)))


def objects(call: Call, shop: SearchShop) -> Answer:
    """Answer with records by their ids; null for an unknown one."""
    requests = call.requests()
    if len(requests) > MAX_OBJECTS:
        raise InputError("requests", f"has {len(requests)} entries", f"send at most {MAX_OBJECTS} at once")
    found: list[Any] = []
    for number, sent in enumerate(requests):
        name = _index_name(sent, number)
        call.caller.need_index(name)
        object_id = sent.get("objectID")
        if not isinstance(object_id, str | int) or isinstance(object_id, bool):
            raise InputError(f"requests[{number}].objectID", repr(object_id)[:80], "must be a text")
        record = _record(call, shop, name, str(object_id), _retrieve(call, sent.get("attributesToRetrieve")))
        found.append(None if record is None else orjson.Fragment(record))
    return json_answer({"results": found})


def get(call: Call, shop: SearchShop) -> Answer:
    """Answer with one record."""
    wanted = call.query.get("attributesToRetrieve")
    record = _record(call, shop, call.index, call.name, _retrieve(call, wanted))
    if record is None:
        raise unknown_object(call.name)
    return raw_answer(record)


def browse(call: Call, shop: SearchShop) -> Answer:
    """Answer with up to 1,000 records, in the order of their ids, and where to go on.

    A record that is there all the time comes once, whatever is published meanwhile.
    """
    work = _Work(call, shop)
    parameters = {**_sent(call), **call.caller.parameters}
    index, definition = shop.indexes.named(call.index)
    after = _cursor_of(parameters.get("cursor"), call.index)
    request = search_request(parameters, enforced=call.caller.conditions, max_hits=call.caller.rights.max_hits)
    size = request.hits_per_page if request.hits_per_page is not None else call.caller.rights.max_hits or MAX_HITS
    rows = index.scan(filter=request.filter, after=after, limit=size + 1) if size else ()
    hits = [orjson.Fragment(work.shown(body, request, definition)) for _, body in rows[:size]]
    found: dict[str, Any] = {
        "hits": hits,
        "page": 0,
        "hitsPerPage": size,
        "query": request.query,
        "params": packed({name: value for name, value in parameters.items() if name != "cursor"}),
        "index": call.index,
        "processingTimeMS": work.took(),
    }
    if after is None:
        count = index.search(Plan(filter=request.filter, length=0)).count
        found |= {"nbHits": count, "nbPages": -(-count // size) if size else 0}
        found |= {"exhaustiveNbHits": True, "exhaustive": {"nbHits": True}}
    if len(rows) > size > 0:
        found["cursor"] = _cursor(call.index, rows[size - 1][0])
    return work.answered(found)


class _Work:
    """One HTTP request's searches: what they share is the caller, the clock, and what is noted of them."""

    def __init__(self, call: Call, shop: SearchShop) -> None:
        self._call = call
        self._shop = shop
        self._begun = shop.clock()
        self._searched: list[Searched] = []
        self._ignored: set[str] = set()

    def took(self) -> int:
        """Return the milliseconds since the request came."""
        return round((self._shop.clock() - self._begun) * 1000)

    def search(self, name: str, sent: Parameters) -> dict[str, Any]:
        begun = self._shop.clock()
        asked = asked_of(name, self._shop, self._call.caller)
        if asked.suggests:
            return self._suggestions(name, sent, asked, begun)
        index, definition = asked.index, asked.definition
        request = self._request(sent, definition)
        answer = answer_to(
            request,
            name=name,
            index=index,
            definition=definition,
            encoder=self._encoder_for(request),
            now=self._call.now,
            query_id=self._shop.new_id(),
        )
        took = round((self._shop.clock() - begun) * 1000)
        self._searched.append(
            Searched(
                request=request,
                answer=answer,
                engine=index.engine,
                encoder=None if answer.reading.lexical_only else index.encoder,
                weights=request.weights or definition.settings.weights,
                milliseconds=took,
                user_agent=self._call.user_agent,
                country=self._call.country,
            )
        )
        rendering = definition.settings.raw.get("renderingContent")
        result = answers.result(
            answer, request, sent, took_ms=took, rendering=rendering if isinstance(rendering, dict) else None
        )
        return _cut(result, request)

    def _suggestions(self, name: str, sent: Parameters, asked: Asked, begun: float) -> dict[str, Any]:
        """Return suggestions. They leave no trace: nothing of the shop was searched or shown yet."""
        request = self._request(sent, SUGGESTED)
        answer = suggested_answer(
            request,
            name=name,
            index=asked.index,
            definition=asked.definition,
            now=self._call.now,
            query_id=self._shop.new_id(),
        )
        took = round((self._shop.clock() - begun) * 1000)
        return _cut(answers.result(answer, request, sent, took_ms=took), request)

    def facet(self, name: str, attribute: str, sent: Parameters) -> dict[str, Any]:
        begun = self._shop.clock()
        index, definition = self._shop.indexes.named(name)
        request = self._request(sent, definition)
        values = search_facet(
            request,
            attribute,
            sent.get("facetQuery", ""),
            limit=sent.get("maxFacetHits", DEFAULT_FACET_HITS),
            index=index,
            definition=definition,
            encoder=self._encoder_for(request),
            now=self._call.now,
        )
        took = round((self._shop.clock() - begun) * 1000)
        return answers.facet_result(values, took_ms=took)

    def shown(self, record: bytes, request: SearchRequest, definition: IndexDefinition) -> bytes:
        return cut(record, request.retrieve, _hidden(self._call, definition))

    def answered(self, content: Mapping[str, Any]) -> Answer:
        """Return the answer, after its searches are noted."""
        if self._searched:
            self._shop.traces.put(self._searched, self._call.now)
        headers = {}
        if self._shop.limits.development and self._ignored:
            headers["x-compat-ignored"] = ",".join(sorted(self._ignored))
        return json_answer(content, headers=headers)

    def _encoder_for(self, request: SearchRequest) -> TextEncoder | None:
        return self._shop.encoder() if request.query.strip() else None

    def _request(self, sent: Parameters, definition: IndexDefinition) -> SearchRequest:
        caller = self._call.caller
        self._ignored.update(ignored_of(sent))
        most = caller.rights.max_hits
        request = search_request({**sent, **caller.parameters}, enforced=caller.conditions, max_hits=most)
        if most and request.hits_per_page is None and request.length is None:
            request = replace(request, hits_per_page=min(definition.settings.hits_per_page, most))
        return request


def _cut(result: Mapping[str, Any], request: SearchRequest) -> dict[str, Any]:
    return answers.cut_to(result, tuple(request.raw.get("responseFields", ())) if request.raw else ())


def _sent(call: Call) -> dict[str, Any]:
    """Return the parameters of the address and of the body; those of the body win."""
    in_address = parameters_of({"params": _encoded(call.query)}) if call.query else {}
    return {**in_address, **parameters_of(call.fields())}


def _encoded(query: Mapping[str, str]) -> str:
    return packed({name: value for name, value in query.items() if name != "params"}) + (
        f"&{query['params']}" if query.get("params") else ""
    )


def _index_name(sent: Mapping[str, Any], number: int) -> str:
    name = sent.get("indexName")
    if not isinstance(name, str) or not name:
        raise InputError(f"requests[{number}].indexName", repr(name)[:80], "name the index")
    return name


def _retrieve(call: Call, sent: Any) -> Sequence[str] | None:
    demanded = call.caller.parameters.get("attributesToRetrieve")
    if demanded is not None:
        return tuple(demanded)
    if sent is None or sent == "":
        return None
    if isinstance(sent, str):
        return tuple(part.strip() for part in sent.split(","))
    if isinstance(sent, list) and all(isinstance(each, str) for each in sent):
        return tuple(sent)
    raise InputError("attributesToRetrieve", repr(sent)[:80], "must be a list of texts")


def _record(call: Call, shop: SearchShop, name: str, object_id: str, retrieve: Sequence[str] | None) -> bytes | None:
    index, definition = shop.indexes.named(name)
    (record,) = index.get([object_id])
    conditions = call.caller.conditions
    if record is None or (conditions != EVERYTHING and not meets(conditions, orjson.loads(record))):
        return None
    return cut(record, retrieve, _hidden(call, definition))


def _hidden(call: Call, definition: IndexDefinition) -> frozenset[str]:
    sees_all = call.caller.may(("seeUnretrievableAttributes",))
    return frozenset() if sees_all else definition.settings.unretrievable


def _cursor(index: str, after: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([1, index, after])).decode()


def _cursor_of(cursor: str | None, index: str) -> str | None:
    """Return the id that a cursor stands behind. Raises: InputError for one that is not of this index."""
    if not cursor:
        return None
    try:
        form, name, after = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error, TypeError):
        form, name, after = 0, "", ""
    if form != 1 or name != index or not isinstance(after, str):
        raise InputError("cursor", repr(cursor)[:80], "give back the cursor of the page before, or none to begin")
    return after


VERBS: Final = {
    "queries": queries,
    "query": query,
    "facet": facet,
    "objects": objects,
    "get": get,
    "browse": browse,
}
