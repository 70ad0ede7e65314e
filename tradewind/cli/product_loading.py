"""Products of a file into an index: written in batches, made visible at once where the index is new or replaced."""

import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tradewind.aws.catalog_store import CatalogStore
from tradewind.catalog.editing import Edit
from tradewind.catalog.importing.products import Read, Refused
from tradewind.catalog.product import first_settings, replica_settings
from tradewind.errors import InputError

BATCH = 500
_BATCH_BYTES = 4_000_000
_FACETS = 20  # attributes that get a facet
_MOST_VALUES = 200  # of one: more is a name or a text, not a choice
_LONGEST_VALUE = 60  # characters
_POLL = 0.2  # seconds

Progress = Callable[[int], None]  # called with the number of rows so far


@dataclass(slots=True)
class Brought:
    """What became of the rows of a file: read = stored + refused."""

    read: int = 0
    stored: int = 0
    refused: int = 0
    report: Path | None = None
    tasks: list[int] = field(default_factory=list)
    replaced: bool = False
    began: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class _Seen:
    """What first settings are made of."""

    levels: int = 0
    values: dict[str, set[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, read: Read) -> None:
        self.levels = max(self.levels, max(map(len, read.product.categories), default=0))
        for name, value in read.product.attributes.items():
            for each in value if isinstance(value, list) else (value,):
                self._add_value(name, each)

    def facets(self) -> tuple[str, ...]:
        """Return the attributes that look like choices, those of most products first."""
        choices = [name for name, values in self.values.items() if 1 < len(values) <= _MOST_VALUES]
        return tuple(sorted(choices, key=lambda name: (-self.counts[name], name))[:_FACETS])

    def _add_value(self, name: str, value: Any) -> None:
        values = self.values.setdefault(name, set())
        self.counts[name] += 1
        if isinstance(value, bool | str) and len(str(value)) <= _LONGEST_VALUE and "." not in name:
            if len(values) <= _MOST_VALUES:
                values.add(str(value))
        else:
            # A long text, a number or an object is no choice, and one of them settles it.
            values.update(str(number) for number in range(_MOST_VALUES + 1))


def bring_in(
    store: CatalogStore,
    index: str,
    rows: Iterable[Read | Refused],
    *,
    replace: bool = False,
    demo: bool = False,
    report: Path | None = None,
    progress: Progress = lambda _: None,
) -> Brought:
    """Put products into an index and return what became of them; refused rows go to the file `report`.

    An index that is new, holds the demo's products or is to be replaced is written under another name and takes its
    own at once. One that has no settings yet gets sensible ones. Raises: InputError where no row is a product.
    """
    known = {each.name: each for each in store.indexes()}
    before = known.get(index)
    fresh = replace or before is None or before.demo
    brought, seen = Brought(replaced=fresh and before is not None), _Seen()
    into = f"{index}_import_{secrets.token_hex(4)}" if fresh else index
    if before is not None and not before.demo and fresh:
        store.copy(index, into, ["settings", "synonyms", "rules"])
    try:
        for edits in _batches(_counted(rows, brought, seen, report, progress)):
            brought.tasks.append(store.edit(into, edits))
            brought.stored += len(edits)
        if not brought.stored:
            raise InputError("file", "has no product", "nothing was changed; see why its rows were refused")
        if fresh:
            _publish(store, index, into, seen, brought, has_settings=before is not None and not before.demo)
    except BaseException:
        if fresh and into in {each.name for each in store.indexes()}:
            store.delete(into)
        raise
    if demo:
        store.mark_demo(index, demo=True)
    return brought


def wait_until_searchable(store: CatalogStore, index: str, brought: Brought, *, seconds: float) -> bool:
    """Return whether all that was brought in can be searched before the time is up."""
    end = time.monotonic() + seconds
    for task in brought.tasks:
        while not store.is_published(index, task):
            if time.monotonic() > end:
                return False
            time.sleep(_POLL)
    return True


def _publish(store: CatalogStore, index: str, into: str, seen: _Seen, brought: Brought, *, has_settings: bool) -> None:
    """Let the finished index take its name, with settings where it has none."""
    settings: Mapping[str, Any] = {}
    if not has_settings:
        settings = first_settings(index, levels=seen.levels, attributes=seen.facets())
        store.set_settings(into, {name: value for name, value in settings.items() if name != "replicas"})
    brought.tasks.append(store.move(into, index))
    if settings:
        brought.tasks.append(store.set_settings(index, {"replicas": settings["replicas"]}))
        for replica, own in replica_settings(index).items():
            brought.tasks.append(store.set_settings(replica, own))


def _counted(
    rows: Iterable[Read | Refused], brought: Brought, seen: _Seen, report: Path | None, progress: Progress
) -> Iterator[Edit]:
    """Yield the edits of good rows; count all, and write refused ones down."""
    for row in rows:
        brought.read += 1
        if isinstance(row, Read):
            seen.add(row)
            yield Edit("updateObject", row.record.object_id, row.record.body)
        else:
            brought.refused += 1
            _write_down(row, brought, report)
        progress(brought.read)


def _write_down(row: Refused, brought: Brought, report: Path | None) -> None:
    if report is None:
        return
    mode = "a" if brought.report else "w"
    with report.open(mode, encoding="utf-8") as stream:
        told = {"row": row.number, "why": row.why, "cells": dict(row.row)}
        stream.write(json.dumps(told, ensure_ascii=False, default=str) + "\n")
    brought.report = report


def _batches(edits: Iterable[Edit]) -> Iterator[list[Edit]]:
    some: list[Edit] = []
    size = 0
    for edit in edits:
        some.append(edit)
        size += len(edit.body or b"")
        if len(some) >= BATCH or size >= _BATCH_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some
