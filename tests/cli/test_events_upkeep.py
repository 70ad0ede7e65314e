"""`tradewind rebuild events`, `quarantine events` and `resend`, and the events of `tradewind status`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.cli.athena_answers import CannedAthena
from tests.cli.conftest import Run
from tests.event_cloud import EventCloud, event_cloud
from tests.events_cleaning.shop import dropped, raw, rejected
from tests.sales_cloud import aws_environment
from tradewind.aws import clients, wiring
from tradewind.aws.receipt_settlement import ReceiptSettlement
from tradewind.cli import target, waiting
from tradewind.cli.target import Target, find_target
from tradewind.deployment import LOCAL
from tradewind.events.settling.messages import Delivery
from tradewind.lake import layout

ROWS = [
    raw("q1-0000"),
    raw("q1-0001", event_id="message of q1-0000"),
    dropped("q1-0002", "bot"),
    dropped("q1-0003", "consent"),
    rejected("q1-0004"),
]


@pytest.fixture
def way(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EventCloud]:
    """A way of events in moto that the command finds; every pause of a waiting command works off the queue."""
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    wiring.forget()
    with event_cloud() as cloud:
        boto3.client("kinesis").create_stream(StreamName=LOCAL.events_stream, ShardCount=1)
        monkeypatch.setattr(target, "connect", lambda env: find_target(env, {"TRADEWIND_HOME": str(home)}))
        monkeypatch.setattr(waiting, "pause", lambda: _work_off(cloud))
        yield cloud
    monkeypatch.undo()  # a test's own client must be gone before the real ones are forgotten
    wiring.forget()


def _work_off(cloud: EventCloud) -> None:
    answer = cloud.sqs.receive_message(QueueUrl=cloud.queue_url, MaxNumberOfMessages=10)
    assert answer.get("Messages"), "the command waits although nothing is left to do"
    worker = cloud.worker()
    deliveries = [Delivery(message["MessageId"], message["Body"]) for message in answer["Messages"]]
    worker.work_off([each for each in deliveries if worker.register(each)])


def test_a_rebuild_says_what_it_changed(way: EventCloud, run: Run) -> None:
    way.arrive(way.put_raw(ROWS, name="one"))
    said = run("rebuild", "events")

    assert said.status == 0
    assert said.out == "rebuilt 2 days (index days and event days): the counts are unchanged\n"


def test_a_rebuild_of_days_without_events_does_nothing(way: EventCloud, run: Run) -> None:
    way.arrive(way.put_raw(ROWS, name="one"))
    said = run("rebuild", "events", "--from", "2023-01-01", "--to", "2023-01-31")

    assert said.out == "rebuilt 0 days (index days and event days): the counts are unchanged\n"


def test_a_rebuild_that_fails_says_why(way: EventCloud, run: Run) -> None:
    key = way.put_raw(ROWS, name="one")
    way.arrive(key)
    way.stores.lake.put_text(key, "damaged")
    said = run("rebuild", "events")

    assert said.status == 1
    assert "error: the rebuild stopped: raw events " in said.err


def test_a_day_that_is_none_is_wrong_usage(way: EventCloud, run: Run) -> None:
    assert run("rebuild", "events", "--from", "yesterday").status == 2


def test_rejected_events_and_what_stands_still_are_listed(
    way: EventCloud, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = f"{layout.raw_events_prefix('2024-03-10')}broken.parquet"
    way.stores.lake.put_text(bad, "not Parquet")
    way.arrive(bad)
    way.sqs.send_message(QueueUrl=way.dead_letters_url, MessageBody="a message")
    lost = {"KinesisBatchInfo": {"shardId": "s", "startSequenceNumber": "1", "endSequenceNumber": "2"}}
    way.sqs.send_message(QueueUrl=way.profiles_dead_letters_url, MessageBody=json.dumps(lost))
    way.stores.lake.put_text(f"{layout.UNDELIVERED_EVENTS}processing-failed/1", '{"rawData": "YQ=="}\n')
    answer = CannedAthena((("reason", "varchar"), ("events", "bigint")), [[["not_an_event", "1"]]])
    monkeypatch.setattr(clients, "athena", answer.client)
    said = run("quarantine", "events", "--format", "csv")

    assert said.out == "reason,events\nnot_an_event,1\n"
    lines = said.err.splitlines()
    assert lines[0].startswith(f"set aside: {bad}: raw object {bad!r} cannot be read (")
    assert lines[1:] == [
        "given up: a message",
        "undelivered: quarantine/undelivered/processing-failed/1: 1 records",
        "given up by update_profiles: records 1 to 2 of s: no reason",
        "send it again with: tradewind quarantine resend",
    ]


def test_the_events_of_a_reason_are_asked_for_by_it(way: EventCloud, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = CannedAthena((("receipt", "varchar"),), [[["q1-0004"]]])
    monkeypatch.setattr(clients, "athena", answer.client)
    said = run("quarantine", "events", "o'clock", "--limit", "3")

    assert "where reason = 'o''clock'\norder by received_at, receipt\nlimit 3" in answer.asked[0]
    assert said.err == ""


def test_resending_puts_undelivered_records_into_the_stream(way: EventCloud, run: Run) -> None:
    way.stores.lake.put_text(f"{layout.UNDELIVERED_EVENTS}processing-failed/1", '{"rawData": "YWJj"}\n')
    said = run("quarantine", "resend", "--rejected")

    assert said.status == 0
    assert said.out.splitlines() == [
        "0 raw objects sent again",
        "0 given-up messages sent again",
        "1 undelivered record sent again",
        "0 rejected events sent again; 0 still cannot be read as events and stay",
    ]
    kinesis = boto3.client("kinesis")
    shard = kinesis.list_shards(StreamName=LOCAL.events_stream)["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(
        StreamName=LOCAL.events_stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )
    records = kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert [record["Data"] for record in records] == [b"abc"]


# Status


@pytest.fixture
def running(way: EventCloud, monkeypatch: pytest.MonkeyPatch) -> EventCloud:
    answer: Mapping[str, Any] = {"ready": True, "pid": 1, "placeholders": []}
    monkeypatch.setattr(Target, "cloud_status", lambda _self: answer)
    monkeypatch.setattr("tradewind.cli.target.address", lambda _target: None)
    return way


def test_the_status_has_every_term_of_the_accounts(running: EventCloud, run: Run) -> None:
    running.collect("q1", 5)
    running.collect("q2", 3)
    running.arrive(running.put_raw(ROWS, name="one"))

    # 8 accepted = 1 clean + 1 duplicate + 2 dropped + 1 rejected + 3 in flight.
    assert json.loads(run("status", "--json").out)["events"] == {
        "accepted": 8,
        "clean": 1,
        "duplicate": 1,
        "dropped": 2,
        "dropped_by_reason": {"bot": 1, "consent": 1},
        "rejected": 1,
        "in_flight": 3,
        "at_least": False,
        "refused": 0,
    }
    assert (
        "events         8 accepted: 1 clean, 1 duplicate, 2 dropped (1 bot, 1 consent), 1 rejected, 3 in flight; "
        "0 refused"
    ) in run("status").out.splitlines()


def test_where_too_much_is_in_flight_to_be_counted_the_status_says_at_least(
    running: EventCloud, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.collect("q1", 5)
    running.collect("q2", 5)
    read = ReceiptSettlement.open_receipts
    monkeypatch.setattr(ReceiptSettlement, "open_receipts", lambda store: read(store, most_open=1))
    told = json.loads(run("status", "--json").out)["events"]
    assert (told["accepted"], told["in_flight"], told["at_least"]) == (5, 5, True)
    (line,) = [line for line in run("status").out.splitlines() if line.startswith("events")]
    assert line.startswith("events         at least 5 accepted: 0 clean")
    assert "at least 5 in flight; 0 refused" in line
