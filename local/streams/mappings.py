"""Event source mappings from Kinesis and DynamoDB streams to Lambda functions.

ministack 1.5.33 reads one shard after the other in the thread that also serves the queues, tries a failing batch for
ever, reads no report of failed records, splits nothing, and counts places in lists that a restart empties.
"""

import contextvars
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.concurrency import esm_wake
from ministack.core.responses import request_scope
from ministack.services import kinesis, lambda_svc

from local import roles
from local.streams.attempts import FOR_EVER, Answer, Deliverer, Item, Rules, deliver
from local.streams.given_up import Failure, tell
from local.streams.kinesis import Shards
from local.streams.positions import Positions
from local.streams.sources import Batch, KinesisSource, Mapped, Place, Source, TableSource
from local.streams.table_changes import TableChanges

logger = logging.getLogger("tradewind.mappings")

_LONGEST_PAUSE = 10.0  # seconds between attempts
_PAUSE_AFTER_FAULT = 1.0
_NO_RIGHT_PAUSE = 5.0  # seconds until a role that may not read is looked at again


class Mappings:
    """Polls in the place of ministack's; every shard of every mapping is at work on one batch at a time."""

    def __init__(self, shards: Shards, changes: TableChanges, positions: Positions) -> None:
        self._shards = shards
        self._changes = changes
        self._positions = positions
        self._busy: set[tuple[str, str]] = set()
        self._refused: dict[str, float] = {}
        self._stopped = threading.Event()

    def install(self) -> None:
        lambda_svc._poll_kinesis = partial(self._poll, "kinesis")
        lambda_svc._poll_dynamodb_streams = partial(self._poll, "dynamodb")
        lambda_svc._init_stream_position = self._begin
        release = lambda_svc._release_esm_poll_state

        def forget(mapping_id: str) -> None:
            release(mapping_id)
            self._positions.forget(_consumer(mapping_id))

        lambda_svc._release_esm_poll_state = forget
        self._bring_back()

    def _bring_back(self) -> None:
        """Bring places behind a table's last change back to it: a change that was never answered is gone."""
        for account, region, mapping in lambda_svc._iter_all_esms():
            with request_scope(account, region):
                source = self._source(mapping)
                for shard, place in self._positions.of(_consumer(mapping["UUID"])).items():
                    end = source.end if isinstance(source, TableSource) else None
                    if end is not None and int(place) > end:
                        self.advance(mapping, shard, end)

    def _poll(self, service: str) -> bool:
        """Start a batch for every shard that has one and is not at work; return whether any was started."""
        started = False
        for account, region, mapping in lambda_svc._iter_all_esms():
            with request_scope(account, region):
                for source, shard in self._free_shards(service, mapping):
                    started = self._start_batch(source, shard, mapping) or started
        return started

    def _free_shards(self, service: str, mapping: Mapped) -> Iterator[tuple[Source, str]]:
        if not mapping.get("Enabled", True):
            return
        source = self._source(mapping)
        if source is None or f":{service}:" not in source.arn or not self._may_read(source, mapping):
            return
        for shard in source.shards():
            if (mapping["UUID"], shard) not in self._busy:
                yield source, shard

    def _source(self, mapping: Mapped) -> Source | None:
        arn = mapping.get("EventSourceArn", "")
        try:
            spec = parse_arn(arn)
        except ArnParseError:
            return None
        if spec.service == "kinesis":
            stream = kinesis._resolve_stream_by_arn(arn)
            return KinesisSource(arn, stream, self._shards) if stream else None
        if spec.service == "dynamodb" and self._changes.enabled(arn):
            return TableSource(arn, self._changes)
        return None

    def _begin(self, mapping_id: str, source_arn: str, starting: str) -> None:
        """Note where a new mapping begins: what is put from now on is not missed, whenever it is first polled."""
        mapping = lambda_svc._esms.get(mapping_id) or {"StartingPosition": starting}
        source = self._source({**mapping, "EventSourceArn": source_arn})
        if source is not None and not self._positions.of(_consumer(mapping_id)):
            places = {
                shard: source.start(shard, {**mapping, "StartingPosition": starting}) for shard in source.shards()
            }
            self._positions.advance(_consumer(mapping_id), places)

    def _may_read(self, source: Source, mapping: Mapped) -> bool:
        mapping_id = mapping["UUID"]
        if self._refused.get(mapping_id, 0.0) > time.monotonic():
            return False
        function, config = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
        if function is None:
            return False
        role = config.get("Role", "")
        if roles.allows(role, source.reads, source.arn, session=mapping["FunctionName"]):
            self._refused.pop(mapping_id, None)
            return True
        if mapping_id not in self._refused:
            name = mapping["FunctionName"]
            logger.warning("%s is not read for %s: %s may not %s", source.arn, name, role, source.reads)
        mapping["LastProcessingResult"] = f"PROBLEM: the function's role may not {source.reads}"
        self._refused[mapping_id] = time.monotonic() + _NO_RIGHT_PAUSE
        return False

    def _start_batch(self, source: Source, shard: str, mapping: Mapped) -> bool:
        places = self._positions.of(_consumer(mapping["UUID"]))
        if shard not in places:
            self._positions.advance(_consumer(mapping["UUID"]), {shard: source.start(shard, mapping)})
            places = self._positions.of(_consumer(mapping["UUID"]))
        batch = source.batch(shard, places[shard], mapping)
        if not batch.items or not batch.due:
            return False
        self._busy.add((mapping["UUID"], shard))
        work = _Work(self, source, shard, mapping, batch)
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(work.run,), daemon=True, name="tradewind-mapping").start()
        return True

    def advance(self, mapping: Mapped, shard: str, place: Place) -> None:
        self._positions.advance(_consumer(mapping["UUID"]), {shard: place})

    def ended(self, mapping: Mapped, shard: str) -> None:
        self._busy.discard((mapping["UUID"], shard))
        esm_wake.set()

    def wait(self, seconds: float) -> None:
        self._stopped.wait(seconds)


