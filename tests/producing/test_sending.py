"""Posting to a collector until it takes what was sent."""

import base64
from collections.abc import Iterator

import pytest

from tests.collector_stub import CollectorStub, collector_stub
from tradewind.errors import InputError, NotRunning
from tradewind.events.sending import Answer, Collector, Rejected

BODY = b'{"event":"E"}'


@pytest.fixture
def stub() -> Iterator[CollectorStub]:
    with collector_stub() as made:
        yield made


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def collector(stub: CollectorStub, pauses: list[float]) -> Iterator[Collector]:
    made = Collector(stub.url, "key1", sleep=pauses.append)
    yield made
    made.close()


def test_a_body_goes_to_its_path_with_the_key(collector: Collector, stub: CollectorStub) -> None:
    assert collector.post("/v1/track", BODY) == Answer(200, (), "200", "OK")
    ((path, headers, body),) = stub.posted
    assert (path, body) == ("/v1/track", {"event": "E"})
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"key1:"


def test_all_requests_use_one_connection(collector: Collector, stub: CollectorStub) -> None:
    for _ in range(3):
        collector.post("/v1/track", BODY)

    assert len(stub.connections) == 1


def test_a_rejected_event_is_named(collector: Collector, stub: CollectorStub) -> None:
    rejected = [{"index": 0, "messageId": "m", "code": "no_id", "message": "no"}]
    stub.answers = [(200, {"success": True, "rejected": rejected})]
    answer = collector.post("/v1/batch", BODY)

    assert answer.rejected == (Rejected(0, "m", "no_id", "no"),)
    assert not answer.accepted


@pytest.mark.parametrize("status", [429, 503])
def test_what_cannot_be_taken_now_is_sent_again_when_the_answer_says(
    collector: Collector, stub: CollectorStub, pauses: list[float], status: int
) -> None:
    stub.answers = [(status, {"success": False}, {"Retry-After": "3"})]

    assert collector.post("/v1/track", BODY).accepted
    assert (pauses, len(stub.posted)) == ([3.0], 2)


def test_a_connection_that_was_hung_up_is_opened_again(
    collector: Collector, stub: CollectorStub, pauses: list[float]
) -> None:
    stub.answers = [(0, {})]

    assert collector.post("/v1/track", BODY).accepted
    assert (len(stub.posted), len(pauses)) == (2, 1)


def test_a_collector_that_stays_busy_is_given_up_after_two_minutes(
    collector: Collector, stub: CollectorStub, pauses: list[float]
) -> None:
    stub.answers = [(503, {"code": "not_stored", "message": "later"})] * 200

    assert collector.post("/v1/track", BODY) == Answer(503, (), "not_stored", "later")
    # 0.2 + 0.4 + 0.8 + 1.6 + 3.2 = 6.2, then 5 seconds each: 22 more make 116.2, another one would pass 120.
    assert len(pauses) == 5 + 22
    assert sum(pauses) == pytest.approx(116.2)


def test_nobody_at_the_address_is_said_after_two_minutes(pauses: list[float]) -> None:
    with pytest.raises(NotRunning, match=r"does not answer at http://127\.0\.0\.1:9: start it"):
        Collector("http://127.0.0.1:9", "key1", sleep=pauses.append).post("/v1/track", BODY)


@pytest.mark.parametrize("text", ["[]", '"x"', "7"])
def test_an_answer_of_another_shape_is_taken_by_its_status(
    collector: Collector, stub: CollectorStub, text: str
) -> None:
    stub.answers = [(400, text)]

    assert collector.post("/v1/track", BODY) == Answer(400, (), "400", "Bad Request")


def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(InputError, match=r"API address 'shop\.example\.com': give http:// or https:// and a host"):
        Collector("shop.example.com", "key1")
