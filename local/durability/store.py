"""Everything that makes the local cloud durable, put together."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from ministack import app as ministack_app
from ministack.core import persistence
from ministack.services import cloudformation, eventbridge, lambda_svc, scheduler

from local import services
from local.durability import deliveries, queues, retries, tables
from local.durability.calls import STACK_CHANGES, Call
from local.durability.deliveries import Deliveries
from local.durability.journal import Journal, Record, read
from local.durability.objects import Objects
from local.durability.snapshot import Snapshots, Texts
from local.firehose.delivering import DeliveryStreams
from local.home import Home
from local.streams import table_changes
from local.streams.kinesis import Shards
from local.streams.mappings import Mappings
from local.streams.positions import Positions
from local.streams.table_changes import TableChanges

logger = logging.getLogger("tradewind.store")

JOURNAL_LIMIT = 32 * 1024**2  # bytes; a longer journal is replaced by a snapshot, so that a start replays for seconds
_TABLES = "dynamodb"  # its name among a snapshot's files
_TRIES = 20  # of reading a state that another thread changes meanwhile

# What CloudFormation was doing when it was killed does not go on; the state from which the CDK can.
_INTERRUPTED = {
    "CREATE_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
}


class Store:
    """Restores at start, keeps the journal, takes snapshots."""

    def __init__(self, home: Home) -> None:
        self._snapshots = Snapshots(home.state)
        persistence.STATE_DIR = str(self._snapshots.folder(self._snapshots.current))
        self._home = home
        queues.free_of_the_port()
        self._journal: Journal | None = None
        self._deliveries: Deliveries | None = None
        self._shards = Shards(home.streams)
        self._table_changes = TableChanges()
        self._positions: Positions | None = None
        self._delivery_streams: DeliveryStreams | None = None
        self._number = 0
        self._one_snapshot = asyncio.Lock()
        self._begun = 0  # snapshots
        self._stacks_change = False
        self._consumers = _Consumers()
        self._unused_code: set[str] | None = None
        lambda_svc._prune_orphan_code_blobs, self._prune_code = (
            self._note_used_code,
            lambda_svc._prune_orphan_code_blobs,
        )

    async def restore(self) -> None:
        """Replay what happened since the snapshot that ministack has loaded."""
        ministack_app.PERSIST_STATE = False  # its own save at the end would overwrite the snapshot in force
        self._table_changes.restore()
        self._shards.install()
        journals = self._snapshots.journals_to_replay()
        records = [record for path in journals for record in read(path)]
        await _replay(records)
        queues.make_visible()
        _settle_stacks()
        _settle_functions()
        last = max([self._snapshots.current, *(_number(path.name) for path in journals)])
        self._number = last + 1
        self._journal = Journal(self._snapshots.journal(self._number))
        self._deliveries = Deliveries(self._journal)
        self._deliveries.adopt(deliveries.undone(records))
        self._positions = Positions(self._journal, records)
        self._install(self._journal, self._deliveries, self._positions)
        await self.snapshot()

    def start_consumers(self) -> None:
        """Let consumers go on, once the cloud answers: what they run calls it."""
        assert self._deliveries is not None
        assert self._delivery_streams is not None
        self._consumers.start()
        self._delivery_streams.start()
        self._deliveries.start_adopted()

    def _install(self, journal: Journal, in_delivery: Deliveries, positions: Positions) -> None:
        queues.install(journal)
        Mappings(self._shards, self._table_changes, positions).install()
        self._delivery_streams = DeliveryStreams(self._shards, positions, self._home.streams, self._home.temporary)
        self._delivery_streams.install()
        tables.install(journal)
        in_delivery.install()
        retries.install()
        Objects(self._home.spool, in_delivery.fire_held_back).install()

    async def snapshot(self) -> None:
        """Save the state as it is now or later; calls that wait together share one.

        Raises: OSError when it cannot be written; the snapshot before is then still in force.
        """
        begun_before = self._begun
        async with self._one_snapshot:
            if self._begun > begun_before:
                return
            self._begun += 1
            number, texts = self._capture()
            await asyncio.to_thread(self._snapshots.write, number, texts)
            await asyncio.to_thread(self._snapshots.forget_before, number)
            if self._unused_code is not None:
                self._prune_code(self._unused_code)

    def _capture(self) -> tuple[int, Texts]:
        """Return the state and begin the journal that follows it, with nothing in between."""
        assert self._journal is not None
        assert self._deliveries is not None
        assert self._positions is not None
        with self._journal.lock:
            texts = _again_while_it_changes(self._encoded_state)
            self._number += 1
            self._journal.continue_in(self._snapshots.journal(self._number))
            self._deliveries.carry_over()
            self._positions.carry_over()
        return self._number, texts

    def _encoded_state(self) -> Texts:
        holders = ministack_app._build_persistence_save_dict()
        state = {name: get_state() for name, get_state in holders.items() if name != _TABLES}
        # Last, as they are not copied: what is copied takes time in which other threads may change them.
        state[_TABLES] = tables.state()
        state[table_changes.STATE] = self._table_changes.state()
        return self._snapshots.encode({name: kept for name, kept in state.items() if kept is not None})

    async def commit(self, call: Call, status: int) -> None:
        """Return when what `call` changed is on the disk.

        Raises: OSError when it cannot be written: the caller gets an error, not the answer.
        """
        changed = services.take_changed()
        if call.service == "cloudformation" and call.operation in STACK_CHANGES:
            self._stacks_change = True
        elif self._stacks_change and call.service == "cloudformation" and not _stacks_in_progress():
            self._stacks_change, changed = False, True
        long = self._journal is not None and self._journal.size > JOURNAL_LIMIT and not self._one_snapshot.locked()
        if long or (status < 300 and (changed or call.changes_snapshot())):
            await self.snapshot()

    async def close(self) -> None:
        """Save the state; what still happens goes into the journal."""
        await self.snapshot()

    def status(self) -> dict[str, Any]:
        """Return what is waiting and what a start would replay."""
        return {
            "queues_in_flight": queues.in_flight(),
            "deliveries_in_flight": len(self._deliveries) if self._deliveries else 0,
            "streams": self._delivery_streams.status() if self._delivery_streams else {},
            "journal_bytes": self._journal.size if self._journal else 0,
            "snapshot": self._snapshots.current,
        }

    def _note_used_code(self, used: set[str]) -> None:
        """Delay what ministack does too early: it deletes unused code that the snapshot in force may still use."""
        self._unused_code = used


class _Consumers:
    """Holds ministack's pollers and schedulers back until everything is restored."""

    def __init__(self) -> None:
        self._poll, self._rules, self._schedules = (
            lambda_svc._ensure_poller,
            eventbridge.start_scheduler,
            scheduler.start_scheduler,
        )
        for module, name in self._places():
            setattr(module, name, _nothing)

    def start(self) -> None:
        for (module, name), function in zip(self._places(), (self._poll, self._rules, self._schedules), strict=True):
            setattr(module, name, function)
        if lambda_svc._esms.has_any():
            self._poll()
        self._rules()
        self._schedules()

    def _places(self) -> tuple[tuple[Any, str], ...]:
        return (lambda_svc, "_ensure_poller"), (eventbridge, "start_scheduler"), (scheduler, "start_scheduler")