class _Work:
    """One batch of one shard on its way to one function."""

    def __init__(self, mappings: Mappings, source: Source, shard: str, mapping: Mapped, batch: Batch) -> None:
        self._mappings = mappings
        self._source = source
        self._shard = shard
        self._mapping = mapping
        self._batch = batch
        self._rules = rules_of(mapping)

    def run(self) -> None:
        finished = False
        try:
            items = self._filtered()
            effects = Deliverer(self._invoke, self._passed, self._discard, self._pause, time.time)
            all_done = not items or deliver(items, self._rules, effects)
            if all_done and (not items or items[-1] is not self._batch.items[-1]):
                self._passed(self._batch.items[-1])
            finished = True
        finally:
            if not finished:  # the exception is in the log; the batch is delivered again
                self._mappings.wait(_PAUSE_AFTER_FAULT)
            self._mappings.ended(self._mapping, self._shard)

    def _filtered(self) -> Sequence[Item]:
        """Return what the mapping's filter lets through; the rest counts as done."""
        if not self._mapping.get("FilterCriteria"):
            return self._batch.items
        kept = lambda_svc._apply_filter_criteria([dict(item.record) for item in self._batch.items], self._mapping)
        ids = {record["eventID"] for record in kept}
        return [item for item in self._batch.items if item.record["eventID"] in ids]

    def _invoke(self, items: Sequence[Item]) -> Answer:
        name = self._mapping["FunctionName"]
        function, _ = lambda_svc._get_func_record_for_qualifier(name, self._mapping.get("Qualifier"))
        if function is None:
            return Answer(throttled=True)
        result = lambda_svc._execute_function(function, {"Records": [item.record for item in items]})
        if result.get("error"):
            logger.warning("%s failed with %d records: %s\n%s", name, len(items), result["body"], result.get("log", ""))
            self._mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
        else:
            self._mapping["LastProcessingResult"] = f"OK - {len(items)} records"
        return Answer(result.get("body"), bool(result.get("error")), bool(result.get("throttle")))

    def _passed(self, item: Item) -> None:
        self._mappings.advance(self._mapping, self._shard, self._batch.places[item.sequence])

    def _discard(self, items: Sequence[Item], reason: str, attempts: int) -> None:
        logger.warning("%s gives up %d records: %s", self._mapping["FunctionName"], len(items), reason)
        failure = Failure(self._source.info, self._source.arn, self._shard, items, reason, attempts)
        tell(self._mapping, failure, now=time.time())

    def _pause(self, failures: int) -> bool:
        self._mappings.wait(min(0.1 * 2.0 ** (failures - 1), _LONGEST_PAUSE))
        held = lambda_svc._esms.get(self._mapping["UUID"])
        return held is self._mapping and bool(held.get("Enabled", True)) and rules_of(held) == self._rules


def rules_of(mapping: Mapping[str, Any]) -> Rules:
    """Return what a mapping says about failures."""
    return Rules(
        retries=int(mapping.get("MaximumRetryAttempts", FOR_EVER)),
        max_age=int(mapping.get("MaximumRecordAgeInSeconds", FOR_EVER)),
        bisect=str(mapping.get("BisectBatchOnFunctionError", False)).lower() == "true",
        partial="ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or ()),
    )


def _consumer(mapping_id: str) -> str:
    return f"mapping {mapping_id}"
