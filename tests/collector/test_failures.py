"""When parts of the cloud fail: 503, and accounts that stay right."""

from dataclasses import replace
from itertools import count
from typing import Any

from botocore.exceptions import ConnectTimeoutError

from tests.collector_cloud import NOW_TEXT, CollectorCloud
from tradewind.aws.event_stream import EventStream, Put
from tradewind.errors import Unavailable

EVENT = {"type": "track", "event": "Cart Viewed", "anonymousId": "a1", "timestamp": NOW_TEXT}
BATCH = {"batch": [{**EVENT, "properties": {"x": "y" * 20_000}, "messageId": str(number)} for number in range(3)]}


class ScriptedStream:
    """Stands for the stream: stores the records whose numbers a script allows."""

    def __init__(self, put: Any) -> None:
        self._put = put

    def put(self, records: Any) -> Any:
        return self._put(records)


def test_what_cannot_be_stored_is_answered_503_and_counted_as_refused(shop: CollectorCloud) -> None:
    shop.kinesis.delete_stream(StreamName="events")
    shop.collector = replace(shop.collector, stream=_impatient(shop))

    collected = shop.collected("/v1/batch", BATCH)

    assert collected.answer.status == 503
    assert collected.answer.headers["retry-after"] == "5"
    assert collected.answer.body == (
        b'{"success":false,"code":"not_stored","message":"events: 0 of 3 could be stored; send all again, '
        b'which does no harm to those"}'
    )
    assert collected.trouble == "PutRecords ResourceNotFoundException"
    assert (shop.receipts(), shop.refused()) == ({}, 3)


def test_what_was_stored_of_a_request_is_confirmed_and_the_rest_refused(shop: CollectorCloud) -> None:
    shop.collector = replace(
        shop.collector,
        stream=ScriptedStream(lambda records: Put(events=1, is_certain=True, trouble="PutRecords Busy")),  # type: ignore[arg-type]
    )

    status, answer = shop.post("/v1/batch", {"batch": [*BATCH["batch"], {"type": "track"}]})

    assert (status, answer["code"]) == (503, "not_stored")
    assert shop.receipts() == {f"{1:032x}": 1}
    assert shop.refused() == 3  # two that were not stored, one that was wrong


def test_no_receipt_says_less_than_may_have_been_stored(shop: CollectorCloud) -> None:
    """A call broke off: the cleaning makes the receipt when it meets the events, if it does."""
    shop.collector = replace(
        shop.collector,
        stream=ScriptedStream(lambda records: Put(events=1, is_certain=False, trouble="PutRecords ReadTimeoutError")),  # type: ignore[arg-type]
    )
    assert shop.post("/v1/batch", BATCH)[0] == 503
    assert (shop.receipts(), shop.refused()) == ({}, 2)


def test_an_event_that_was_put_again_is_an_event_of_another_receipt(shop: CollectorCloud) -> None:
    shop.post("/v1/batch", BATCH)
    shop.post("/v1/batch", BATCH)
    assert [event.receipt for event in shop.events()] == [
        f"{request:032x}-{index:04d}" for request in (1, 2) for index in range(3)
    ]


def test_without_the_table_of_keys_requests_are_answered_503(shop: CollectorCloud) -> None:
    def broken(key_hash: str) -> None:
        raise Unavailable("keys: ConnectTimeoutError")

    shop.collector.keys._find = broken

    for path, method in (("/v1/track", "POST"), ("/sourceConfig", "GET")):
        collected = shop.collected(path, EVENT, method=method)
        assert (collected.answer.status, collected.answer.headers["retry-after"]) == (503, "5")
        assert collected.trouble == "keys: ConnectTimeoutError"


def test_what_cannot_be_counted_is_not_answered_as_refused(shop: CollectorCloud) -> None:
    shop.dynamodb.delete_table(TableName="refusals")
    collected = shop.collected("/v1/track", {"event": "no id"})
    assert (collected.answer.status, collected.trouble) == (503, "refusals: ResourceNotFoundException")


def test_stored_events_without_a_receipt_are_answered_503(shop: CollectorCloud) -> None:
    shop.dynamodb.delete_table(TableName="receipts")
    assert shop.post("/v1/track", EVENT)[0] == 503
    assert len(shop.events()) == 1


def _impatient(shop: CollectorCloud) -> Any:
    seconds = count()
    return EventStream(shop.kinesis, "events", clock=lambda: float(next(seconds)), pause=lambda _: None)


def test_a_time_out_is_no_exception_of_the_handler(shop: CollectorCloud) -> None:
    def times_out(**_: Any) -> Any:
        raise ConnectTimeoutError(endpoint_url="https://kinesis")

    stream = _impatient(shop)
    stream._client = type("Client", (), {"put_records": staticmethod(times_out)})()
    shop.collector = replace(shop.collector, stream=stream)
    assert shop.collected("/v1/track", EVENT).trouble == "PutRecords ConnectTimeoutError"
