"""A request to the collector, from its bytes to its answer."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tradewind.errors import Unavailable
from tradewind.events.collecting import admission, answers, clock
from tradewind.events.collecting.addresses import truncated
from tradewind.events.collecting.answers import Answer
from tradewind.events.collecting.collector import Collector
from tradewind.events.collecting.contexts import Contexts
from tradewind.events.collecting.dialects import Dialect, dialect_of, route_of
from tradewind.events.collecting.packing import pack
from tradewind.events.collecting.posting import Posted, judged, read
from tradewind.events.collecting.refusals import Note, RequestRefused, shown
from tradewind.events.collecting.request import Request
from tradewind.events.collecting.validation import Shared
from tradewind.events.collecting.write_keys import WriteKey, may_forget
from tradewind.protocols import insights, segment
from tradewind.protocols.segment import Route

COUNTRY_HEADER: Final = "cloudfront-viewer-country"


@dataclass(frozen=True, slots=True)
class Collected:
    """An answer, and what may be logged of it."""

    answer: Answer
    accepted: int = 0
    refused: int = 0
    code: str | None = None  # of a request that was refused whole
    trouble: str | None = None  # a part of the cloud that failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request for which there is a route, and what is needed to answer it."""

    request: Request
    route: Route
    collector: Collector
    now: datetime
    request_id: str

    @property
    def dialect(self) -> Dialect:
        return dialect_of(self.route)

    @property
    def by_browser(self) -> bool:
        """Whether the shopper's own browser sent it: by itself, or from a page with events of a search."""
        return self.route.by_browser or (self.route.of_search and self.request.origin is not None)


def collect(request: Request, collector: Collector, now: datetime) -> Collected:
    """Return the answer to a request; what it says was stored is stored."""
    if request.method == "OPTIONS":
        return Collected(answers.preflight())
    return _readable(_collected(request, collector, now), request)


def _collected(request: Request, collector: Collector, now: datetime) -> Collected:
    try:
        route = _route(request)
    except RequestRefused as refused:
        return Collected(answers.error(refused), code=refused.code)
    if route.kind == "metrics":  # a client's own health figures: taken, and not kept
        return Collected(answers.ALL_ACCEPTED)
    asked = Asked(request=request, route=route, collector=collector, now=now, request_id=collector.new_id())
    try:
        if route.kind == "user_token":
            return _ask_to_forget(asked)
        return _introduce(asked) if route.kind in ("settings", "source_config") else _collect_events(asked)
    except Unavailable as error:
        # What is not counted is not answered either: the client comes again.
        not_taken = admission.not_taken(error)
        return Collected(asked.dialect.error(not_taken), code=not_taken.code, trouble=str(error))


def _route(request: Request) -> Route:
    route = route_of(request.path)
    if route is None:
        raise RequestRefused("not_found", f"path {shown(request.path)}: is not served; see docs/events.md")
    if request.method not in route.methods:
        takes = ", ".join(route.methods)
        message = f"method {shown(request.method)}: {shown(request.path)} takes {takes}"
        raise RequestRefused("method_not_allowed", message, headers={"allow": takes})
    return route


def _introduce(asked: Asked) -> Collected:
    """Return what a browser's client needs to start."""
    request = asked.request
    key = segment.key_in_path(request.path) or admission.key_of_request(request) or ""
    try:
        known = admission.admitted(key, request, asked.collector, asked.now)
    except RequestRefused as refused:
        return Collected(answers.error(refused), code=refused.code)
    if asked.route.kind == "settings":
        content = segment.settings(key, host=request.host, protocol=request.protocol)
    else:
        content = segment.source_config(known.key_hash[:12], name=known.source)
    return Collected(answers.json_answer(200, content))


def _ask_to_forget(asked: Asked) -> Collected:
    """Write down that a shopper wants to be forgotten, and return that it was."""
    token = insights.token_in_path(segment.plain(asked.request.path)) or ""
    try:
        key = asked.dialect.key_of(asked.request)
        admission.admitted(key, asked.request, asked.collector, asked.now, may_forget)
        if not insights.is_user_token(token):
            message = f"userToken {shown(token)}: is none; send 1 to 129 letters, digits, _ = / + -"
            raise RequestRefused("wrong_token", message)
    except RequestRefused as refused:
        return Collected(asked.dialect.error(refused), code=refused.code)
    asked.collector.erasures.ask(token, now=asked.now)
    return Collected(Answer(204))


