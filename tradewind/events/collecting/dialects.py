"""What differs between the protocols that bring events: where the key is, who may send, the limits, the answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from tradewind.config import Events
from tradewind.events.collecting import admission, answers, validation
from tradewind.events.collecting.answers import Answer, json_answer
from tradewind.events.collecting.refusals import Refusal, RequestRefused
from tradewind.events.collecting.request import Request
from tradewind.events.collecting.validation import Shared
from tradewind.events.collecting.write_keys import WriteKey, may_send_events
from tradewind.events.event import Event
from tradewind.protocols import insights, segment, ubi
from tradewind.protocols.segment import Route

_OK: Final = {"status": 200, "message": "OK"}
_CREATED: Final = 201
_BAD: Final = 400
_UNKNOWN: Final = 401
_UNPROCESSABLE: Final = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One protocol."""

    key_of: Callable[[Request], str | None]  # outside of the body
    may_send: Callable[[WriteKey, datetime], bool]
    limits: Callable[[Events], Events]
    judge: Callable[[msgspec.Raw, int, Shared], Event | Refusal | None]  # None: neither kept nor refused
    # Request, stored events, refusals, and how many more were refused for the reason of the last one.
    judged: Callable[[Request, Sequence[Event], Sequence[Refusal], int], Answer]
    error: Callable[[RequestRefused], Answer]


def route_of(path: str) -> Route | None:
    """Return what the path takes, None for an unknown one."""
    plain = segment.plain(path)
    if plain == insights.PATH:
        return _INSIGHTS_ROUTE
    if insights.token_in_path(plain):
        return _TOKEN_ROUTE
    return _UBI_ROUTES.get(ubi.rows_in_path(plain) or "") or segment.route_of(path)


def dialect_of(route: Route) -> Dialect:
    """Return how those speak who use the route."""
    return _DIALECTS.get(route.kind, _SEGMENT)


def _key_of_algolia(request: Request) -> str | None:
    """Return the key of the header or the query, wherever Algolia's clients put it; else as other clients send it."""
    return (
        request.headers.get(insights.KEY_NAME)
        or segment.value_in(segment.query_of(request.query), insights.KEY_NAME)
        or admission.key_of_request(request)
    )


def _key_of_ubi(request: Request) -> str | None:
    return ubi.key_in_path(segment.plain(request.path)) or _key_of_algolia(request)


def _insights_limits(limits: Events) -> Events:
    body = min(limits.max_body, insights.MAX_BODY)
    return replace(limits, max_body=body, max_batch=body, max_batch_events=insights.MAX_EVENTS)


def _judge_insights(raw: msgspec.Raw, index: int, shared: Shared) -> Event | Refusal | None:
    return validation.judge_translated(raw, index, shared, lambda sent: insights.translated(sent, shared.received_at))


def _judge_ubi_query(raw: msgspec.Raw, index: int, shared: Shared) -> Event | Refusal | None:
    return validation.judge_translated(raw, index, shared, lambda sent: ubi.translated_query(sent, shared.new_id()))


def _judge_ubi_event(raw: msgspec.Raw, index: int, shared: Shared) -> Event | Refusal | None:
    return validation.judge_translated(raw, index, shared, ubi.translated_event)


def _judged_segment(_request: Request, events: Sequence[Event], refusals: Sequence[Refusal], more: int) -> Answer:
    return answers.judged(len(events), refusals, more=more)


def _judged_insights(_request: Request, events: Sequence[Event], refusals: Sequence[Refusal], more: int) -> Answer:
    if not refusals:
        return json_answer(200, _OK)
    rejected = answers.named(refusals, more=more)
    if events:
        return json_answer(200, {**_OK, "rejected": rejected})
    return json_answer(_UNPROCESSABLE, {"status": _UNPROCESSABLE, "message": refusals[0].message, "rejected": rejected})


def _insights_error(refused: RequestRefused) -> Answer:
    # Algolia's clients throw `message`, and know 422 for what is wrong with a body.
    status = _UNPROCESSABLE if refused.http_status == _BAD else refused.http_status
    message = "Invalid credentials" if status == _UNKNOWN else refused.message
    return json_answer(status, {"status": status, "message": message}, refused.headers)


def _judged_ubi(request: Request, events: Sequence[Event], refusals: Sequence[Refusal], more: int) -> Answer:
    """Return what OpenSearch answers to a bulk request: one item a row."""
    rows = ubi.rows_in_path(segment.plain(request.path))
    items = {int(event.receipt.rpartition("-")[2]): _created(event, rows) for event in events}
    rejected = answers.named(refusals, more=more)
    items |= {refusal["index"]: _failed(refusal, rows) for refusal in rejected}
    content = {"took": 0, "errors": bool(refusals), "items": [items[place] for place in sorted(items)]}
    if not events and refusals:
        error = {"type": refusals[0].code, "reason": refusals[0].message}
        return json_answer(_BAD, {"error": error, "status": _BAD, **content})
    if len(events) == 1 and rows == "ubi_queries":
        content["query_id"] = ubi.query_id_of(events[0])
    return json_answer(200, content)


def _created(event: Event, rows: str | None) -> dict[str, object]:
    stored = {"_index": rows, "_id": event.message_id, "result": "created", "status": _CREATED}
    query_id = ubi.query_id_of(event) if rows == "ubi_queries" else None
    return {"index": stored | ({"query_id": query_id} if query_id else {})}


def _failed(refusal: dict[str, object], rows: str | None) -> dict[str, object]:
    error = {"type": refusal["code"], "reason": refusal["message"]}
    return {"index": {"_index": rows, "status": _BAD, "error": error}}


def _ubi_error(refused: RequestRefused) -> Answer:
    content = {"error": {"type": refused.code, "reason": refused.message}, "status": refused.http_status}
    return json_answer(refused.http_status, content, refused.headers)


_INSIGHTS_ROUTE: Final = Route(kind="insights", too_large_status=413, of_search=True)
_TOKEN_ROUTE: Final = Route(kind="user_token", methods=("DELETE",))
_UBI_ROUTES: Final[Mapping[str, Route]] = {
    "ubi_events": Route(kind="ubi_events", too_large_status=413, of_search=True),
    "ubi_queries": Route(kind="ubi_queries", too_large_status=413, of_search=True),
}

_SEGMENT: Final = Dialect(
    key_of=admission.key_of_request,
    may_send=WriteKey.may_write,
    limits=lambda limits: limits,
    judge=validation.judge,
    judged=_judged_segment,
    error=answers.error,
)
_INSIGHTS: Final = Dialect(
    key_of=_key_of_algolia,
    may_send=may_send_events,
    limits=_insights_limits,
    judge=_judge_insights,
    judged=_judged_insights,
    error=_insights_error,
)
_UBI_EVENTS: Final = Dialect(
    key_of=_key_of_ubi,
    may_send=may_send_events,
    limits=lambda limits: limits,
    judge=_judge_ubi_event,
    judged=_judged_ubi,
    error=_ubi_error,
)
_DIALECTS: Final[Mapping[str, Dialect]] = {
    "insights": _INSIGHTS,
    "user_token": _INSIGHTS,
    "ubi_events": _UBI_EVENTS,
    "ubi_queries": replace(_UBI_EVENTS, judge=_judge_ubi_query),
}
