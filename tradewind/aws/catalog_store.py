"""The catalogue in DynamoDB: every verb of `tradewind.catalog.editing`, safe to be killed between any two writes.

An edit announces the ids that it touches, writes, and says that it has written; a change of what a name leads to is one
transaction with its task. The indexer believes the table alone.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tradewind.aws.catalog.abandoned import AbandonedStore
from tradewind.aws.catalog.definitions import DefinitionStore, Kind
from tradewind.aws.catalog.editing import prepared, update_records
from tradewind.aws.catalog.names import NameStore
from tradewind.aws.catalog.records import RecordStore
from tradewind.aws.catalog.tasks import TaskStore
from tradewind.catalog.editing import ChangedMeanwhile, Edit, IndexFacts, Scope, UnknownIndex
from tradewind.catalog.index_name import IndexName, moved
from tradewind.catalog.raw_definition import RawDefinition, changed
from tradewind.catalog.record import MAX_RECORD_BYTES, checked_index_name, checked_object_id, id_text
from tradewind.catalog.rules import parse_rule
from tradewind.catalog.settings import parse_settings
from tradewind.catalog.synonyms import parse_synonym
from tradewind.errors import InputError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TRIES = 8  # of a change of names that others change, too
_FIRST_PAUSE = 0.01  # seconds at most before the next try; doubled each time, so that writers part
_COPIED_AT_ONCE = 500
_MAX_REPLICAS = 20  # Algolia's limit; all of them change in one transaction of 100 writes
_PARSERS: Mapping[Kind, Callable[[Mapping[str, Any]], Any]] = {"synonym": parse_synonym, "rule": parse_rule}


class CatalogStore:
    """All indexes of one deployment."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        max_record: int = MAX_RECORD_BYTES,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        below: Callable[[int], int] = secrets.randbelow,
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._below = below
        self._pause = pause
        self._max_record = max_record
        self._clock = clock
        self._new_id = new_id
        self.names = NameStore(client, table)
        self.definitions = DefinitionStore(client, table)
        self.stored = RecordStore(client, table)
        self.tasks = TaskStore(client, table, clock=clock, below=below)
        self.abandoned = AbandonedStore(client, table)

    # Records

    def edit(self, index: str, edits: Sequence[Edit]) -> int:
        """Apply edits in their order and return the task. Raises: InputError; then nothing was written."""
        ready = prepared(edits, limit=self._max_record)
        here = self._writable(index)
        parts = self.tasks.open("records", (index,), index_id=here.index_id, object_ids=ready.object_ids)
        try:
            update_records(self.stored, here.index_id, ready.partial, parts[0].id, limit=self._max_record)
        except InputError:
            self.tasks.finish(parts)
            raise
        self.stored.write(here.index_id, ready.whole, parts[0].id)
        return self.tasks.finish(parts)

    def get(self, index: str, object_ids: Sequence[str]) -> Sequence[bytes | None]:
        """Return records as they are stored now, in the order of the ids. Raises: UnknownIndex."""
        found = self.stored.get(self._records_of(index), [each for each in object_ids if _can_be_there(each)])
        return [found[each].body if each in found else None for each in object_ids]

    def records(self, index: str) -> Iterator[tuple[str, bytes]]:
        """Yield every (object id, record) of an index. Raises: UnknownIndex."""
        return self.stored.all(self._records_of(index))

    def delete_matching(self, index: str, filter_text: Mapping[str, Any]) -> int:
        """Delete the records that meet the filters of `filter_text`. Raises: InputError, UnknownIndex."""
        from tradewind.catalog.matching import matching_ids

        found = matching_ids(self.records(index), filter_text)
        return self.edit(index, [Edit("deleteObject", object_id) for object_id in found])

    # Names

    def clear(self, index: str) -> int:
        """Remove all records; settings, synonyms and rules stay."""

        def change(now: datetime) -> tuple[list[Any], str]:
            before = self._primary(index)
            fresh = self._new_id()
            made = replace(before, index_id=fresh, updated_at=now) if before else self._fresh(index, index_id=fresh)
            return [self.names.put_write(made, before), *self._left_behind(before, now, definition=False)], fresh

        return self._change_names("whole", (index,), change)

    def delete(self, index: str) -> int:
        """Remove an index and its replicas; one that is not there is gone already."""

        names = [index]

        def change(now: datetime) -> tuple[list[Any], None]:
            before = self.names.get(index)
            if before is None:
                return [], None
            names[1:] = before.replicas
            found = [before, *(each for name in before.replicas if (each := self.names.get(name)))]
            writes = [self.names.delete_write(each) for each in found]
            writes += [write for each in found for write in self._left_behind(each, now)]
            if before.primary and (primary := self.names.get(before.primary)):
                writes.append(self.names.put_write(_without_replica(primary, index), primary))
                names.append(primary.name)
            return writes, None

        return self._change_names("names", names, change)

    def move(self, source: str, destination: str) -> int:
        """Give the index another name; what had that name is gone, at once and whole. Raises: UnknownIndex."""
        if source == destination:
            raise InputError("destination", repr(destination), "give another name than that of the source")
        names = [destination, source]

        def change(now: datetime) -> tuple[list[Any], str]:
            here, there = self._primary(source), self._primary(destination)
            if here is None:
                raise UnknownIndex(source)
            made = moved(here, checked_index_name(destination), there, now)
            writes = [self.names.put_write(made, there), self.names.delete_write(here)]
            writes += self._left_behind(there, now)
            for name in here.replicas:
                if replica := self.names.get(name):
                    writes.append(self.names.put_write(replace(replica, primary=destination), replica))
            names[2:] = made.replicas
            return writes, here.index_id

        return self._change_names("names", names, change)

    def copy(self, source: str, destination: str, scopes: Sequence[Scope] | None) -> int:
        """Copy settings, synonyms, rules (those of `scopes`); records too where `scopes` is None.

        Replicas are not copied. Raises: UnknownIndex, InputError.
        """
        here = self.names.get(source)
        if here is None:
            raise UnknownIndex(source)
        if source == destination:
            raise InputError("destination", repr(destination), "give another name than that of the source")
        definition = self.definitions.read(here.definition_id)
        if scopes is not None:
            return self._copy_scopes(definition, destination, scopes)
        index_id, definition_id = self._new_id(), self._new_id()
        self.abandoned.note("index", index_id, self._clock())
        self.abandoned.note("definition", definition_id, self._clock())
        self.definitions.write(definition_id, definition)
        self._copy_records(self._records_of(source), index_id)

        def change(now: datetime) -> tuple[list[Any], str]:
            there = self._primary(destination)
            made = replace(
                there or self._fresh(destination), index_id=index_id, definition_id=definition_id, updated_at=now
            )
            found = (
                self.abandoned.forget_write("index", index_id),
                self.abandoned.forget_write("definition", definition_id),
            )
            return [self.names.put_write(made, there), *found, *self._left_behind(there, now)], index_id

        return self._change_names("whole", (destination,), change)

    def mark_demo(self, index: str, *, demo: bool) -> None:
        """Say that an index holds generated products, or that it does not any more."""
        here = self._writable(index)
        if here.demo != demo:
            self._client.transact_write_items(TransactItems=[self.names.put_write(replace(here, demo=demo), here)])

    # Definitions

    def settings(self, index: str) -> Mapping[str, Any]:
        """Return the settings as they were set, with the names of replicas and primary. Raises: UnknownIndex."""
        here = self._known(index)
        found = self.definitions.settings(here.definition_id)
        if here.replicas:
            found["replicas"] = list(here.replicas_as_sent)
        return {**found, "primary": here.primary} if here.primary else found

    def set_settings(self, index: str, changes: Mapping[str, Any], *, forward: bool = False) -> int:
        """Change some settings (null: back to the default); `forward`: of the replicas too. `replicas` makes them."""
        replicas = _replicas_in(changes, index)
        others = {key: value for key, value in changes.items() if key not in ("replicas", "slaves", "primary")}
        parse_settings({key: value for key, value in others.items() if value is not None})
        here = self._named(index)
        if replicas is not None:
            here = self._set_replicas(here, replicas)
        reached = [here, *(each for name in here.replicas if forward and (each := self.names.get(name)))]

        def write() -> None:
            for each in reached:
                self.definitions.change_settings(each.definition_id, lambda before: _checked(changed(before, others)))

        return self._change_definition(here, [each.name for each in reached], write)

    def entries(self, index: str, kind: Kind) -> Sequence[Mapping[str, Any]]:
        """Return synonyms or rules as they were sent. Raises: UnknownIndex."""
        return self.definitions.entries(self._known(index).definition_id, kind)

    def put_entries(
        self, index: str, kind: Kind, entries: Sequence[Mapping[str, Any]], *, replace: bool = False
    ) -> int:
        """Store synonyms or rules by their objectID; `replace`: instead of all that were there."""
        by_id: dict[str, Mapping[str, Any]] = {}
        for entry in entries:
            name = id_text(entry.get("objectID"))
            if name is None:
                raise InputError(f"{kind}.objectID", repr(entry.get("objectID")), "give each one an objectID, a text")
            _PARSERS[kind](entry)
            by_id[checked_object_id(name)] = entry
        here = self._named(index)
        return self._change_definition(
            here,
            (index,),
            lambda: self.definitions.put_entries(here.definition_id, kind, by_id, replace=replace),
        )

    def delete_entry(self, index: str, kind: Kind, object_id: str) -> int:
        here = self._named(index)
        return self._change_definition(
            here, (index,), lambda: self.definitions.delete_entry(here.definition_id, kind, object_id)
        )

    # Looking

    def is_published(self, index: str, task: int) -> bool:
        """Return whether what a task did can be searched; the task alone counts: its index may have another name."""
        return not self.tasks.is_open(task)

    def indexes(self) -> Sequence[IndexFacts]:
        """Return all indexes by their names."""
        open_ids: dict[str, set[int]] = {}
        for task in self.tasks.all():
            for name in task.names if task.kind != "encode" else ():
                open_ids.setdefault(name, set()).add(task.id)
        return [
            IndexFacts(
                name=each.name,
                index_id=each.index_id,
                primary=each.primary,
                replicas=each.replicas,
                created_at=each.created_at,
                updated_at=each.updated_at,
                open_tasks=len(open_ids.get(each.name, ())),
                records=each.records,
                size=each.size,
                demo=each.demo,
            )
            for each in self.names.all()
        ]

    # How it is done

    def _known(self, index: str) -> IndexName:
        here = self.names.get(index)
        if here is None:
            raise UnknownIndex(index)
        return here

    def _named(self, index: str) -> IndexName:
        """Return an index, made where there was none."""
        checked_index_name(index)
        return self.names.touch(index, self._clock()) or self.names.make(self._fresh(index))

    def _writable(self, index: str) -> IndexName:
        here = self._named(index)
        _refuse_replica(here)
        return here

    def _primary(self, index: str) -> IndexName | None:
        here = self.names.get(index)
        if here is not None:
            _refuse_replica(here)
        return here

    def _records_of(self, index: str) -> str:
        """Return the generation of an index's records: a replica has those of its primary."""
        here = self._known(index)
        return self._known(here.primary).index_id if here.primary else here.index_id

    def _fresh(self, index: str, *, index_id: str | None = None) -> IndexName:
        now = self._clock()
        return IndexName(
            name=checked_index_name(index),
            index_id=index_id or self._new_id(),
            definition_id=self._new_id(),
            created_at=now,
            updated_at=now,
        )

    def _left_behind(self, before: IndexName | None, now: datetime, *, definition: bool = True) -> list[Any]:
        """Return the parts of a transaction that note what `before` led to as abandoned."""
        if before is None:
            return []
        notes = [self.abandoned.note_write("index", before.index_id, now)]
        return [*notes, self.abandoned.note_write("definition", before.definition_id, now)] if definition else notes

    def _change_names(
        self, kind: Any, names: Sequence[str], change: Callable[[datetime], tuple[list[Any], str | None]]
    ) -> int:
        """Do the writes of `change` and store their task at once; again where the names were changed meanwhile."""
        for number in range(_TRIES):
            writes, index_id = change(self._clock())
            task, put = self.tasks.written(kind, tuple(names), index_id=index_id)
            try:
                self._client.transact_write_items(TransactItems=[*writes, put])
            except self._client.exceptions.TransactionCanceledException:
                self._wait(number)
                continue
            return task
        raise ChangedMeanwhile(", ".join(names))

    def _wait(self, tries: int) -> None:
        """Pause for a random part of what follows so many tries."""
        self._pause(_FIRST_PAUSE * 2**tries * self._below(1000) / 1000)

    def _change_definition(self, here: IndexName, names: Sequence[str], write: Callable[[], None]) -> int:
        parts = self.tasks.open("definition", tuple(names), index_id=here.index_id)
        write()
        return self.tasks.finish(parts)

    def _set_replicas(self, here: IndexName, sent: Mapping[str, str]) -> IndexName:
        """Give an index its replicas: new ones are made, those left out go. `sent`: name -> as it was sent."""
        _refuse_replica(here)
        for number in range(_TRIES):
            made = replace(here, replicas=tuple(sent), replicas_as_sent=tuple(sent.values()))
            writes = [self.names.put_write(made, here)]
            for name in sent:
                there = self.names.get(name)
                if there is None or there.primary != here.name:
                    writes.append(self.names.put_write(replace(self._fresh(name), primary=here.name), there))
                    writes += self._left_behind(there, self._clock())
            gone = [each for name in here.replicas if name not in sent and (each := self.names.get(name))]
            writes += [self.names.delete_write(each) for each in gone]
            writes += [write for each in gone for write in self._left_behind(each, self._clock())]
            touched = (here.name, *sent, *(each.name for each in gone))
            _, put = self.tasks.written("names", touched, index_id=here.index_id)
            try:
                self._client.transact_write_items(TransactItems=[*writes, put])
            except self._client.exceptions.TransactionCanceledException:
                self._wait(number)
                here = self._known(here.name)
                continue
            return made
        raise ChangedMeanwhile(here.name)

    def _copy_scopes(self, source: RawDefinition, destination: str, scopes: Sequence[Scope]) -> int:
        here = self._named(destination)

        def write() -> None:
            if "settings" in scopes:
                self.definitions.change_settings(here.definition_id, lambda _: source.settings)
            for scope, kind, entries in (("synonyms", "synonym", source.synonyms), ("rules", "rule", source.rules)):
                if scope in scopes:
                    by_id = {str(entry["objectID"]): entry for entry in entries}
                    self.definitions.put_entries(here.definition_id, kind, by_id, replace=True)  # type: ignore[arg-type]

        return self._change_definition(here, (destination,), write)

    def _copy_records(self, source: str, destination: str) -> None:
        some: dict[str, bytes | None] = {}
        for object_id, body in self.stored.all(source):
            some[object_id] = body
            if len(some) >= _COPIED_AT_ONCE:
                self.stored.write(destination, some, 0)
                some = {}
        self.stored.write(destination, some, 0)


