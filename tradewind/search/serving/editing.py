"""Requests that change records and indexes, and those that tell of tasks and indexes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from tradewind.catalog.definition_changes import DefinitionChange, own_definition, taken_from
from tradewind.catalog.editing import Action, Catalog, Edit, IndexFacts, Scope, UnknownIndex
from tradewind.catalog.record import checked_index_name
from tradewind.errors import InputError
from tradewind.protocols.algolia.answers import Answer, json_answer
from tradewind.protocols.algolia.batches import ACL_OF, BatchLimits, Step, edit_of, steps_of
from tradewind.protocols.algolia.errors import NOT_WITH_THIS_KEY, Refused
from tradewind.protocols.algolia.parameters import parameters_of
from tradewind.protocols.algolia.search_requests import CONDITIONS, conditions_of
from tradewind.search.filters import EVERYTHING
from tradewind.search.serving.call import Call
from tradewind.search.serving.publish_gate import let_pass
from tradewind.search.serving.shop import EditingShop

_SCOPES: Final = ("settings", "synonyms", "rules")
_PAGE: Final = 100  # indexes of one page of their list


def batch(call: Call, shop: EditingShop) -> Answer:
    """Carry out a batch on one index."""
    steps = _steps(call, shop, call.index)
    task = _carry_out(shop.catalog, call.index, steps)
    return json_answer({"taskID": task, "objectIDs": _ids(steps)})


def batch_many(call: Call, shop: EditingShop) -> Answer:
    """Carry out a batch whose entries name their indexes; within an index in the order of the request."""
    steps = _steps(call, shop, None)
    tasks: dict[str, int] = {}
    for name in dict.fromkeys(step.index for step in steps):
        call.caller.need_index(name)
    for name in dict.fromkeys(step.index for step in steps):
        tasks[name] = _carry_out(shop.catalog, name, [step for step in steps if step.index == name])
    return json_answer({"taskID": tasks, "objectIDs": _ids(steps)})


def add(call: Call, shop: EditingShop) -> Answer:
    """Add a record; one that comes without an objectID gets one."""
    edit = _edit(call, shop, "addObject", None)
    task = shop.catalog.edit(checked_index_name(call.index), [edit])
    return json_answer({"createdAt": stamp(call.now), "taskID": task, "objectID": edit.object_id}, 201)


def put(call: Call, shop: EditingShop) -> Answer:
    """Put a record in place of the one of that id."""
    return _put(call, shop, "updateObject")


def partial(call: Call, shop: EditingShop) -> Answer:
    """Change some attributes of a record."""
    creates = call.flag("createIfNotExists", default=True)
    return _put(call, shop, "partialUpdateObject" if creates else "partialUpdateObjectNoCreate")


def delete(call: Call, shop: EditingShop) -> Answer:
    task = shop.catalog.edit(call.index, [Edit("deleteObject", call.name)])
    return json_answer({"deletedAt": stamp(call.now), "taskID": task})


def delete_by(call: Call, shop: EditingShop) -> Answer:
    """Delete the records that meet conditions; without any nothing is deleted."""
    if call.caller.conditions != EVERYTHING:
        raise Refused(403, NOT_WITH_THIS_KEY)
    parameters = parameters_of(call.fields())
    # Left out, a condition would delete more than was meant.
    unknown = sorted(name for name, value in parameters.items() if name not in CONDITIONS and value not in ("", []))
    if unknown:
        raise InputError(unknown[0], repr(parameters[unknown[0]])[:80], f"deletions take {', '.join(CONDITIONS)}")
    if conditions_of(parameters) == EVERYTHING:
        raise InputError("filters", "are empty", "say which records, or use clear to delete all of them")
    return _updated(shop.catalog.delete_matching(call.index, parameters), call.now)


def clear(call: Call, shop: EditingShop) -> Answer:
    return _updated(shop.catalog.clear(call.index), call.now)


def delete_index(call: Call, shop: EditingShop) -> Answer:
    return json_answer({"deletedAt": stamp(call.now), "taskID": shop.catalog.delete(call.index)})


def operation(call: Call, shop: EditingShop) -> Answer:
    """Copy or move an index; answered with the task of the destination."""
    sent = call.fields()
    kind, destination, scope = sent.get("operation"), sent.get("destination"), sent.get("scope")
    if kind not in ("copy", "move"):
        raise InputError("operation", repr(kind)[:80], "choose copy or move")
    if not isinstance(destination, str):
        raise InputError("destination", repr(destination)[:80], "name the other index")
    checked_index_name(destination)
    call.caller.need_index(destination)
    if destination == call.index:
        raise InputError("destination", repr(destination)[:80], "must be another index")
    if kind == "move":
        call.caller.need("deleteIndex", "addObject")
        let_pass(call, shop, (destination,), _taken_from(shop.catalog, call.index, None))
        return _updated(shop.catalog.move(call.index, destination), call.now)
    scopes = _scopes(scope)
    let_pass(call, shop, (destination,), _taken_from(shop.catalog, call.index, scopes))
    return _updated(_copied(shop.catalog, call.index, destination, scopes), call.now)


def task(call: Call, shop: EditingShop) -> Answer:
    """Answer whether what a task changed can be found."""
    if not call.name.isdecimal() or len(call.name) > 16:
        raise InputError("taskID", repr(call.name)[:80], "must be the whole number that the change was answered with")
    done = shop.catalog.is_published(call.index, int(call.name))
    return json_answer({"status": "published" if done else "notPublished", "pendingTask": not done})


def list_indexes(call: Call, shop: EditingShop) -> Answer:
    facts = [each for each in shop.catalog.indexes() if call.caller.sees(each.name)]
    page, size = _number(call, "page", 0), _number(call, "hitsPerPage", _PAGE)
    shown = facts[page * size : (page + 1) * size] if "page" in call.query else facts
    pages = -(-len(facts) // size) if "page" in call.query else 1
    return json_answer({"items": [_item(each) for each in shown], "nbPages": pages})


def stamp(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"


def _updated(task_id: int, now: datetime) -> Answer:
    return json_answer({"taskID": task_id, "updatedAt": stamp(now)})


def _steps(call: Call, shop: EditingShop, index: str | None) -> list[Step]:
    limits = BatchLimits(operations=shop.limits.max_batch, record_bytes=shop.limits.max_record)
    steps = steps_of(call.body, index, limits, shop.new_id)
    for action in {step.action for step in steps}:
        call.caller.need(ACL_OF[action])
    if not steps:
        call.caller.need(*ACL_OF.values())
    for name in {step.index for step in steps}:
        checked_index_name(name)
    return steps


def _carry_out(catalog: Catalog, index: str, steps: Sequence[Step]) -> int:
    """Carry out the steps in their order and return the last task; an empty batch is a task, too."""
    last: int | None = None
    for verb, group in groupby(steps, key=lambda step: step.verb):
        if verb is None:
            last = catalog.edit(index, [step.edit for step in group if step.edit])
        else:
            last = catalog.clear(index) if verb == "clear" else catalog.delete(index)
    return catalog.edit(index, []) if last is None else last


def _ids(steps: Iterable[Step]) -> list[str]:
    return [step.edit.object_id for step in steps if step.edit]


def _edit(call: Call, shop: EditingShop, action: Action, object_id: str | None) -> Edit:
    return edit_of(
        action,
        call.body or b"{}",
        object_id=object_id,
        field="record",
        limit=shop.limits.max_record,
        new_id=shop.new_id,
    )


def _put(call: Call, shop: EditingShop, action: Action) -> Answer:
    edit = _edit(call, shop, action, call.name)
    task_id = shop.catalog.edit(checked_index_name(call.index), [edit])
    return json_answer({"updatedAt": stamp(call.now), "taskID": task_id, "objectID": call.name})


def _scopes(sent: Any) -> Sequence[Scope] | None:
    if sent is None:
        return None
    listed = [sent] if isinstance(sent, str) else sent
    if not isinstance(listed, list) or any(each not in _SCOPES for each in listed):
        raise InputError("scope", repr(sent)[:80], f"must be a list of {', '.join(_SCOPES)}, or left out for all")
    return listed or None


def _taken_from(catalog: Catalog, source: str, scopes: Sequence[Scope] | None) -> DefinitionChange:
    """Return what copying or moving does to a definition; the source is read only where that is judged."""
    return lambda before: taken_from(own_definition(catalog, source), scopes)(before)


def _copied(catalog: Catalog, source: str, destination: str, scopes: Sequence[Scope] | None) -> int:
    try:
        return catalog.copy(source, destination, scopes)
    except UnknownIndex:
        if scopes is None:
            raise
        # Clients copy the settings of an index before its first replaceAllObjects: there are none to copy.
        return catalog.edit(destination, [])


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not text.isdecimal() or len(text) > 9 or (name == "hitsPerPage" and int(text) == 0):
        raise InputError(name, repr(text)[:80], "must be a whole number")
    return int(text)


def _item(facts: IndexFacts) -> dict[str, Any]:
    item: dict[str, Any] = {
        "name": facts.name,
        "createdAt": stamp(facts.created_at),
        "updatedAt": stamp(facts.updated_at),
        "entries": facts.records,
        "dataSize": facts.size,
        "fileSize": facts.size,
        "lastBuildTimeS": 0,
        "numberOfPendingTasks": facts.open_tasks,
        "pendingTask": facts.open_tasks > 0,
    }
    if facts.primary:
        item["primary"] = facts.primary
    if facts.replicas:
        item["replicas"] = list(facts.replicas)
    return item


VERBS: Final = {
    "batch": batch,
    "batch_many": batch_many,
    "add": add,
    "put": put,
    "partial": partial,
    "delete": delete,
    "delete_by": delete_by,
    "clear": clear,
    "delete_index": delete_index,
    "operation": operation,
    "task": task,
    "list_indexes": list_indexes,
}
