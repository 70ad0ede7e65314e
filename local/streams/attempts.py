"""How a batch of stream records is tried, split and given up, as Lambda's event source mappings do it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FOR_EVER = -1
_THROTTLED = 3  # the pause after so many failures: a function that is at work ends soon
EXHAUSTED, TOO_OLD = "RetryAttemptsExhausted", "MaxRecordAgeExceeded"


@dataclass(frozen=True, slots=True)
class Item:
    """One stream record; `arrived` in seconds since the epoch, `record` as the function sees it."""

    sequence: str
    arrived: float
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a mapping says about failures; AWS's defaults: the same batch until its records expire."""

    retries: int = FOR_EVER
    max_age: int = FOR_EVER  # seconds
    bisect: bool = False
    partial: bool = False  # the function reports which record failed


@dataclass(frozen=True, slots=True)
class Answer:
    """How an invocation ended; `payload` is what the function returned."""

    payload: object = None
    failed: bool = False
    throttled: bool = False  # it was not invoked at all: that is no attempt


@dataclass(frozen=True, slots=True)
class _Part:
    """Neighbours that are tried together; `failures` of these attempts have failed."""

    items: Sequence[Item]
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Deliverer:
    """The effects of a delivery. `pause` returns False when the mapping is gone or another: the rest is left there."""

    invoke: Callable[[Sequence[Item]], Answer]
    passed: Callable[[Item], None]  # everything up to this record is done with
    discard: Callable[[Sequence[Item], str, int], None]  # records, why, attempts
    pause: Callable[[int], bool]  # before the attempt after so many failures in a row
    now: Callable[[], float]


def deliver(batch: Sequence[Item], rules: Rules, deliverer: Deliverer) -> bool:
    """Bring every record of `batch` to the function, in order, or discard it as `rules` say; False when it was left.

    A failing record holds up those behind it until it is discarded, they with it. With `bisect` the batch is cut at the
    record that is reported, else halved, until the failing one is alone; that does not count as an attempt.
    """
    parts = [_Part(batch)]
    failures_in_a_row = 0
    throttled = False
    while parts:
        part = _without_the_old(parts.pop(0), rules, deliverer)
        if part is None:
            continue
        pauses = _THROTTLED if throttled else failures_in_a_row
        if pauses and not deliverer.pause(pauses):
            return False
        answer = deliverer.invoke(part.items)
        succeeded = 0 if answer.failed or answer.throttled else _succeeded(answer.payload, part.items, rules)
        if succeeded:
            failures_in_a_row, throttled = 0, False
            deliverer.passed(part.items[succeeded - 1])
        if succeeded == len(part.items):
            continue
        throttled = answer.throttled
        failures_in_a_row += not throttled
        parts[:0] = _after_failure(part, succeeded, rules, deliverer, throttled=answer.throttled)
    return True


def _without_the_old(part: _Part, rules: Rules, deliverer: Deliverer) -> _Part | None:
    """Return the part without the leading records that are too old; None where all are."""
    if rules.max_age == FOR_EVER:
        return part
    oldest = deliverer.now() - rules.max_age
    old = 0
    while old < len(part.items) and part.items[old].arrived < oldest:
        old += 1
    if old:
        _give_up(part.items[:old], TOO_OLD, part.failures, deliverer)
    return _Part(part.items[old:], part.failures) if old < len(part.items) else None


def _after_failure(
    part: _Part, succeeded: int, rules: Rules, deliverer: Deliverer, *, throttled: bool
) -> Sequence[_Part]:
    """Return what is to be tried next, in order."""
    if throttled:
        return (part,)
    rest = part.items[succeeded:]
    if rules.bisect and succeeded:
        return (_Part(rest),)
    if rules.bisect and len(rest) > 1:
        middle = len(rest) // 2
        return _Part(rest[:middle], part.failures), _Part(rest[middle:], part.failures)
    failures = 1 if succeeded else part.failures + 1
    if rules.retries != FOR_EVER and failures > rules.retries:
        _give_up(rest, EXHAUSTED, failures, deliverer)
        return ()
    return (_Part(rest, failures),)


def _give_up(items: Sequence[Item], reason: str, attempts: int, deliverer: Deliverer) -> None:
    deliverer.discard(items, reason, attempts)
    deliverer.passed(items[-1])


def _succeeded(payload: object, items: Sequence[Item], rules: Rules) -> int:
    """Return how many records from the first on have succeeded. A report that names no record of the batch fails it
    whole, as on AWS.
    """
    reported = payload.get("batchItemFailures") if rules.partial and isinstance(payload, Mapping) else None
    if not reported:
        return len(items)
    places = {item.sequence: place for place, item in enumerate(items)}
    named = [failure.get("itemIdentifier") if isinstance(failure, Mapping) else None for failure in reported]
    return min(places.get(str(name), 0) for name in named)
