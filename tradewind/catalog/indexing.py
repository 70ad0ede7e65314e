"""What the indexer has to do: decided from the open tasks and the names alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tradewind.catalog.index_name import IndexName
from tradewind.catalog.tasks import Task, ready


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """Work on the records of one primary index.

    `object_ids` are to be read again as they are stored now; `whole`: all records are. Without either, its definition
    changed or vectors are missing.
    """

    name: str
    index_id: str
    object_ids: tuple[str, ...] = ()
    whole: bool = False
    definition: bool = False
    encode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One round: versions to build, then names to point, then tasks to close."""

    generations: tuple[Generation, ...] = ()
    names: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()

    def tasks_of(self, done: Iterable[str]) -> list[Task]:
        """Return the tasks that are settled once all of these names are pointed."""
        names = set(done)
        return [task for task in self.tasks if names.issuperset(task.names)]


def plan_work(tasks: Sequence[Task], names: Iterable[IndexName], now: datetime) -> Work:
    """Return what the open tasks ask for. Records of generations that no name leads to are not worked on."""
    settled = ready(tasks, now)
    by_name = {each.name: each for each in names}
    primaries = {each.index_id: each for each in by_name.values() if each.primary is None}
    touched = dict.fromkeys(name for task in settled for name in task.names)
    generations = []
    for index_id, asked in _by_generation(settled, by_name).items():
        if index_id in primaries:
            generations.append(_generation(primaries[index_id], asked))
            touched.setdefault(primaries[index_id].name)
    return Work(generations=tuple(generations), names=tuple(touched), tasks=tuple(settled))


def _by_generation(tasks: Iterable[Task], names: Mapping[str, IndexName]) -> dict[str, list[Task]]:
    """Return the tasks of each generation: those of its records, and those of a name that leads to it."""
    found: dict[str, list[Task]] = {}
    for task in tasks:
        led_to = [names[name].index_id for name in task.names if name in names]
        for index_id in dict.fromkeys((*([task.index_id] if task.index_id else []), *led_to)):
            found.setdefault(index_id, []).append(task)
    return found


def _generation(name: IndexName, tasks: Sequence[Task]) -> Generation:
    own = [task for task in tasks if task.index_id == name.index_id]
    ids = dict.fromkeys(each for task in own if task.kind == "records" for each in task.object_ids)
    return Generation(
        name=name.name,
        index_id=name.index_id,
        object_ids=tuple(ids),
        whole=any(task.kind == "whole" for task in own),
        definition=any(task.kind == "definition" for task in own),
        encode=any(task.kind == "encode" for task in own),
    )
