"""Tasks: what the indexer still has to make visible."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

TaskState = Literal["writing", "written"]
TaskKind = Literal["records", "definition", "whole", "names", "encode"]

DEAD_AFTER = timedelta(minutes=2)  # a writer that has not said that it is done by then never will

_PER_MILLISECOND = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One open task, or one part of it: a task of many ids has several.

    records: `object_ids` of generation `index_id` were put or deleted. whole: every record of it is new. definition:
    settings, synonyms or rules of `names` changed. names: `names` lead to another generation, or to none. encode:
    vectors are missing.
    """

    id: int  # below 2^53: JavaScript reads it exactly
    part: int = 0
    kind: TaskKind
    names: tuple[str, ...]
    index_id: str | None = None
    object_ids: tuple[str, ...] = ()
    state: TaskState = "written"
    opened_at: datetime


def new_task_id(now: datetime, below: Callable[[int], int]) -> int:
    """Return a task id of this millisecond; `below(n)` draws from 0 to n - 1. Who stores it checks that it is free."""
    return int(now.timestamp() * 1000) * _PER_MILLISECOND + below(_PER_MILLISECOND)


def ready(tasks: Iterable[Task], now: datetime) -> list[Task]:
    """Return the tasks that can be worked off: those of which every part is written, or whose writer is dead."""
    by_id: dict[int, list[Task]] = {}
    for task in tasks:
        by_id.setdefault(task.id, []).append(task)
    return [task for parts in by_id.values() if all(_settled(part, now) for part in parts) for task in parts]


def _settled(task: Task, now: datetime) -> bool:
    return task.state == "written" or now - task.opened_at >= DEAD_AFTER
