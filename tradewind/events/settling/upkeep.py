"""Asking for events to be rebuilt, and what stands still: looked at, and sent again."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tradewind.errors import InputError
from tradewind.events.settling import rejected, undelivered
from tradewind.events.settling.messages import Look, Rebuild
from tradewind.events.settling.registry import RawObject
from tradewind.events.settling.stores import Clock, EventStores
from tradewind.lake import layout

# Puts data into the stream as one record. Raises where it could not.
PutRecord = Callable[[bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingStill:
    """What waits for a person: raw objects set aside, given-up messages, objects of what Firehose could not deliver."""

    failed: list[RawObject]
    messages: list[str]
    undelivered: dict[str, int]  # key -> failures in it

    def __bool__(self) -> bool:
        return bool(self.failed or self.messages or self.undelivered)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAgain:
    """How many of each were sent again."""

    objects: int = 0
    messages: int = 0
    undelivered: int = 0


def ask_rebuild(stores: EventStores, first: str | None, last: str | None) -> str:
    """Ask for event days to be made again from raw and return the id of the rebuild.

    Raises: InputError where the first day is after the last.
    """
    if first is not None and last is not None and first > last:
        raise InputError("--from", first, f"give a day that is not after --to {last}")
    rebuild_id = uuid4().hex
    stores.queue.ask(Rebuild(rebuild_id, first, last))
    return rebuild_id


def standing_still(stores: EventStores) -> StandingStill:
    """Return what waits for a person."""
    return StandingStill(
        failed=stores.cleanings.failed(),
        messages=[letter.body for letter in stores.queue.dead_letters()],
        undelivered={key: len(_failures(stores, key)) for key in _undelivered_keys(stores)},
    )


def send_again(stores: EventStores, put_record: PutRecord, clock: Clock) -> SentAgain:
    """Send all of it again. Killed in between, some is sent twice, which counts once."""
    letters = stores.queue.dead_letters()
    for letter in letters:
        stores.queue.redrive(letter)
    failed = stores.cleanings.failed()
    for each in failed:
        stores.cleanings.wait_for(each.key)
    keys = list(_undelivered_keys(stores))
    failures = sum(_deliver(stores, key, put_record, clock) for key in keys)
    if failed:
        stores.queue.ask(Look())
    return SentAgain(objects=len(failed), messages=len(letters), undelivered=failures)


def send_rejected_again(stores: EventStores, put_record: PutRecord) -> tuple[int, int]:
    """Send rejected events again; return how many were sent, and how many stay because they are still no events.

    Those sent leave the quarantine. They count as rejected for ever, and once more as what becomes of them now.
    """
    sent = stay = 0
    for key in list(stores.lake.list(layout.QUARANTINE_EVENTS)):
        with tempfile.TemporaryDirectory(prefix="send_again-") as name:
            path, left = Path(name) / "rejected.parquet", Path(name) / "left.parquet"
            if not stores.lake.fetch(key, path):
                continue
            events = rejected.read_rejected(path)
            lines = {each.receipt: line for each in events if (line := rejected.sent_again(each)) is not None}
            for line in lines.values():
                put_record(line)
            if lines and rejected.write_without(path, list(lines), left):
                stores.lake.put_file(key, left)
            elif lines:
                stores.lake.delete([key])
            sent, stay = sent + len(lines), stay + len(events) - len(lines)
    return sent, stay


def _undelivered_keys(stores: EventStores) -> Iterator[str]:
    return stores.lake.list(layout.UNDELIVERED_EVENTS)


def _failures(stores: EventStores, key: str) -> list[undelivered.Undelivered]:
    return undelivered.read_failures(stores.lake.read_text(key) or "")


def _deliver(stores: EventStores, key: str, put_record: PutRecord, clock: Clock) -> int:
    """Send the failures of one object again, then delete it."""
    failures = _failures(stores, key)
    rows = [each.data for each in failures if undelivered.is_rows(each.data)]
    for each in failures:
        if not undelivered.is_rows(each.data):
            put_record(each.data)
    if rows:
        with tempfile.TemporaryDirectory(prefix="send_again-") as name:
            path = Path(name) / "rows.parquet"
            undelivered.write_raw_object(rows, path)
            # Named by where it comes from: done again, it replaces itself.
            digest = hashlib.sha256(key.encode()).hexdigest()[:32]
            today = clock().date().isoformat()
            stores.lake.put_file(f"{layout.raw_events_prefix(today)}again-{digest}.parquet", path)
    if failures:
        stores.lake.delete([key])
    return len(failures)
