"""The events of a request's body: found, counted, measured and judged one by one."""

import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from tradewind.config import Events
from tradewind.events.collecting import body, clock, validation
from tradewind.events.collecting.answers import NAMED_MOST
from tradewind.events.collecting.fields import FIELDS, Fields
from tradewind.events.collecting.refusals import Refusal, RequestRefused, shortened
from tradewind.events.collecting.request import Request
from tradewind.events.collecting.validation import Shared
from tradewind.events.event import Event
from tradewind.protocols import insights, segment, ubi
from tradewind.protocols.segment import Route

_NOTHING: Final = (b"{}", b"null")


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The events of a body, not looked into, with what the body says of all of them."""

    events: Sequence[msgspec.Raw]
    key: str | None = None
    sent_at: datetime | None = None
    context: Fields = field(default_factory=dict)
    context_bytes: int = 0
    is_plain: bool
    is_mended: bool = False  # the context of the batch was
    wrong: tuple[str, str] | None = None  # code and message, where the context of the batch spoils every event

    def write_key(self) -> str | None:
        """Return the write key in the body: the batch's, else that of the first event that has one."""
        if self.key is not None:
            return self.key
        found = (_named(event).write_key for event in self.events)
        return next((key for key in found if isinstance(key, str) and key), None)


def read(request: Request, route: Route, limits: Events) -> Posted:
    """Return what the request brings. Raises: RequestRefused for a body that is too large, damaged or not JSON."""
    text = _text(request, route, limits)
    if route.kind == "batch":
        return _batch(text, limits)
    if route.of_search:
        return _listed(text, route, limits)
    event = body.decoded(text, segment.ONE, max_depth=limits.max_depth)
    return Posted(events=[event], sent_at=clock.moment(_named(event).sent_at), is_plain=body.is_plain(text))


def _text(request: Request, route: Route, limits: Events) -> bytes:
    if route.kind == "pixel" and not request.body:
        try:
            return segment.pixel_body(segment.query_of(request.query), max_depth=limits.max_depth)
        except (binascii.Error, UnicodeEncodeError) as error:
            raise RequestRefused("not_json", f"data: is not base64 ({error}); send JSON in base64") from error
    encoding = request.headers.get("content-encoding", "").strip().lower()
    return body.unpacked(
        request.body, encoding=encoding, limit=limits.max_body, too_large_status=route.too_large_status
    )


def _batch(text: bytes, limits: Events) -> Posted:
    try:
        batch = body.decoded(text, segment.BATCH, max_depth=limits.max_depth)
    except msgspec.ValidationError as error:
        raise RequestRefused("not_a_batch", f'batch: {error}; send {{"batch": [events]}}') from error
    context = bytes(batch.context)
    wrong = _wrong_context(context, limits)
    return Posted(
        events=batch.batch,
        key=batch.write_key if isinstance(batch.write_key, str) and batch.write_key else None,
        sent_at=clock.moment(batch.sent_at),
        context={} if wrong or context in _NOTHING else FIELDS.decode(context),
        context_bytes=0 if context in _NOTHING else len(context),
        is_plain=body.is_plain(text),
        is_mended=body.MENDED in context,
        wrong=wrong,
    )


def _listed(text: bytes, route: Route, limits: Events) -> Posted:
    """Return the events of Insights' body, or the rows of UBI's: one alone, or a list of them."""
    try:
        if route.kind == "insights":
            events = body.decoded(text, insights.BODY, max_depth=limits.max_depth).events
        else:
            rows = body.decoded(text, segment.ONE, max_depth=limits.max_depth)
            events = ubi.ROWS.decode(rows) if bytes(rows).startswith(b"[") else [rows]
    except msgspec.ValidationError as error:
        raise RequestRefused("not_a_batch", f'body: {error}; send {{"events": [events]}}') from error
    if not events:
        raise RequestRefused("not_a_batch", "body: has no events; send one or more")
    return Posted(events=events, is_plain=body.is_plain(text))


def _wrong_context(context: bytes, limits: Events) -> tuple[str, str] | None:
    """Return why no event can take over the context of its batch."""
    if context in _NOTHING:
        return None
    if body.is_deeper(context, limits.max_depth - 1):  # an event holds it
        return "too_deep", f"context of the batch: is nested deeper than {limits.max_depth - 1} levels; flatten it"
    if not context.startswith(b"{"):
        value = shortened(context.decode())
        return "wrong_type", f"context of the batch {value}: must be an object; send names and values"
    return None


def judged(
    posted: Posted,
    shared: Shared,
    limits: Events,
    judge: Callable[[msgspec.Raw, int, Shared], Event | Refusal | None] = validation.judge,
) -> tuple[list[Event], list[Refusal], int]:
    """Return the events that are good, the refusals in the order of the request, and how many events are neither.

    The first events within the limits of a request are judged. Of those beyond, about `answers.NAMED_MOST` are in the
    refusals; more would not fit into an answer. The context of a batch counts in each of its events.
    """
    events: list[Event] = []
    refusals: list[Refusal] = []
    size = neither = 0
    for index, raw in enumerate(posted.events):
        bytes_of_event = len(raw) + posted.context_bytes
        size += bytes_of_event
        if index >= limits.max_batch_events or size > limits.max_batch:
            if len(refusals) > NAMED_MOST:
                break  # sizes only grow: all others are beyond, too
            found: Event | Refusal | None = _beyond(raw, index, limits)
        elif bytes_of_event > limits.max_event:
            found = _too_large(raw, index, bytes_of_event, limits)
        elif posted.wrong:
            found = validation.refusal(raw, index, *posted.wrong)
        else:
            found = judge(raw, index, shared)
        if isinstance(found, Event):
            events.append(found)
        elif found is not None:
            refusals.append(found)
        else:
            neither += 1
    return events, refusals, neither


def _beyond(raw: msgspec.Raw, index: int, limits: Events) -> Refusal:
    first = f"the first {limits.max_batch_events} events and {limits.max_batch} bytes"
    message = f"batch[{index}]: is beyond {first} of a request; send it in another one"
    return validation.refusal(raw, index, "over_batch_limit", message)


def _too_large(raw: msgspec.Raw, index: int, size: int, limits: Events) -> Refusal:
    message = f"event of {size} bytes: is larger than {limits.max_event}; send less in it"
    return validation.refusal(raw, index, "too_large", message)


def _named(event: msgspec.Raw) -> segment.Named:
    try:
        return segment.NAMED.decode(event)
    except (msgspec.DecodeError, RecursionError):
        return segment.Named()