def _collect_events(asked: Asked) -> Collected:
    """Return the answer to a request that brings events, after all of it was stored and counted."""
    limits = asked.dialect.limits(asked.collector.limits)
    posted: Posted | RequestRefused
    try:
        posted = read(asked.request, asked.route, limits)
    except RequestRefused as unreadable:
        posted = unreadable
    try:
        key = _admitted(asked, posted)
        if isinstance(posted, RequestRefused):
            raise posted
        return _store(asked, posted, key)
    except RequestRefused as refused:
        events = 1 if isinstance(posted, RequestRefused) else len(posted.events)
        return _refuse(asked, refused, events=events)


def _admitted(asked: Asked, posted: Posted | RequestRefused) -> WriteKey:
    key = asked.dialect.key_of(asked.request)
    if key is None:
        if isinstance(posted, RequestRefused):
            raise posted  # the key may be in the body that cannot be read
        key = posted.write_key()
    known = admission.admitted(key, asked.request, asked.collector, asked.now, asked.dialect.may_send)
    admission.keep_rate(known, asked.collector, asked.now)
    return known


def _store(asked: Asked, posted: Posted, key: WriteKey) -> Collected:
    """Store the good events of a request, then the receipt, then what was refused; in this order."""
    collector = asked.collector
    dialect, limits = asked.dialect, asked.dialect.limits(collector.limits)
    events, refusals, neither = judged(posted, _shared(asked, posted, key), limits, dialect.judge)
    records = pack(events, towards=collector.limits.record_bytes, request_id=asked.request_id)
    put = collector.stream.put(records)
    if put.events and put.is_certain:
        collector.receipts.confirm(asked.request_id, events=put.events, received_at=clock.utc_text(asked.now))
    if put.events < len(events):
        refused = admission.not_stored(put.events, len(events))
        left = len(posted.events) - neither - put.events
        return _refuse(asked, refused, events=left, source=key.source, accepted=put.events, trouble=put.trouble)
    count = len(posted.events) - neither - len(events)
    if count:
        notes = [Note(each.code, each.message, 1, each.index, each.message_id) for each in refusals]
        collector.refusals.add(notes, count=count, request_id=asked.request_id, source=key.source, now=asked.now)
    answer = dialect.judged(asked.request, events, refusals, count - len(refusals))
    is_image = asked.route.kind == "pixel" and not refusals
    return Collected(answers.PIXEL if is_image else answer, accepted=len(events), refused=count)


def _shared(asked: Asked, posted: Posted, key: WriteKey) -> Shared:
    """Return what all events of the request have in common."""
    request, route = asked.request, asked.route
    sent_at = posted.sent_at or clock.moment(request.headers.get("sentat"))
    levels = asked.collector.limits.max_depth - 1  # the event itself is one
    contexts = Contexts(
        of_batch=posted.context,
        address=truncated(request.address) if request.address else None,
        from_page=request.origin is not None or route.by_browser,
        levels=levels,
    )
    return Shared(
        request_id=asked.request_id,
        received_at=asked.now,
        received_text=clock.utc_text(asked.now),
        source=key.source,
        levels=levels,
        contexts=contexts,
        new_id=asked.collector.new_id,
        type=route.type,
        corrected_by=clock.correction(sent_at, asked.now) if sent_at else None,
        is_plain=posted.is_plain,
        is_mended=posted.is_mended,
        country=request.headers.get(COUNTRY_HEADER),
        user_agent=request.headers.get("user-agent") if asked.by_browser else None,
    )


def _refuse(
    asked: Asked,
    refused: RequestRefused,
    *,
    events: int,
    source: str | None = None,
    accepted: int = 0,
    trouble: str | None = None,
) -> Collected:
    """Count a request that is refused whole, then return its answer."""
    note = Note(refused.code, refused.message, events)
    asked.collector.refusals.add([note], count=events, request_id=asked.request_id, source=source, now=asked.now)
    answer = asked.dialect.error(refused)
    return Collected(answer, accepted=accepted, refused=events, code=refused.code, trouble=trouble)


def _readable(collected: Collected, request: Request) -> Collected:
    """Let the page that asked read the answer, unless the write key does not allow it."""
    if collected.code == "origin_not_allowed":
        return collected
    headers = answers.allowed_origin(request.origin)
    return replace(collected, answer=collected.answer.with_headers(headers))
