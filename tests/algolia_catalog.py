"""The verbs of a catalogue in memory: what is edited can be searched at once."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Literal

from tests.search.oracle_index import OracleIndex
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.editing import Edit, IndexFacts, Scope, UnknownIndex
from tradewind.catalog.operations import updated
from tradewind.catalog.record import StoredRecord, checked_body, with_object_id
from tradewind.catalog.rules import parse_rule
from tradewind.catalog.settings import parse_settings
from tradewind.catalog.synonyms import parse_synonym
from tradewind.protocols.algolia.search_requests import conditions_of
from tradewind.search.encoder import TextEncoder
from tradewind.search.filter_matching import meets
from tradewind.search.index import CatalogIndex

_MOMENT = datetime(2026, 2, 1, tzinfo=UTC)
Kind = Literal["synonym", "rule"]
IndexOf = Callable[[Sequence[StoredRecord], IndexDefinition, TextEncoder | None], CatalogIndex]


@dataclass(slots=True)
class Stored:
    """One index."""

    records: dict[str, bytes] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    entries: dict[Kind, dict[str, Mapping[str, Any]]] = field(default_factory=lambda: {"synonym": {}, "rule": {}})
    primary: str | None = None


class MemoryCatalog:
    """Implements `Catalog` and reads what it holds. `waits`: tasks that are not published yet."""

    def __init__(self, *, encoder: TextEncoder | None = None, index_of: IndexOf = OracleIndex) -> None:
        self.stored: dict[str, Stored] = {}
        self.waits: set[int] = set()
        self._encoder = encoder
        self._index_of = index_of
        self._tasks = count(1_772_366_400_000_000)
        self._built: dict[str, tuple[CatalogIndex, IndexDefinition]] = {}

    def named(self, name: str) -> tuple[CatalogIndex, IndexDefinition]:
        if name not in self._built:
            here = self._known(name)
            definition = self._definition(here)
            records = self._records(here)
            rows = [StoredRecord(object_id, body) for object_id, body in records.items()]
            self._built[name] = self._index_of(rows, definition, self._encoder), definition
        return self._built[name]

    def edit(self, index: str, edits: Sequence[Edit]) -> int:
        here = self._made(index)
        before = dict(here.records)
        for edit in edits:
            self._apply(before, edit)
        here.records = before
        return self._task()

    def get(self, index: str, object_ids: Sequence[str]) -> Sequence[bytes | None]:
        return [self._records(self._known(index)).get(object_id) for object_id in object_ids]

    def records(self, index: str) -> Iterator[tuple[str, bytes]]:
        yield from sorted(self._records(self._known(index)).items())

    def clear(self, index: str) -> int:
        self._made(index).records = {}
        return self._task()

    def delete_matching(self, index: str, filter_text: Mapping[str, Any]) -> int:
        here, wanted = self._known(index), conditions_of(filter_text)
        here.records = {name: body for name, body in here.records.items() if not meets(wanted, json.loads(body))}
        return self._task()

    def delete(self, index: str) -> int:
        self.stored.pop(index, None)
        return self._task()

    def copy(self, source: str, destination: str, scopes: Sequence[Scope] | None) -> int:
        here, there = self._known(source), self._made(destination)
        if scopes is None:
            there.records = dict(here.records)
        for scope in scopes or ("settings", "synonyms", "rules"):
            if scope == "settings":
                there.settings = {name: value for name, value in here.settings.items() if name != "replicas"}
            else:
                kind: Kind = "synonym" if scope == "synonyms" else "rule"
                there.entries[kind] = dict(here.entries[kind])
        return self._task()

    def move(self, source: str, destination: str) -> int:
        moved = self._known(source)
        replicas = self.stored[destination].settings.get("replicas") if destination in self.stored else None
        if replicas:
            moved.settings["replicas"] = replicas
        self.stored[destination] = moved
        del self.stored[source]
        return self._task()

    def settings(self, index: str) -> Mapping[str, Any]:
        here = self._known(index)
        return here.settings if here.primary is None else {**here.settings, "primary": here.primary}

    def set_settings(self, index: str, changes: Mapping[str, Any], *, forward: bool = False) -> int:
        here = self._made(index)
        here.settings = {k: v for k, v in {**here.settings, **changes}.items() if v is not None}
        for replica in here.settings.get("replicas", []):
            self.stored.setdefault(replica, Stored()).primary = index
            if forward:
                self.stored[replica].settings |= {k: v for k, v in changes.items() if k != "replicas"}
        return self._task()

    def entries(self, index: str, kind: Kind) -> Sequence[Mapping[str, Any]]:
        return list(self._known(index).entries[kind].values())

    def put_entries(
        self, index: str, kind: Kind, entries: Sequence[Mapping[str, Any]], *, replace: bool = False
    ) -> int:
        here = self._made(index)
        there = {} if replace else here.entries[kind]
        here.entries[kind] = there | {str(entry["objectID"]): entry for entry in entries}
        return self._task()

    def delete_entry(self, index: str, kind: Kind, object_id: str) -> int:
        self._known(index).entries[kind].pop(object_id, None)
        return self._task()

    def is_published(self, index: str, task: int) -> bool:
        return task not in self.waits

    def indexes(self) -> Sequence[IndexFacts]:
        return [self._facts(name, here) for name, here in sorted(self.stored.items())]

    def _facts(self, name: str, here: Stored) -> IndexFacts:
        records = self._records(here)
        return IndexFacts(
            name=name,
            index_id=name,
            primary=here.primary,
            replicas=tuple(here.settings.get("replicas", ())),
            created_at=_MOMENT,
            updated_at=_MOMENT,
            open_tasks=0,
            records=len(records),
            size=sum(map(len, records.values())),
        )

    def _known(self, index: str) -> Stored:
        if index not in self.stored:
            raise UnknownIndex(index)
        return self.stored[index]

    def _made(self, index: str) -> Stored:
        return self.stored.setdefault(index, Stored())

    def _task(self) -> int:
        self._built.clear()
        return next(self._tasks)

    def _records(self, here: Stored) -> dict[str, bytes]:
        return self.stored[here.primary].records if here.primary else here.records

    def _definition(self, here: Stored) -> IndexDefinition:
        above = self.stored[here.primary] if here.primary else here
        settings = parse_settings({**above.settings, **here.settings, "replicas": here.settings.get("replicas", [])})
        return IndexDefinition(
            settings=replace(settings, primary=here.primary),
            synonyms=tuple(map(parse_synonym, above.entries["synonym"].values())),
            rules=tuple(map(parse_rule, above.entries["rule"].values())),
        )

    @staticmethod
    def _apply(records: dict[str, bytes], edit: Edit) -> None:
        there = records.get(edit.object_id)
        match edit.action:
            case "deleteObject":
                records.pop(edit.object_id, None)
            case "addObject" | "updateObject":
                records[edit.object_id] = checked_body(edit.object_id, edit.body or b"{}")
            case _:
                if there is None and edit.action == "partialUpdateObjectNoCreate":
                    return
                after = updated(json.loads(there) if there else None, json.loads(edit.body or b"{}"))
                if after is None:
                    return
                body = json.dumps({name: value for name, value in after.items() if name != "objectID"}).encode()
                records[edit.object_id] = with_object_id(edit.object_id, body)
