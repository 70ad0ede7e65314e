"""From what a client sent to an event or a refusal: each event is judged alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from tradewind.events.collecting import clock
from tradewind.events.collecting.body import MENDED
from tradewind.events.collecting.contexts import Contexts
from tradewind.events.collecting.fields import FIELDS, Fields, Wrong, object_of
from tradewind.events.collecting.refusals import Refusal, shortened, shown
from tradewind.events.event import NO_OBJECT, Event, EventType, receipt_of
from tradewind.protocols import segment
from tradewind.protocols.segment import Sent

MESSAGE_ID_CHARACTERS: Final = 100
TEXT_MENDED: Final = "text_mended"

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_OBJECT: Final = b"{"
_TYPES: Final = frozenset(segment.TYPES)
_IDS: Final = ("messageId", "anonymousId", "userId", "previousId", "groupId")
_TEXTS: Final = ("type", "event", "name", *_IDS)
_NUMBER: Final = tuple(b"-0123456789"[place : place + 1] for place in range(11))  # how one begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all events of a request share."""

    request_id: str
    received_at: datetime
    received_text: str  # the same as a text
    source: str
    levels: int  # of objects and arrays that a field of an event may have
    contexts: Contexts
    new_id: Callable[[], str]
    type: str | None = None  # where the path says it
    corrected_by: timedelta | None = None  # None: each event says when it was sent, or none does
    is_plain: bool = False  # the body has nothing but printable ASCII, and nothing escaped
    is_mended: bool = False  # in the context of the batch
    country: str | None = None  # of the connection
    user_agent: str | None = None


def judge(raw: msgspec.Raw, index: int, shared: Shared) -> Event | Refusal:
    """Return the event in `raw` (JSON, sound as `body.decoded` leaves it), or why it is refused."""
    try:
        return _event(raw, index, shared)
    except Wrong as wrong:
        return refusal(raw, index, wrong.code, str(wrong))


def judge_translated(
    raw: msgspec.Raw, index: int, shared: Shared, translate: Callable[[msgspec.Raw], dict[str, Any] | None]
) -> Event | Refusal | None:
    """Return the event in `raw` after `translate` made one of Segment's of it; None where that gives None.

    `translate` raises Wrong for what breaks the rules of its protocol.
    """
    try:
        sent = translate(raw)
        if sent is None:
            return None
        event = _event(msgspec.Raw(msgspec.json.encode(sent)), index, shared)
    except Wrong as wrong:
        return refusal(raw, index, wrong.code, str(wrong))
    except RecursionError:
        return refusal(raw, index, "too_deep", f"event: is nested deeper than {shared.levels} levels; flatten it")
    if MENDED in bytes(raw):  # which is not spelled so any more
        return msgspec.structs.replace(event, flags=(*event.flags, TEXT_MENDED))
    return event


def refusal(raw: msgspec.Raw, index: int, code: str, message: str) -> Refusal:
    """Return the refusal of an event, with its message id where that can be read."""
    try:
        found = segment.NAMED.decode(raw).message_id
    except (msgspec.DecodeError, RecursionError):
        found = None
    message_id = str(found)[:MESSAGE_ID_CHARACTERS] if isinstance(found, str | int | float) else None
    return Refusal(index, message_id, code, message)


def _event(raw: msgspec.Raw, index: int, shared: Shared) -> Event:
    try:
        sent = segment.SENT.decode(raw)
    except msgspec.DecodeError as error:
        sent = _read_again(bytes(raw), error)
    kind = _kind(sent, shared)
    user_id, anonymous_id = sent.user_id or None, sent.anonymous_id or None
    if user_id is None and anonymous_id is None:
        raise Wrong("no_id", "userId, anonymousId null: an event needs one of them; send the shopper's")
    occurred_at, time_flag = _time(sent, shared)
    own, context = shared.contexts.kept(sent.context)
    # Without what few have: from 16 arguments on, a call costs three times as much.
    event = Event(
        receipt=receipt_of(shared.request_id, index),
        received_at=shared.received_text,
        occurred_at=shared.received_text if time_flag else clock.utc_text(occurred_at),
        message_id=_message_id(sent, shared),
        type=kind,
        source=shared.source,
        name=sent.event if kind == "track" else None,
        user_id=user_id,
        anonymous_id=anonymous_id,
        flags=(time_flag,) if time_flag else (),
        context=context,
        properties=object_of("properties", sent.properties, levels=shared.levels),
        traits=object_of("traits", sent.traits, levels=shared.levels) if sent.traits is not NO_OBJECT else NO_OBJECT,
        country=shared.country if own else None,
        user_agent=shared.user_agent,
    )
    if kind != "track":
        event = _with_what_is_its_own(event, sent)
    return event if shared.is_plain else _checked(event, raw, shared)


