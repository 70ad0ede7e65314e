"""What stands still on the way of events can be looked at and sent again, and counts once."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.event_cloud import EventCloud
from tests.events_cleaning.shop import NOON, raw, rejected
from tradewind.errors import InputError
from tradewind.events.accounts import Accounts
from tradewind.events.event import Event, line_of, read_line
from tradewind.events.settling import undelivered, upkeep
from tradewind.events.settling.messages import Arrived, Look, write
from tradewind.lake import layout
from tradewind.lake.tables import RAW_EVENTS

ROW = {
    "receipt": "q1-0000",
    "verdict": "kept",
    "event_id": "m1",
    "type": "track",
    "occurred_at": "2024-03-10 11:59:00.000001",
    "received_at": "2024-03-10 12:00:00.000000",
    "hour": 11,
    "flags": ["time_past"],
    "products": [{"line": 1, "sku": "22423", "quantity": 2, "price": "12.75"}],
    "properties": '{"a":1}',
}
EVENT = Event(
    receipt="q5-0000",
    received_at="2024-03-10T12:00:00.000000Z",
    occurred_at="2024-03-10T12:00:00.000000Z",
    message_id="m5",
    type="page",
    source="web",
    anonymous_id="a1",
)


def _firehose_says(cloud: EventCloud, *datas: bytes, name: str = "processing-failed/1") -> str:
    key = f"{layout.UNDELIVERED_EVENTS}{name}"
    lines = [json.dumps({"rawData": base64.b64encode(data).decode(), "errorMessage": "no"}) for data in datas]
    cloud.stores.lake.put_text(key, "\n".join(lines) + "\n")
    return key


def _send_again(cloud: EventCloud) -> tuple[upkeep.SentAgain, list[bytes]]:
    put: list[bytes] = []
    return upkeep.send_again(cloud.stores, put.append, cloud.clock), put


def test_nothing_stands_still(cloud: EventCloud) -> None:
    assert not upkeep.standing_still(cloud.stores)
    assert _send_again(cloud) == (upkeep.SentAgain(), [])


def test_a_raw_object_that_was_mended_is_cleaned_when_it_is_sent_again(cloud: EventCloud) -> None:
    bad = f"{layout.raw_events_prefix('2024-03-10')}one.parquet"
    cloud.stores.lake.put_text(bad, "not Parquet")
    cloud.arrive(bad)
    assert [each.key for each in upkeep.standing_still(cloud.stores).failed] == [bad]

    cloud.put_raw([raw("q1-0000")], name="one")
    assert _send_again(cloud)[0] == upkeep.SentAgain(objects=1)
    assert cloud.messages() == [write(Look())]
    assert cloud.deliver(write(Look())) == "cleaned 1, nothing waits"
    assert not upkeep.standing_still(cloud.stores)


def test_a_given_up_message_is_sent_again(cloud: EventCloud) -> None:
    body = write(Arrived(f"{layout.raw_events_prefix('2024-03-10')}one.parquet"))
    cloud.sqs.send_message(QueueUrl=cloud.dead_letters_url, MessageBody=body)

    assert _send_again(cloud)[0] == upkeep.SentAgain(messages=1)
    assert cloud.messages() == [body]


def test_a_record_that_could_not_be_transformed_goes_into_the_stream_again(cloud: EventCloud) -> None:
    key = _firehose_says(cloud, b'{"a":1}\n{"b":2}', b"\xff\x00")
    assert upkeep.standing_still(cloud.stores).undelivered == {key: 2}

    assert _send_again(cloud) == (upkeep.SentAgain(undelivered=2), [b'{"a":1}\n{"b":2}', b"\xff\x00"])
    assert cloud.keys(layout.UNDELIVERED_EVENTS) == []


def test_a_row_that_did_not_fit_becomes_a_raw_object(cloud: EventCloud) -> None:
    _firehose_says(cloud, json.dumps(ROW).encode(), name="format-conversion-failed/1")
    _send_again(cloud)
    (key,) = cloud.keys(layout.RAW_EVENTS)
    cloud.arrive(key)

    assert cloud.accounts() == Accounts(accepted=1, clean=1)
    assert cloud.rows(layout.CLEAN_EVENTS, "event_id, hour, flags, properties") == [
        ("m1", 11, ["time_past"], '{"a":1}')
    ]


def test_a_row_that_still_does_not_fit_is_rejected_with_its_line(cloud: EventCloud) -> None:
    wrong = json.dumps(ROW | {"hour": "noon"})
    _firehose_says(cloud, wrong.encode(), name="format-conversion-failed/1")
    _send_again(cloud)
    cloud.arrive(*cloud.keys(layout.RAW_EVENTS))

    assert cloud.accounts() == Accounts(accepted=1, rejected=1)
    assert cloud.rows(layout.QUARANTINE_EVENTS, "receipt, reason, line") == [("q1-0000", "not_converted", wrong)]


def test_lines_of_firehose_that_say_nothing_are_left_out_and_their_object_stays(cloud: EventCloud) -> None:
    key = f"{layout.UNDELIVERED_EVENTS}processing-failed/odd"
    cloud.stores.lake.put_text(key, 'no JSON\n{"rawData": "???"}\n[]\n{"rawData": 5}\n')

    assert _send_again(cloud) == (upkeep.SentAgain(), [])
    assert cloud.keys(layout.UNDELIVERED_EVENTS) == [key]


def test_a_raw_object_of_ours_has_the_columns_of_raw_events(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"

    assert undelivered.write_raw_object([json.dumps(ROW).encode() + b"\n\n"], path) == 0
    relation = duckdb.read_parquet(str(path))
    assert relation.columns == [column.name for column in RAW_EVENTS.columns]
    assert relation.project("receipt, occurred_at, products[1].sku, products[1].quantity").fetchall() == [
        ("q1-0000", (NOON - timedelta(minutes=1)).replace(microsecond=1), "22423", 2)
    ]


# Rejected events


def test_a_rejected_event_that_can_be_read_now_is_sent_under_a_receipt_of_its_own(cloud: EventCloud) -> None:
    rows = [rejected("q5-0000", line=line_of(EVENT).decode()), rejected("q5-0001", line="{")]
    cloud.arrive(cloud.put_raw(rows, name="one"))
    put: list[bytes] = []

    assert upkeep.send_rejected_again(cloud.stores, put.append) == (1, 1)
    sent = read_line(put[0])
    assert (sent.message_id, sent.receipt == EVENT.receipt, len(sent.receipt)) == ("m5", False, 37)
    assert cloud.rows(layout.QUARANTINE_EVENTS, "receipt") == [("q5-0001",)]


def test_a_quarantine_file_of_which_all_was_sent_is_gone(cloud: EventCloud) -> None:
    cloud.arrive(cloud.put_raw([rejected("q5-0000", line=line_of(EVENT).decode())], name="one"))
    put: list[bytes] = []
    upkeep.send_rejected_again(cloud.stores, put.append)

    assert cloud.keys(layout.QUARANTINE_EVENTS) == []


def test_sending_a_rejected_event_twice_is_a_repeat_of_our_own(cloud: EventCloud) -> None:
    cloud.arrive(cloud.put_raw([rejected("q5-0000", line=line_of(EVENT).decode())], name="one"))
    put: list[bytes] = []
    with cloud.killing(0):  # before the quarantine is written
        upkeep.send_rejected_again(cloud.stores, put.append)
    upkeep.send_rejected_again(cloud.stores, put.append)

    assert len(put) == 2
    assert put[0] == put[1]


# Rebuilds


def test_days_of_a_rebuild_in_the_wrong_order_are_refused(cloud: EventCloud) -> None:
    with pytest.raises(InputError) as refused:
        upkeep.ask_rebuild(cloud.stores, "2024-03-11", "2024-03-10")

    assert str(refused.value) == "--from 2024-03-11: give a day that is not after --to 2024-03-10"


def test_a_rebuild_is_asked_for_by_a_message(cloud: EventCloud) -> None:
    rebuild_id = upkeep.ask_rebuild(cloud.stores, "2024-03-10", None)

    assert [json.loads(body) for body in cloud.messages()] == [
        {"command": "rebuild", "id": rebuild_id, "from": "2024-03-10", "to": None}
    ]