def _nothing() -> None:
    return None


async def _replay(records: list[Record]) -> None:
    for record in records:
        if record["kind"] in (queues.ADDED, queues.REMOVED):
            queues.replay(record)
        elif record["kind"] == tables.CALL:
            await tables.replay(record)


def _stacks_in_progress() -> bool:
    return any(stack.get("StackStatus", "") in _INTERRUPTED for stack in list(cloudformation._stacks._data.values()))


def _settle_stacks() -> None:
    for stack in cloudformation._stacks._data.values():
        status = stack.get("StackStatus", "")
        stack["StackStatus"] = _INTERRUPTED.get(status, status)


def _settle_functions() -> None:
    """A function that was becoming active when the process ended is active: the thread that would say so is gone."""
    for function in lambda_svc._functions._data.values():
        versions = (function.get("versions") or {}).values()
        for config in [function.get("config"), *(version.get("config") for version in versions)]:
            if (
                config
                and config.get("State") == "Pending"
                and config.get("SnapStart", {}).get("OptimizationStatus") != "On"
            ):
                config.update(State="Active", LastUpdateStatus="Successful")


def _again_while_it_changes(read_state: Callable[[], Texts]) -> Texts:
    """Stack tasks and functions' threads change dictionaries that are being copied; a later try finds them still."""
    for _ in range(_TRIES - 1):
        try:
            return read_state()
        except RuntimeError as error:
            logger.debug("state changed while it was read: %s", error)
    return read_state()


def _number(journal: str) -> int:
    return int(journal.removeprefix("journal-").removesuffix(".jsonl"))