def _kind(sent: Sent, shared: Shared) -> EventType:
    kind = shared.type or sent.type
    if kind not in _TYPES:
        raise Wrong("unknown_type", f"type {shown(kind)}: is not collected; send one of {', '.join(segment.TYPES)}")
    if kind == "track" and not sent.event:
        raise Wrong("no_event_name", f"event {shown(sent.event)}: a track call needs the name of what happened")
    return kind  # type: ignore[return-value]


def _message_id(sent: Sent, shared: Shared) -> str:
    message_id = sent.message_id or shared.new_id()
    if len(message_id) > MESSAGE_ID_CHARACTERS:
        way_out = f"is longer than {MESSAGE_ID_CHARACTERS} characters; send a shorter one"
        raise Wrong("message_id_too_long", f"messageId {shown(message_id)}: {way_out}")
    return message_id


def _time(sent: Sent, shared: Shared) -> tuple[datetime, str | None]:
    """Return when the event occurred, and a flag where that is unsure."""
    corrected_by = shared.corrected_by
    if corrected_by is None:
        corrected_by = clock.correction(clock.moment(sent.sent_at), shared.received_at)
    if sent.timestamp is None:
        return clock.occurred_at(sent.original_timestamp, corrected_by, shared.received_at)
    return clock.corrected(sent.timestamp, corrected_by, shared.received_at)


def _read_again(text: bytes, error: msgspec.DecodeError) -> Sent:
    """Return an event that has numbers as ids, as some mobile clients send them, or an unusual timestamp."""
    if text[:1] != _OBJECT:
        value = shortened(text.decode())
        raise Wrong("not_an_object", f"event {value}: must be an object; send one JSON object") from error
    fields = FIELDS.decode(text)
    if "timestamp" in fields:
        fields["originalTimestamp"] = fields.pop("timestamp")  # where every value may stand
    for name in _IDS:
        given = bytes(fields.get(name, segment.NULL))
        if given[:1] in _NUMBER:
            fields[name] = msgspec.Raw(b'"' + given + b'"')
    try:
        return segment.SENT.decode(msgspec.json.encode(fields))
    except msgspec.DecodeError:
        raise _of_type(fields, error) from error


def _of_type(fields: Fields, error: msgspec.DecodeError) -> Wrong:
    """Return which field of an event does not have the type that it must have."""
    for name in _TEXTS:
        given = bytes(fields.get(name, segment.NULL))
        if given[:1] != b'"' and given != b"null":
            kind = "a text or a number" if name in _IDS else "a text"
            return Wrong("wrong_type", f"{name} {shortened(given.decode())}: must be {kind}")
    return Wrong("wrong_type", f"event: {error}; send what the field takes")


def _with_what_is_its_own(event: Event, sent: Sent) -> Event:
    """Return a page with its name, a group call with the group's id, an alias with the id the shopper had before."""
    if event.type in ("page", "screen"):
        return msgspec.structs.replace(event, name=sent.name) if sent.name else event
    if event.type == "group":
        if not sent.group_id:
            raise Wrong("no_group_id", "groupId null: a group call needs the group's id")
        return msgspec.structs.replace(event, group_id=sent.group_id)
    if event.type == "alias":
        previous_id = sent.previous_id or event.anonymous_id
        if previous_id is None:
            raise Wrong("no_previous_id", "previousId null: an alias call needs the id that the shopper had before")
        return msgspec.structs.replace(event, previous_id=previous_id)
    return event


def _checked(event: Event, raw: msgspec.Raw, shared: Shared) -> Event:
    """Return the event, flagged if its text was mended. Raises: Wrong for control characters in names and ids."""
    for name, value in (
        ("userId", event.user_id),
        ("anonymousId", event.anonymous_id),
        ("messageId", event.message_id),
        ("event" if event.type == "track" else "name", event.name),
        ("previousId", event.previous_id),
        ("groupId", event.group_id),
    ):
        if value is not None and not value.isprintable() and _CONTROL.search(value):
            raise Wrong("control_characters", f"{name} {shown(value)}: has control characters; leave them out")
    if shared.is_mended or MENDED in bytes(raw):
        return msgspec.structs.replace(event, flags=(*event.flags, TEXT_MENDED))
    return event