def _checked(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    parse_settings(settings)
    return settings


def _refuse_replica(here: IndexName) -> None:
    if here.primary:
        raise InputError("index", repr(here.name), f"is a replica: change its primary {here.primary!r}")


def _replicas_in(changes: Mapping[str, Any], index: str) -> dict[str, str] | None:
    """Return name -> as it was sent ("virtual(name)"), None where replicas are not spoken of."""
    if "replicas" not in changes:
        return None
    sent = changes["replicas"] or []
    if not isinstance(sent, list) or not all(isinstance(each, str) for each in sent):
        raise InputError("replicas", f"{sent!r:.60}", "give a list of index names")
    names = {
        each.removeprefix("virtual(").removesuffix(")") if each.startswith("virtual(") else each: each for each in sent
    }
    if len(names) > _MAX_REPLICAS:
        raise InputError("replicas", f"{len(names)} names", f"an index may have {_MAX_REPLICAS}")
    if index in names:
        raise InputError("replicas", repr(index), "an index cannot be its own replica")
    for name in names:
        checked_index_name(name)
    return names


def _without_replica(primary: IndexName, name: str) -> IndexName:
    kept = [(each, sent) for each, sent in zip(primary.replicas, primary.replicas_as_sent, strict=True) if each != name]
    return replace(primary, replicas=tuple(each for each, _ in kept), replicas_as_sent=tuple(sent for _, sent in kept))


def _can_be_there(object_id: str) -> bool:
    try:
        checked_object_id(object_id)
    except InputError:
        return False
    return True
