"""Working off one message of the sales queue: lease, clean, check, stage, commit, publish.

May be killed between any two writes; the next delivery of the message goes on (docs/architecture.md).
"""

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from tradewind.errors import InputError
from tradewind.lake import layout, quality
from tradewind.sales import messages, publishing, upkeep
from tradewind.sales.loads import MAX_DELIVERIES, Counts, Load, Manifest
from tradewind.sales.messages import Delivery, Request
from tradewind.sales.publishing import Clock, Staged, StagingGoneError
from tradewind.sales.stores import SalesStores
from tradewind.sales.transitions import ConflictError, LeaseLostError, is_held

LEASE = timedelta(minutes=16)  # Lambda ends a function after 15 minutes
RETRY = "tradewind quarantine retry"
POSTPONED_SECONDS = 15
JOB_BUSY_SECONDS = 60
_DECISIONS = 8  # a load that changes more often while we look comes back later

TABLES = ("sales", "sales_quarantine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What an engine made of a load: its files are staged under the prefix that it was given."""

    counts: Counts
    money: Mapping[str, Decimal]
    keys: list[str]  # staged Parquet files
    checks: list[quality.CheckResult]


class Engine(Protocol):
    """Cleans an upload and stages the result: DuckDB in the function, Spark in the Glue job."""

    def clean(self, stores: SalesStores, manifest: Manifest, *, attempt: str, clock: Clock) -> Cleaned: ...

    def takes(self, manifest: Manifest, stores: SalesStores) -> bool:
        """Return whether this engine is meant for uploads of that size."""
        ...


def work_off(
    delivery: Delivery, stores: SalesStores, engine: Engine, *, attempt: str, clock: Clock, lease: timedelta = LEASE
) -> str:
    """Do what a message asks for and return, in a few words, what was done.

    A load that cannot be cleaned is marked as failed and that is the answer. What is unexpected is raised, so that the
    message comes again; at the last delivery the load is marked as failed first.
    """
    request = messages.parse(delivery.body)
    if request is None:
        return "not about a load"
    if request.kind == "file":
        request = _register_file(stores, request, clock)
    for _ in range(_DECISIONS):
        try:
            done = _step(request, delivery, stores, engine, attempt=attempt, clock=clock, lease=lease)
        except ConflictError:
            continue
        if done is not None:
            if _is_real(stores.loads.get(request.load)):
                upkeep.remove_demo(stores)
            return done
    return _postpone(stores, delivery, POSTPONED_SECONDS, "the load keeps changing")


def _is_real(load: Load | None) -> bool:
    return load is not None and not load.demo and load.live_upload_id is not None


def _step(
    request: Request,
    delivery: Delivery,
    stores: SalesStores,
    engine: Engine,
    *,
    attempt: str,
    clock: Clock,
    lease: timedelta,
) -> str | None:
    """Take the next step and return what was done, or None where another one follows."""
    load = stores.loads.get(request.load)
    match messages.decide(request, load, message_id=delivery.message_id, now=clock()):
        case messages.Postpone():
            return _postpone(stores, delivery, POSTPONED_SECONDS, "another attempt works on the load")
        case messages.Finish(committed) if load:
            _finish(stores, load, committed, delivery, clock)
            return None
        case messages.Remove() if load:
            return _remove(stores, load, delivery, attempt=attempt, clock=clock)
        case messages.Clean(upload_id) if load:
            return _Work(stores, engine, delivery, attempt, clock, lease).clean(load, upload_id)
        case messages.Ignore(why):
            return why
    return None


def _postpone(stores: SalesStores, delivery: Delivery, seconds: int, why: str) -> str:
    stores.queue.postpone(delivery.body, seconds=seconds)
    return f"postponed: {why}"


def _register_file(stores: SalesStores, request: Request, clock: Clock) -> Request:
    """Queue a file that was dropped into the bucket by hand, if it is newer than what is known of the load."""
    found = stores.lake.head(layout.RAW_SALES + request.load)
    if found is None:
        return request
    manifest = _file_manifest(request.load, found.key, size=found.size, etag=found.etag)
    load = stores.loads.get(request.load)
    now = clock()
    known = load is not None and (
        load.upload_id == manifest.upload_id
        or is_held(load, now)
        or (load.queued_at is not None and found.modified < load.queued_at)
    )
    if not known:
        stores.loads.queue(manifest, now)
    elif load is not None and is_held(load, now) and load.upload_id != manifest.upload_id:
        return request  # postponed by the lease, registered when it comes again
    return replace(request, kind="upload", upload_id=manifest.upload_id)


def _file_manifest(load: str, key: str, *, size: int, etag: str) -> Manifest:
    digest = hashlib.sha256(f"{etag}:{size}".encode()).hexdigest()[:16]
    return Manifest(load=load, upload_id=digest, parts=(key,), size=size)


def read_manifest(stores: SalesStores, load: str, upload_id: str) -> Manifest:
    """Return the manifest of an upload, or of the file that was dropped by hand.

    Raises: InputError where its raw files are gone.
    """
    text = stores.lake.read_text(layout.manifest_key(load, upload_id))
    if text is not None:
        return Manifest.from_json(text)
    found = stores.lake.head(layout.RAW_SALES + load)
    if found is None:
        raise InputError(f"load {load!r}", "has no files in the raw zone any more", "import it again")
    manifest = _file_manifest(load, found.key, size=found.size, etag=found.etag)
    return replace(manifest, upload_id=upload_id)


def _finish(stores: SalesStores, load: Load, committed: str, delivery: Delivery, clock: Clock) -> None:
    adopted = stores.loads.adopt(load, owner=delivery.message_id, now=clock(), lease=LEASE)
    try:
        publishing.publish(stores, adopted.name, committed, clock=clock)
    except StagingGoneError:
        stores.loads.abandon(load.name, committed, clock())


def _remove(stores: SalesStores, load: Load, delivery: Delivery, *, attempt: str, clock: Clock) -> str:
    stores.loads.begin(load, owner=delivery.message_id, attempt=attempt, now=clock(), lease=LEASE)
    stores.lake.delete(list(publishing.published_keys(stores, load.name)))
    stores.loads.remove(load.name, attempt)
    return "removed"


@dataclass(frozen=True, slots=True)
class _Work:
    """One attempt at one upload."""

    stores: SalesStores
    engine: Engine
    delivery: Delivery
    attempt: str
    clock: Clock
    lease: timedelta

    def clean(self, load: Load, upload_id: str) -> str:
        try:
            manifest = read_manifest(self.stores, load.name, upload_id)
        except InputError as error:
            return self._refuse(self._begin(load), error)
        if not self.engine.takes(manifest, self.stores):
            return self._hand_over(load)
        begun = self._begin(load)
        try:
            return self._attempt(manifest)
        except InputError as error:
            return self._refuse(begun, error)
        except LeaseLostError as lost:
            return f"given up: {lost}"
        except Exception as error:
            self._note_unexpected(error)
            raise

    def _begin(self, load: Load) -> Load:
        return self.stores.loads.begin(
            load, owner=self.delivery.message_id, attempt=self.attempt, now=self.clock(), lease=self.lease
        )

    def _attempt(self, manifest: Manifest) -> str:
        cleaned = self.engine.clean(self.stores, manifest, attempt=self.attempt, clock=self.clock)
        failed = quality.failures(cleaned.checks)
        if failed:
            raise InputError(
                f"check {failed[0].table}.{failed[0].check} of load {manifest.load!r}",
                f"found {quality.failure_text(failed)}",
                "the last good version, if any, stays in place; mend the file and import it again "
                "(more of its rows: select * from quality_checks where not passed)",
            )
        self._stage(manifest, cleaned)
        self.stores.loads.commit_publishing(manifest.load, self.attempt, self.clock())
        publishing.publish(self.stores, manifest.load, self.attempt, clock=self.clock)
        return "clean"

    def _stage(self, manifest: Manifest, cleaned: Cleaned) -> None:
        prefix = layout.staging_prefix(manifest.load, self.attempt)
        staged = Staged(
            load=manifest.load,
            upload_id=manifest.upload_id,
            message_id=self.delivery.message_id,
            counts=cleaned.counts,
            money=cleaned.money,
            files=publishing.staged_files(manifest.load, cleaned.keys, prefix),
        )
        publishing.stage_record(self.stores, staged, prefix)

    def _hand_over(self, load: Load) -> str:
        """Start the Spark job, which works off the same message; while one runs, come back later."""
        # An owner of its own: a second delivery of our message must not take the load from a run that is alive.
        run = self.stores.job.start(body=self.delivery.body, message_id=f"job:{self.delivery.message_id}")
        if run is None:
            return _postpone(self.stores, self.delivery, JOB_BUSY_SECONDS, "the Spark job is busy")
        if run.waiting:
            self.stores.loads.wait(load.name, run.waiting, self.clock())
            return f"waiting: {run.waiting}"
        return f"handed to job run {run.run_id}"

    def _refuse(self, load: Load, error: InputError) -> str:
        try:
            self.stores.loads.fail(load.name, self.attempt, str(error), self.clock())
        except LeaseLostError as lost:
            return f"given up: {lost}"
        # What an engine had staged is of no use; where this is not reached it expires (Config.retention).
        self.stores.lake.delete(list(self.stores.lake.list(layout.staging_prefix(load.name, self.attempt))))
        return f"failed: {error}"

    def _note_unexpected(self, error: Exception) -> None:
        """Let the registry say why nothing goes on, when the message is about to go to the dead letters."""
        if self.delivery.times < MAX_DELIVERIES:
            return
        request = messages.parse(self.delivery.body)
        if request is not None:
            text = f"{type(error).__name__}: {error}: look at the log, then ask again with `{RETRY}`"
            with contextlib.suppress(LeaseLostError):
                self.stores.loads.fail(request.load, self.attempt, text, self.clock())
