"""Batches of edits as clients send them; each record stays the bytes that came."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
import orjson

from tradewind.catalog.editing import Action, Edit
from tradewind.catalog.record import checked_object_id, id_text
from tradewind.errors import InputError

Verb = Literal["clear", "delete"]

# What each action needs of a key.
ACL_OF: Final[Mapping[str, str]] = {
    "addObject": "addObject",
    "updateObject": "addObject",
    "partialUpdateObject": "addObject",
    "partialUpdateObjectNoCreate": "addObject",
    "deleteObject": "deleteObject",
    "delete": "deleteIndex",
    "clear": "deleteIndex",
}


class _Request(msgspec.Struct, rename="camel"):
    action: str
    body: msgspec.Raw = msgspec.Raw(b"{}")
    index_name: str | None = None


class _Batch(msgspec.Struct):
    requests: list[_Request]


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a batch: an edit of a record, or a verb for the whole index."""

    index: str
    edit: Edit | None
    verb: Verb | None = None

    @property
    def action(self) -> str:
        return self.edit.action if self.edit else str(self.verb)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    operations: int
    record_bytes: int


def steps_of(body: bytes, index: str | None, limits: BatchLimits, new_id: Callable[[], str]) -> list[Step]:
    """Return the steps of a batch; `index`: all are of this one, None: each names its own.

    Raises: InputError naming the entry, its value and the way out.
    """
    try:
        body.isascii() or body.decode()
        batch = msgspec.json.decode(body or b"{}", type=_Batch)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        way_out = 'send {"requests":[{"action":"addObject","body":{...}}]}'
        raise InputError("requests", f"({error})", way_out) from error
    if len(batch.requests) > limits.operations:
        raise InputError("requests", f"has {len(batch.requests)} entries", f"send at most {limits.operations} at once")
    return [_step(each, number, index, limits, new_id) for number, each in enumerate(batch.requests)]


def edit_of(
    action: Action, body: bytes, *, object_id: str | None, field: str, limit: int, new_id: Callable[[], str]
) -> Edit:
    """Return one edit. `object_id`: as the path says; else the body has it, or addObject gets a new one.

    Raises: InputError.
    """
    if len(body) > limit:
        raise InputError(field, f"of {len(body)} bytes", f"is too big: send records of at most {limit} bytes")
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InputError(field, "", f"is not valid JSON: {error}") from error
    if not isinstance(record, dict):
        raise InputError(field, _shown(record), "must be a JSON object")
    own = record.get("objectID")
    if object_id is None:
        object_id = _own_id(own, action, field, new_id)
    elif own is not None and id_text(own) != object_id:
        raise InputError(f"{field}.objectID", _shown(own), f"must be the one of the path, {object_id!r:.80}")
    checked_object_id(object_id)
    return Edit(action, object_id, None if action == "deleteObject" else body)


def _own_id(own: Any, action: Action, field: str, new_id: Callable[[], str]) -> str:
    if own is None and action == "addObject":
        return new_id()
    found = id_text(own)
    if not found:
        raise InputError(f"{field}.objectID", _shown(own), "must be a text that names the record")
    return found


def _step(sent: _Request, number: int, index: str | None, limits: BatchLimits, new_id: Callable[[], str]) -> Step:
    where = f"requests[{number}]"
    if sent.action not in ACL_OF:
        raise InputError(f"{where}.action", repr(sent.action)[:80], f"choose one of {', '.join(ACL_OF)}")
    name = index if index is not None else sent.index_name
    if not name:
        raise InputError(f"{where}.indexName", repr(name), "name the index")
    if sent.action in ("delete", "clear"):
        return Step(name, None, sent.action)  # type: ignore[arg-type]
    edit = edit_of(
        sent.action,  # type: ignore[arg-type]
        bytes(sent.body),
        object_id=None,
        field=f"{where}.body",
        limit=limits.record_bytes,
        new_id=new_id,
    )
    return Step(name, edit)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
