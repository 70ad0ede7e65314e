"""SQS: every message that enters or leaves a queue is in the journal, whoever put or took it.

ministack's queues are dictionaries with a list of messages. EventBridge, S3 notifications, event sources and
dead-letter moves change those lists without an HTTP call, so the lists themselves keep the journal. Receiving is not
journalled: after a start no consumer is alive, so every message that was in flight is visible again at once.

ministack deletes by looking a list through and assigning what stays, while other threads add to it: a message that came
in between was lost. Here an assignment removes only what its thread had looked at, and the list stays the same one.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, SupportsIndex

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import sqs

from local.durability.journal import Journal, Record

Message = dict[str, Any]
Key = tuple[str, str, str]  # account, region, url

ADDED, REMOVED = "sqs+", "sqs-"

_looked_at = threading.local()  # .messages: those that this thread saw when it last looked a queue through, by queue


class _Messages(list[Message]):
    """A queue's messages; a change is written down before it is made."""

    def __init__(self, messages: Iterable[Message], key: Key, journal: Journal) -> None:
        super().__init__(messages)
        self._key = key
        self._journal = journal

    def __iter__(self) -> Iterator[Message]:
        """Yield the messages that are here now, whatever comes or goes meanwhile."""
        messages = tuple(super().__iter__())
        _looks()[self._key] = messages
        return iter(messages)

    def append(self, message: Message) -> None:
        sqs._ensure_msg_fields(message)  # EventBridge does it to whatever is last by then
        with self._journal.lock:
            self._journal.append({"kind": ADDED, "queue": self._key, "message": message})
            super().append(message)

    def remove(self, message: Message) -> None:
        with self._journal.lock:
            self._journal.append({"kind": REMOVED, "queue": self._key, "ids": [message["id"]]})
            super().remove(message)

    def keep(self, messages: Iterable[Message]) -> None:
        """Remove what this thread saw when it last looked the queue through and is not in `messages`."""
        stay = {message["id"] for message in messages}
        gone = {message["id"] for message in _looks().get(self._key, ())} - stay
        if gone:
            with self._journal.lock:
                self._journal.append({"kind": REMOVED, "queue": self._key, "ids": sorted(gone)})
                self[:] = [message for message in super().__iter__() if message["id"] not in gone]

    def clear(self) -> None:
        with self._journal.lock:
            self._journal.append({"kind": REMOVED, "queue": self._key, "ids": [m["id"] for m in self]})
            super().clear()

    def pop(self, index: SupportsIndex = -1) -> Message:
        with self._journal.lock:
            self._journal.append({"kind": REMOVED, "queue": self._key, "ids": [self[index]["id"]]})
            return super().pop(index)


class _Queue(dict[str, Any]):
    """A queue; ministack deletes by assigning the list of the messages that stay."""

    def __init__(self, queue: Mapping[str, Any], key: Key, journal: Journal) -> None:
        super().__init__(queue)
        self._key = key
        self._journal = journal
        super().__setitem__("messages", _Messages(queue["messages"], key, journal))

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "messages":
            self["messages"].keep(value)
        else:
            super().__setitem__(name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        """Return a plain copy, for a snapshot; messages are replaced or changed key by key, never inside a value."""
        return {**self, "messages": [dict(message) for message in self["messages"]]}


class _Queues(AccountRegionScopedDict):  # type: ignore[misc]
    """ministack's store of queues; a queue that enters becomes one of ours."""

    __slots__ = ()
    journal: Journal

    def __setitem__(self, url: str, queue: Mapping[str, Any]) -> None:
        key = self._scoped(url)
        self._data[key] = _Queue(queue, key, type(self).journal)


def _looks() -> dict[Key, tuple[Message, ...]]:
    if not hasattr(_looked_at, "messages"):
        _looked_at.messages = {}
    messages: dict[Key, tuple[Message, ...]] = _looked_at.messages
    return messages


def free_of_the_port() -> None:
    """Keep queues under an address that does not change with the cloud's port: they are there after a start on another.

    Callers never see it: ministack answers with the address that they used, and reads only account and name of theirs.
    """
    sqs.DEFAULT_PORT = "1"
    sqs._CANONICAL_NETLOC = f"{sqs.DEFAULT_HOST}:1"


def install(journal: Journal) -> None:
    """Keep the journal of all queues from now on; queues that are there already join."""
    _Queues.journal = journal
    sqs._queues.__class__ = _Queues
    for key, queue in list(sqs._queues._data.items()):
        sqs._queues._data[key] = _Queue(queue, key, journal)


def replay(record: Record) -> None:
    """Do a change again; a message that is there already is not doubled (same id)."""
    queue = sqs._queues._data.get(tuple(record["queue"]))
    if queue is None:
        return
    if record["kind"] == ADDED:
        if all(message["id"] != record["message"]["id"] for message in queue["messages"]):
            queue["messages"].append(dict(record["message"]))
    else:
        gone = set(record["ids"])
        queue["messages"] = [message for message in queue["messages"] if message["id"] not in gone]


def make_visible() -> None:
    """Return to their queues the messages that were in flight when the process ended."""
    now = time.time()
    for queue in sqs._queues._data.values():
        for message in queue["messages"]:
            if message.get("receipt_handle") is not None:
                message["receipt_handle"] = None
                message["visible_at"] = now


def in_flight() -> dict[str, int]:
    """Return for each queue with messages how many it holds, received ones included."""
    held = {key[2].rpartition("/")[2]: len(queue["messages"]) for key, queue in list(sqs._queues._data.items())}
    return {name: count for name, count in sorted(held.items()) if count}
