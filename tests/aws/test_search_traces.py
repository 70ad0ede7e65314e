"""Traces of searches into the stream: one put a request, a receipt that counts them, no harm where the cloud fails."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from tests.collector_cloud import NOW, STREAM, CollectorCloud, collector_cloud
from tests.search.test_tracing import searched
from tradewind.aws.event_stream import EventStream
from tradewind.aws.receipt_store import ReceiptStore
from tradewind.aws.search_traces import Traces


@pytest.fixture
def shop() -> Iterator[CollectorCloud]:
    with collector_cloud() as cloud:
        yield cloud


def traces_of(shop: CollectorCloud, log: list[str], *, stream: str = STREAM, receipts: str = "receipts") -> Traces:
    numbers = count(1)
    return Traces(
        EventStream(shop.kinesis, stream, patience=0),
        ReceiptStore(shop.dynamodb, receipts),
        record_bytes=25_000,
        new_id=lambda: f"{next(numbers):032x}",
        log=log.append,
    )


def test_all_searches_of_a_request_are_one_record_with_a_receipt_that_counts_them(shop: CollectorCloud) -> None:
    log: list[str] = []
    traces = traces_of(shop, log)

    stored = traces.put([searched("A"), searched("B", analytics=False), searched("C")], NOW)

    assert stored == 2
    assert len(shop.records()) == 1
    assert [event.receipt for event in shop.events()] == [f"{1:032x}-0000", f"{1:032x}-0001"]
    assert shop.receipts() == {f"{1:032x}": 2}
    assert (log, traces.lost) == ([], 0)


def test_a_request_without_analytics_puts_nothing(shop: CollectorCloud) -> None:
    assert traces_of(shop, []).put([searched("A", analytics=False)], NOW) == 0
    assert (shop.records(), shop.receipts()) == ([], {})


def test_a_stream_that_fails_is_logged_counted_and_left_alone_for_a_while(shop: CollectorCloud) -> None:
    log: list[str] = []
    traces = traces_of(shop, log, stream="is-not-there")

    assert traces.put([searched("A"), searched("B")], NOW) == 0
    assert traces.put([searched("C")], NOW + timedelta(seconds=9)) == 0  # not tried

    (line,) = map(json.loads, log)
    assert (line["level"], line["lost"], line["trouble"]) == ("ERROR", 2, "PutRecords ResourceNotFoundException")
    assert (traces.lost, shop.receipts()) == (2 + 1, {})
    assert traces.put([searched("D")], NOW + timedelta(seconds=10)) == 0  # tried again
    assert (len(log), traces.lost) == (2, 3 + 1)


def test_without_its_receipt_a_trace_is_stored_all_the_same_and_told(shop: CollectorCloud) -> None:
    log: list[str] = []
    traces = traces_of(shop, log, receipts="is-not-there")

    assert traces.put([searched("A")], NOW) == 1

    assert len(shop.events()) == 1
    (line,) = map(json.loads, log)
    assert (line["lost"], traces.lost) == (0, 0)
    assert line["trouble"].startswith("receipts: ")


def test_a_trace_of_many_products_stays_far_below_what_an_event_may_be(shop: CollectorCloud) -> None:
    search = searched(*[f"a-rather-long-sku-{number:030d}" for number in range(1000)], query="x" * 512)

    assert traces_of(shop, []).put([replace(search, milliseconds=1)], NOW) == 1

    assert len(shop.records()[0]["Data"]) < 32 * 1024
