"""Records as they are handed out: whole and byte for byte, or cut to some of their attributes."""

from collections.abc import Collection, Sequence
from typing import Any

import orjson


def cut(record: bytes, retrieve: Sequence[str] | None, hidden: Collection[str] = ()) -> bytes:
    """Return a record with the attributes to retrieve, and never those that are `hidden`; its objectID always.

    None and "*" stand for all, "-name" leaves one out; a path with dots reaches into objects.
    """
    names = tuple(retrieve) if retrieve is not None else ("*",)
    without = {*hidden, *(name[1:] for name in names if name.startswith("-"))}
    wanted = [name for name in names if not name.startswith("-")]
    whole = "*" in wanted or (not wanted and len(names) > 0)
    if whole and not without:
        return record
    content = orjson.loads(record)
    kept = content if whole else _only(content, wanted)
    for name in without - {"objectID"}:
        _drop(kept, name)
    if "objectID" in content:
        kept.setdefault("objectID", content["objectID"])
    return orjson.dumps(kept)


def _only(content: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in names:
        _take(content, kept, name)
    return kept


def _take(content: Any, kept: dict[str, Any], name: str) -> None:
    if not isinstance(content, dict):
        return
    if name in content:
        kept[name] = content[name]
        return
    head, dot, rest = name.partition(".")
    below = content.get(head)
    if dot and isinstance(below, dict):
        inner = kept.setdefault(head, {})
        if isinstance(inner, dict) and inner is not below:
            _take(below, inner, rest)


def _drop(content: Any, name: str) -> None:
    if not isinstance(content, dict):
        return
    if name in content:
        del content[name]
        return
    head, dot, rest = name.partition(".")
    if dot:
        below = content.get(head)
        for each in below if isinstance(below, list) else [below]:
            _drop(each, rest)
