"""Open tasks: items task / <16 digits of the id>#<part>."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from tradewind.aws.catalog.paging import items_of
from tradewind.catalog.tasks import Task, TaskKind, TaskState, new_task_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "task"  # one for all indexes: the indexer asks what is open, clients ask by the id alone
_PART_IDS = 2000  # object ids in one item
_PART_BYTES = 200_000  # of ids; an item takes 400 KB
_TRIES = 20


class TaskStore:
    """The open tasks of all indexes. A task that is not there is published."""

    def __init__(
        self, client: "DynamoDBClient", table: str, *, clock: Callable[[], datetime], below: Callable[[int], int]
    ) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._below = below

    def open(
        self, kind: TaskKind, names: Sequence[str], *, index_id: str | None = None, object_ids: Sequence[str] = ()
    ) -> list[Task]:
        """Store a task in state `writing` and return its parts, in order."""
        now = self._clock()
        pieces = _pieces(object_ids) or [[]]
        for _ in range(_TRIES):
            number = new_task_id(now, self._below)
            first = Task(
                id=number,
                kind=kind,
                names=tuple(names),
                index_id=index_id,
                object_ids=tuple(pieces[0]),
                state="writing",
                opened_at=now,
            )
            if self._claimed(first):
                break
        else:
            raise RuntimeError(f"no task id was free in {_TRIES} tries")
        parts = [first, *(replace(first, part=n, object_ids=tuple(ids)) for n, ids in enumerate(pieces[1:], 1))]
        for part in parts[1:]:
            self.put(part)
        return parts

    def finish(self, parts: Sequence[Task]) -> int:
        """Say that what a task announced is written, and return its id.

        The items are put whole: where the indexer took the writer for dead and closed the task, it is open again.
        """
        for part in reversed(parts):  # the first one last: a stream that is told of it finds all
            self.put(replace(part, state="written"))
        return parts[0].id

    def put(self, task: Task) -> None:
        self._client.put_item(TableName=self._table, Item=item_of(task))

    def written(self, kind: TaskKind, names: Sequence[str], *, index_id: str | None = None) -> tuple[int, Any]:
        """Return the id of a new task in state `written`, and the part of a transaction that stores it."""
        now = self._clock()
        number = new_task_id(now, self._below)
        task = Task(id=number, kind=kind, names=tuple(names), index_id=index_id, opened_at=now)
        put = {"TableName": self._table, "Item": item_of(task), "ConditionExpression": "attribute_not_exists(pk)"}
        return number, {"Put": put}

    def all(self) -> list[Task]:
        """Return all open tasks in the order of their ids, read consistently."""
        return [task_in(item) for item in items_of(self._client, self._table, PARTITION)]

    def is_open(self, number: int) -> bool:
        found = items_of(self._client, self._table, PARTITION, beginning=f"{number:016d}#", limit=1, keys_only=True)
        return next(found, None) is not None

    def close(self, task: Task) -> None:
        """Delete a task as it was read; one that its writer has finished since stays."""
        try:
            self._client.delete_item(
                TableName=self._table,
                Key={"pk": {"S": PARTITION}, "sk": {"S": _sort_key(task)}},
                ConditionExpression="attribute_not_exists(pk) OR #state = :state",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={":state": {"S": task.state}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def touch(self, task: Task) -> None:
        """Change an open task so that the table's stream tells of it; one that is closed stays so."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": PARTITION}, "sk": {"S": _sort_key(task)}},
                UpdateExpression="SET touched_at = :now",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":now": {"S": self._clock().isoformat()}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _claimed(self, task: Task) -> bool:
        try:
            self._client.put_item(
                TableName=self._table, Item=item_of(task), ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True


def item_of(task: Task) -> dict[str, Any]:
    item: dict[str, Any] = {
        "pk": {"S": PARTITION},
        "sk": {"S": _sort_key(task)},
        "kind": {"S": task.kind},
        "names": {"S": json.dumps(task.names)},
        "ids": {"S": json.dumps(task.object_ids, ensure_ascii=False)},
        "state": {"S": task.state},
        "opened_at": {"S": task.opened_at.isoformat()},
    }
    if task.index_id is not None:
        item["index_id"] = {"S": task.index_id}
    return item


def task_in(item: dict[str, Any]) -> Task:
    number, _, part = item["sk"]["S"].partition("#")
    return Task(
        id=int(number),
        part=int(part),
        kind=cast("TaskKind", item["kind"]["S"]),
        names=tuple(json.loads(item["names"]["S"])),
        index_id=item["index_id"]["S"] if "index_id" in item else None,
        object_ids=tuple(json.loads(item["ids"]["S"])),
        state=cast("TaskState", item["state"]["S"]),
        opened_at=datetime.fromisoformat(item["opened_at"]["S"]),
    )


def _sort_key(task: Task) -> str:
    return f"{task.id:016d}#{task.part:04d}"


def _pieces(object_ids: Sequence[str]) -> list[list[str]]:
    """Return ids in as many lists as items are needed."""
    pieces: list[list[str]] = []
    size = 0
    for object_id in object_ids:
        length = len(object_id.encode()) + 4
        if not pieces or len(pieces[-1]) >= _PART_IDS or size + length > _PART_BYTES:
            pieces.append([])
            size = 0
        pieces[-1].append(object_id)
        size += length
    return pieces
