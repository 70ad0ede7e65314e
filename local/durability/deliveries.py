"""Events on their way: an S3 event until its targets have it, an asynchronous invocation until it has ended.

ministack hands both to a thread and answers. Here each is written down first, and again when it is done; what a killed
process left undone is done again at the next start. So a target may see an event twice, as on AWS, but never miss it.
"""

import contextvars
import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from ministack.core.responses import get_account_id, get_region, set_request_account_id, set_request_region
from ministack.services import eventbridge, lambda_svc, s3

from local.durability.journal import Journal, Record

logger = logging.getLogger("tradewind.deliveries")

BEGUN, DONE = "delivery", "delivered"
_S3_EVENT, _INVOCATION = "s3-event", "invocation"
_DEFAULT_RETRIES = 2  # AWS's default for asynchronous invocations
_LONGEST_PAUSE = 30.0  # seconds between attempts; AWS waits minutes, a laptop need not
_BUSY_PAUSE = 1.0  # seconds until a function is tried again that runs as often as it may
_LONGEST_IN_LINE = 6 * 3600.0

# The events of the S3 call that is being answered: they are fired once its object is on the disk.
_held_back: contextvars.ContextVar[list[Record] | None] = contextvars.ContextVar("s3_events_held_back", default=None)


class Deliveries:
    """The deliveries that have begun and not ended."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._undone: dict[str, Record] = {}

    def __len__(self) -> int:
        return len(self._undone)

    def install(self) -> None:
        """Take the place of ministack's own threads."""
        s3._fire_s3_event_async = self._s3_event
        lambda_svc.invoke_async_with_retry = self._invocation
        eventbridge._dispatch_to_lambda = self._eventbridge_to_lambda

    def begin(self, record: Record) -> None:
        """Write a delivery down and start it."""
        number = uuid4().hex
        numbered = {**record, "kind": BEGUN, "number": number}
        with self._journal.lock:
            self._journal.append(numbered)
            self._undone[number] = numbered
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._do, number, numbered), daemon=True).start()

    def adopt(self, records: Iterable[Record]) -> None:
        """Take over what a former process left undone."""
        self._undone.update({record["number"]: record for record in records})

    def start_adopted(self) -> None:
        """Do what was taken over, in order: one after the other, it may be a lot."""
        waiting = list(self._undone.values())
        threading.Thread(target=self._do_all, args=(waiting,), daemon=True).start()

    def _do_all(self, records: Iterable[Record]) -> None:
        for record in records:
            self._do(record["number"], record)

    def carry_over(self) -> None:
        """Write what is undone into a new journal: the snapshot before it does not hold it."""
        for record in list(self._undone.values()):
            self._journal.append(record)

    def fire_held_back(self, events: list[Record]) -> None:
        for event in events:
            self.begin(event)

    def _do(self, number: str, record: Record) -> None:
        set_request_account_id(record["account"])
        set_request_region(record["region"])
        try:
            _WORK[record["what"]](record)
        except OSError:
            logger.exception("delivery %s failed and is done again at the next start", number)
            return
        with self._journal.lock:
            self._undone.pop(number, None)
            try:
                self._journal.append({"kind": DONE, "number": number})
            except OSError:
                logger.exception("delivery %s is done again at the next start", number)

    def _s3_event(self, bucket: str, key: str, event: str, *arguments: Any, **named: Any) -> None:
        if bucket not in s3._bucket_notifications:
            return
        record = {
            "what": _S3_EVENT,
            "account": get_account_id(),
            "region": get_region(),
            "arguments": [bucket, key, event, *arguments],
            "named": {**named, "sequencer": s3._next_event_sequencer(event)},
        }
        held_back = _held_back.get()
        if held_back is None:
            self.begin(record)
        else:
            held_back.append(record)

    def _invocation(self, function: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        config = function.get("config") or function
        self.begin(
            {
                "what": _INVOCATION,
                "account": get_account_id(),
                "region": get_region(),
                "function": config["FunctionArn"],
                "event": event,
            }
        )

    def _eventbridge_to_lambda(self, arn: str, payload: str) -> None:
        """1.5.33 starts a thread and forgets it: no retry, no dead letters."""
        function, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if not function or not config:
            logger.warning("EventBridge target %s: no such function", arn)
            return
        self._invocation(lambda_svc._execution_record_for_config(function, config), json.loads(payload))


def hold_back() -> tuple[list[Record], contextvars.Token[list[Record] | None]]:
    """Hold the S3 events of this call back; `release` ends it."""
    events: list[Record] = []
    return events, _held_back.set(events)


def release(token: contextvars.Token[list[Record] | None]) -> None:
    _held_back.reset(token)


def undone(records: list[Record]) -> list[Record]:
    """Return the deliveries of a journal that have begun and not ended, in order."""
    begun: dict[str, Record] = {}
    for record in records:
        if record["kind"] == BEGUN:
            begun[record["number"]] = record
        elif record["kind"] == DONE:
            begun.pop(record["number"], None)
    return list(begun.values())


def _fire_s3_event(record: Record) -> None:
    s3._fire_s3_event(*record["arguments"], **record["named"])


def _invoke(record: Record) -> None:
    """Run a function until it succeeds or has had its attempts; what is left then goes to its dead letters.

    A call for which the function is too busy is no attempt, for six hours, as on AWS.
    """
    function, config, name = lambda_svc._get_func_record_for_ref(record["function"])
    if not function or not config:
        logger.warning("%s is gone: its event is dropped", record["function"])
        return
    execution = lambda_svc._execution_record_for_config(function, config)
    settings = function.get("event_invoke_config") or (function.get("event_invoke_configs") or {}).get("$LATEST") or {}
    retries = settings.get("MaximumRetryAttempts")
    attempts = 1 + (_DEFAULT_RETRIES if retries is None else int(retries))
    patient_until = time.monotonic() + _LONGEST_IN_LINE
    attempt = 0
    while attempt < attempts:
        result = lambda_svc._execute_function_with_config_scope(execution, dict(record["event"]))
        if not result.get("error"):
            return
        if result.get("throttle") and time.monotonic() < patient_until:
            time.sleep(_BUSY_PAUSE)
            continue
        attempt += 1
        if attempt < attempts:
            time.sleep(min(2.0 ** (attempt - 1), _LONGEST_PAUSE))
    target = (settings.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination")
    target = target or (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if target:
        lambda_svc._route_async_failure(target, name, dict(record["event"]), result)
    else:
        logger.warning("%s failed %d times; its event has nowhere to go", name, attempts)


_WORK = {_S3_EVENT: _fire_s3_event, _INVOCATION: _invoke}
