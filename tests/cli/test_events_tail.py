"""`tradewind events tail`: what was accepted and what was refused, line by line."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest
from moto import mock_aws

from tests.cli.conftest import Run
from tests.sales_cloud import aws_environment
from tradewind.aws import wiring
from tradewind.aws.event_tail import RefusalTail, RefusedEvent, StreamTail
from tradewind.aws.refusal_store import RefusalStore
from tradewind.cli import event_lines, target
from tradewind.cli.target import find_target
from tradewind.deployment import LOCAL
from tradewind.events.collecting.refusals import Note
from tradewind.events.event import Event, line_of

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


def line(message_id: str, **fields: Any) -> bytes:
    properties = msgspec.Raw(json.dumps(fields.pop("properties", {})).encode())
    given = {"type": "track", "name": "Product Viewed", "anonymous_id": "a1", **fields}
    return line_of(
        Event(
            receipt="0" * 32 + "-0000",
            received_at="2026-03-01T12:00:05.123456Z",
            occurred_at="2026-03-01T12:00:05.123456Z",
            message_id=message_id,
            source="web",
            properties=properties,
            **given,
        )
    )


def view(message_id: str) -> bytes:
    return line(message_id, properties={"product_id": "22423"})


class Wire:
    """The stream and the refusals of a local cloud, over moto."""

    def __init__(self) -> None:
        self.kinesis = boto3.client("kinesis")
        self.kinesis.create_stream(StreamName=LOCAL.events_stream, ShardCount=2)
        self.dynamodb = boto3.client("dynamodb")
        self.dynamodb.create_table(
            TableName=LOCAL.refusals_table,
            KeySchema=[{"AttributeName": "bucket", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "bucket", "AttributeType": "S"},
                {"AttributeName": "at", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )

    def put(self, *lines: bytes, key: str = "a1") -> None:
        self.kinesis.put_record(StreamName=LOCAL.events_stream, Data=b"\n".join(lines) + b"\n", PartitionKey=key)

    def refuse(self, *notes: Note, at: datetime, source: str | None = "web") -> None:
        store = RefusalStore(self.dynamodb, LOCAL.refusals_table)
        store.add(notes, count=len(notes), request_id=uuid.uuid4().hex, source=source, now=at)

    def stream_tail(self, since: datetime | None = None) -> StreamTail:
        return StreamTail(self.kinesis, LOCAL.events_stream, since=since)

    def refusal_tail(self, since: datetime) -> RefusalTail:
        return RefusalTail(self.dynamodb, LOCAL.refusals_table, since=since)


@pytest.fixture
def wire(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(target, "connect", lambda env: find_target(env, {"TRADEWIND_HOME": str(home)}))
    with mock_aws():
        wiring.forget()
        yield Wire()
        wiring.forget()


TOO_LARGE = Note(code="too_large", message="event: 40000 bytes: send at most 32768", events=1, index=3, message_id="m3")
UNKNOWN = Note(code="unknown_key", message="the write key is unknown", events=20)


def test_a_tail_gives_what_arrives_after_it_began(wire: Wire) -> None:
    wire.put(view("before"))
    tail = wire.stream_tail()
    wire.put(view("one"), view("two"), key="a")
    wire.put(view("three"), key="b")

    assert sorted(tail.poll()) == sorted([view("one"), view("two"), view("three")])
    assert list(tail.poll()) == []


def test_a_tail_since_a_moment_gives_what_came_after_it(wire: Wire) -> None:
    wire.put(view("before"))
    tail = wire.stream_tail(datetime.now(UTC) - timedelta(minutes=5))

    assert list(tail.poll()) == [view("before")]


def test_a_tail_goes_on_where_it_was_after_its_iterator_was_lost(wire: Wire) -> None:
    tail = wire.stream_tail(datetime.now(UTC) - timedelta(minutes=5))
    wire.put(view("one"))
    assert list(tail.poll()) == [view("one")]
    wire.put(view("two"))

    class Expired(Exception):
        pass

    asked: list[str] = []
    real = wire.kinesis.get_records

    def get_records(**arguments: Any) -> Any:
        asked.append(arguments["ShardIterator"])
        if len(asked) <= 2:
            raise wire.kinesis.exceptions.ExpiredIteratorException(
                {"Error": {"Code": "ExpiredIteratorException", "Message": "expired"}}, "GetRecords"
            )
        return real(**arguments)

    wire.kinesis.get_records = get_records  # type: ignore[method-assign]

    assert list(tail.poll()) == []
    assert list(tail.poll()) == [view("two")]


def test_a_tail_follows_a_shard_that_was_split(wire: Wire) -> None:
    tail = wire.stream_tail()
    shards = wire.kinesis.list_shards(StreamName=LOCAL.events_stream)["Shards"]
    for shard in shards:
        low, high = (int(shard["HashKeyRange"][end]) for end in ("StartingHashKey", "EndingHashKey"))
        wire.kinesis.split_shard(
            StreamName=LOCAL.events_stream, ShardToSplit=shard["ShardId"], NewStartingHashKey=str((low + high) // 2)
        )
    names = [f"m{number}" for number in range(8)]
    for name in names:
        wire.put(view(name), key=name)
    found = [each for _ in range(3) for each in tail.poll()]

    assert sorted(found) == sorted(map(view, names))


def test_refusals_come_once_also_those_that_were_written_late(wire: Wire) -> None:
    tail = wire.refusal_tail(NOW)
    wire.refuse(TOO_LARGE, at=NOW + timedelta(seconds=2))
    assert [each.code for each in tail.poll(NOW + timedelta(seconds=3))] == ["too_large"]
    wire.refuse(UNKNOWN, at=NOW + timedelta(seconds=1), source=None)

    assert [each.code for each in tail.poll(NOW + timedelta(seconds=4))] == ["unknown_key"]
    assert list(tail.poll(NOW + timedelta(seconds=60))) == []


def test_refusals_of_several_minutes_are_read_from_the_first(wire: Wire) -> None:
    for minute in (-20, -5, 0):
        wire.refuse(TOO_LARGE, at=NOW + timedelta(minutes=minute))

    assert len(list(wire.refusal_tail(NOW - timedelta(minutes=10)).poll(NOW))) == 2


def test_a_refusal_has_all_that_was_noted(wire: Wire) -> None:
    wire.refuse(TOO_LARGE, UNKNOWN, at=NOW)
    first, second = wire.refusal_tail(NOW).poll(NOW)

    assert {first, second} == {
        RefusedEvent(
            at="2026-03-01T12:00:30.000000Z",
            code="too_large",
            message="event: 40000 bytes: send at most 32768",
            source="web",
            index=3,
            message_id="m3",
        ),
        RefusedEvent(
            at="2026-03-01T12:00:30.000000Z",
            code="unknown_key",
            message="the write key is unknown",
            source="web",
            events=20,
        ),
    }


def test_an_event_is_a_line_of_time_source_name_ids_and_products() -> None:
    properties = {"products": [{"sku": "A", "quantity": 2}, {"sku": "B"}, {"sku": "C"}, {"sku": "D"}, {"sku": "E"}]}
    told = event_lines.event_line(line("m", name="Order Completed", user_id="u1", properties=properties))

    assert told == "12:00:05.123  web       track Order Completed  user u1  anonymous a1  2 x A, B, C and 2 more"


def test_what_a_client_sent_does_not_steer_the_terminal() -> None:
    told = event_lines.event_line(line("m", properties={"sku": "\x1b[2J\x9b31mA"}))

    assert told.endswith("  [2J 31mA")


def test_a_line_that_is_no_event_says_so() -> None:
    assert "not an event: {broken" in event_lines.event_line(b"{broken")
    assert json.loads(event_lines.event_json(b"{broken")) == {"verdict": "accepted", "event": None}


def test_a_refusal_is_a_red_line_with_its_reason() -> None:
    one = RefusedEvent(at="2026-03-01T12:00:30.000000Z", code="no_id", message="why", index=3, message_id="m3")
    all_of_it = RefusedEvent(at="2026-03-01T12:00:30.000000Z", code="not_json", message="why", events=20)

    assert event_lines.refusal_line(one) == "\x1b[31m12:00:30.000  -         refused no_id  event 3  m3  why\x1b[0m"
    assert "refused not_json  request  20 events  why" in event_lines.refusal_line(all_of_it)


def test_the_command_prints_both_kinds_and_ends_after_a_count(wire: Wire, run: Run) -> None:
    wire.put(view("m1"), view("m2"))
    wire.refuse(TOO_LARGE, at=datetime.now(UTC))
    said = run("events", "tail", "--since", "1m", "--count", "3")

    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[:2] == ["12:00:05.123  web       track Product Viewed  anonymous a1  22423"] * 2
    # Without a terminal there is no colour.
    assert lines[2].endswith("refused too_large  event 3  m3  event: 40000 bytes: send at most 32768")
    assert said.err.endswith("Ctrl-C ends\n")


def test_json_lines_are_told_apart_by_their_verdict(wire: Wire, run: Run) -> None:
    wire.put(view("m1"))
    wire.refuse(UNKNOWN, at=datetime.now(UTC), source=None)
    accepted, refused = map(
        json.loads, run("events", "tail", "--since", "1m", "--count", "2", "--json").out.splitlines()
    )

    assert accepted == {"verdict": "accepted", "event": json.loads(view("m1"))}
    assert (refused["verdict"], refused["code"], refused["events"], refused["index"]) == (
        "refused",
        "unknown_key",
        20,
        None,
    )


def test_it_ends_after_a_time_without_events(wire: Wire, run: Run) -> None:
    assert (run("events", "tail", "--for", "0").out, run("events", "tail", "--for", "0").status) == ("", 0)


def test_ctrl_c_is_a_good_end(wire: Wire, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: Any, **_options: Any) -> Iterator[str]:
        yield "a line"
        raise KeyboardInterrupt

    monkeypatch.setattr("tradewind.cli.events.lines", interrupted)
    said = run("events", "tail")

    assert (said.status, said.out) == (0, "a line\n")


def test_a_time_that_is_none_is_refused(run: Run, home: Path) -> None:
    assert run("events", "tail", "--since", "soon").err == (
        "error: --since 'soon': give a whole number and a unit: 90s, 10m, 24h or 7d\n"
    )
