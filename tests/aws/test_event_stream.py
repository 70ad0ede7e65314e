"""Records into Kinesis, where calls and records fail."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from tradewind.aws.event_stream import PATIENCE_SECONDS, EventStream, Put
from tradewind.events.collecting.packing import Record

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

FAILED = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down"}
STORED = {"SequenceNumber": "1", "ShardId": "shardId-000000000000"}


class FailingKinesis:
    """Stands for Kinesis: fails records and calls as a script says, which moto cannot do."""

    def __init__(self, fails: Callable[[int, bytes], bool] = lambda call, data: False) -> None:
        self.calls: list[list[bytes]] = []
        self._fails = fails

    def put_records(self, *, StreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert StreamName == "events"
        self.calls.append([record["Data"] for record in Records])
        results = [FAILED if self._fails(len(self.calls), record["Data"]) else STORED for record in Records]
        return {"FailedRecordCount": sum(result is FAILED for result in results), "Records": results}


class BrokenKinesis:
    """Stands for a Kinesis whose calls all end in an error."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)

    def put_records(self, **_: Any) -> dict[str, Any]:
        raise self._errors.pop(0) if len(self._errors) > 1 else self._errors[0]


class Clock:
    """Stands until somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += max(seconds, 0.01)


def stream(client: object, clock: Clock | None = None) -> EventStream:
    clock = clock or Clock()
    return EventStream(cast("KinesisClient", client), "events", clock=clock, pause=clock.pause, rng=random.Random(7))


def records(count: int, *, size: int = 1, events: int = 2) -> list[Record]:
    return [Record(f"{number:0{size}}".encode(), f"key-{number}", events) for number in range(count)]


def client_error(status: int) -> ClientError:
    return ClientError(
        {"Error": {"Code": "InternalFailure"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "PutRecords",
    )


def test_all_records_go_in_one_call() -> None:
    kinesis = FailingKinesis()
    assert stream(kinesis).put(records(3)) == Put(events=6, is_certain=True)
    assert kinesis.calls == [[b"0", b"1", b"2"]]


def test_nothing_needs_no_call() -> None:
    kinesis = FailingKinesis()
    assert stream(kinesis).put([]) == Put(events=0, is_certain=True)
    assert kinesis.calls == []


def test_only_the_records_that_failed_are_put_again() -> None:
    kinesis = FailingKinesis(lambda call, data: data in {1: (b"1", b"3"), 2: (b"3",)}.get(call, ()))
    assert stream(kinesis).put(records(5)) == Put(events=10, is_certain=True)
    assert kinesis.calls == [[b"0", b"1", b"2", b"3", b"4"], [b"1", b"3"], [b"3"]]


def test_calls_keep_to_500_records_and_5_mb() -> None:
    kinesis = FailingKinesis()
    stream(kinesis).put(records(1200))
    assert [len(call) for call in kinesis.calls] == [500, 500, 200]

    kinesis = FailingKinesis()
    stream(kinesis).put(records(10, size=1024 * 1024))  # with their keys, 4 of them are below 5 MB and 5 above
    assert [len(call) for call in kinesis.calls] == [4, 4, 2]


def test_what_fails_for_too_long_is_given_up_and_said() -> None:
    clock = Clock()
    kinesis = FailingKinesis(lambda call, data: data == b"1")

    put = stream(kinesis, clock).put(records(3))

    assert put == Put(events=4, is_certain=True, trouble="PutRecords ProvisionedThroughputExceededException")
    assert PATIENCE_SECONDS <= clock.now <= PATIENCE_SECONDS + 1
    assert all(call == [b"1"] for call in kinesis.calls[1:])


def test_pauses_grow_to_a_second_and_differ() -> None:
    clock = Clock()
    stream(FailingKinesis(lambda call, data: True), clock).put(records(1))
    assert all(pause <= min(1.0, 0.05 * 2**number) for number, pause in enumerate(clock.pauses))
    assert len(set(clock.pauses)) == len(clock.pauses) > 8


@pytest.mark.parametrize(
    ("error", "certain"),
    [
        (client_error(400), True),
        (client_error(500), False),
        (ReadTimeoutError(endpoint_url="https://kinesis"), False),
    ],
)
def test_a_call_that_broke_off_may_have_stored_its_records(error: Exception, certain: bool) -> None:
    put = stream(BrokenKinesis(error)).put(records(3))
    assert (put.events, put.is_certain) == (0, certain)
    assert put.trouble is not None
    assert put.trouble.startswith("PutRecords ")


def test_a_call_that_broke_off_once_stays_unsure_until_its_records_are_stored() -> None:
    broken = BrokenKinesis(ReadTimeoutError(endpoint_url="https://kinesis"), client_error(400))
    assert stream(broken).put(records(2)).is_certain is False


@given(st.integers(1, 40), st.integers(0, 2**32))
def test_every_record_is_stored_once_whatever_fails_first(count: int, seed: int) -> None:
    rng = random.Random(seed)
    stored: list[bytes] = []

    def fails(call: int, data: bytes) -> bool:
        failed = call < 6 and rng.random() < 0.5
        if not failed:
            stored.append(data)
        return failed

    assert stream(FailingKinesis(fails)).put(records(count)) == Put(events=2 * count, is_certain=True)
    assert sorted(stored) == sorted(record.data for record in records(count))
