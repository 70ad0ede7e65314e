"""Edits of records in the order in which they were sent: what is written follows, per record."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tradewind.aws.catalog.records import Found, RecordStore
from tradewind.catalog.editing import Edit
from tradewind.catalog.operations import updated
from tradewind.catalog.record import checked_body, checked_object, checked_object_id, id_text
from tradewind.errors import InputError

_PUTS = ("addObject", "updateObject")
_TRIES = 20  # other writers of the same record


@dataclass(frozen=True, slots=True)
class Prepared:
    """Edits that can be stored: records that follow from the edits alone, and those that follow from what is there."""

    whole: Mapping[str, bytes | None]  # None: deleted
    partial: Mapping[str, tuple[Edit, ...]]

    @property
    def object_ids(self) -> tuple[str, ...]:
        return (*self.whole, *self.partial)


def prepared(edits: Sequence[Edit], *, limit: int) -> Prepared:
    """Return edits by record; those before the last whole one of a record make no difference.

    Raises: InputError for the first edit that cannot be stored; nothing has been written then.
    """
    whole: dict[str, bytes | None] = {}
    partial: dict[str, list[Edit]] = {}
    for edit in edits:
        if edit.action in _PUTS or edit.action == "deleteObject":
            partial.pop(edit.object_id, None)
            whole[edit.object_id] = _whole_body(edit, limit)
        elif edit.object_id in whole:
            whole[edit.object_id] = after(whole[edit.object_id], (edit,), limit=limit)
        else:
            checked_object(edit.object_id, edit.body or b"")
            partial.setdefault(edit.object_id, []).append(edit)
    return Prepared(whole, {object_id: tuple(some) for object_id, some in partial.items()})


def after(body: bytes | None, edits: Sequence[Edit], *, limit: int) -> bytes | None:
    """Return the record once partial updates are applied; None where there is none before and after.

    Raises: InputError for an update that does not fit the record.
    """
    for edit in edits:
        if body is None and edit.action == "partialUpdateObjectNoCreate":
            continue
        changes = json.loads(edit.body or b"")
        if "objectID" in changes and id_text(changes["objectID"]) != edit.object_id:
            raise InputError("objectID", f"{changes['objectID']!r:.60}", f"this updates {edit.object_id!r:.60}")
        # json and not orjson: whole numbers of any size stay what they are.
        made = updated(json.loads(body) if body is not None else {"objectID": edit.object_id}, changes)
        if made is not None:
            text = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
            body = checked_body(edit.object_id, text, limit=limit)
    return body


def update_records(
    records: RecordStore, index_id: str, partial: Mapping[str, Sequence[Edit]], revision: int, *, limit: int
) -> None:
    """Apply partial updates to the records as they are, each again where another writer was quicker.

    Raises: InputError for an update that does not fit its record; of the first round nothing has been written then.
    """
    left = dict(partial)
    for _ in range(_TRIES):
        if not left:
            return
        found = records.get(index_id, list(left))
        made = {name: after(_body(found.get(name)), edits, limit=limit) for name, edits in left.items()}
        left = {name: left[name] for name in _lost(records, index_id, made, found, revision)}
    names = ", ".join(list(left)[:3])
    raise RuntimeError(f"records {names} of {index_id} were changed by others {_TRIES} times meanwhile")


def _lost(
    records: RecordStore, index_id: str, made: Mapping[str, bytes | None], found: Mapping[str, Found], revision: int
) -> list[str]:
    """Write what changed and return the ids that others have written since they were read."""
    lost = []
    for name, body in made.items():
        before = found.get(name)
        unchanged = body is None or (before is not None and before.body == body)
        if not unchanged and not records.replace(index_id, name, body or b"", revision, before=before):
            lost.append(name)
    return lost


def _body(found: Found | None) -> bytes | None:
    return found.body if found else None


def _whole_body(edit: Edit, limit: int) -> bytes | None:
    if edit.action == "deleteObject":
        checked_object_id(edit.object_id)
        return None
    return checked_body(edit.object_id, edit.body or b"", limit=limit)
