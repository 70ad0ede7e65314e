"""Working off raw objects: what is cleaned, counted, settled and put off."""

import json
from datetime import timedelta

import pytest

from tests.event_cloud import EventCloud
from tests.events_cleaning.shop import NOON, dropped, raw, rejected
from tradewind.events.accounts import Accounts
from tradewind.events.settling.messages import Arrived, Look, write
from tradewind.events.settling.registry import LEASE, Lease
from tradewind.lake import layout

ROWS = [
    raw("q1-0000"),
    raw("q1-0001", event_id="message of q1-0000"),  # the client's repeat
    dropped("q1-0002", "bot"),
    rejected("q2-0000"),
]
# 4 accepted = 1 clean + 1 duplicate + 1 dropped + 1 rejected.
ALL = Accounts(accepted=4, clean=1, duplicate=1, dropped_by_reason={"bot": 1}, rejected=1)


def collected(cloud: EventCloud) -> str:
    cloud.collect("q1", 3)
    cloud.collect("q2", 1)
    return cloud.put_raw(ROWS, name="one")


def test_what_is_accepted_is_in_flight_until_it_is_cleaned(cloud: EventCloud) -> None:
    key = collected(cloud)

    assert cloud.accounts() == Accounts(accepted=4, in_flight=4)
    assert cloud.arrive(key) == "cleaned 1, nothing waits"
    assert cloud.accounts() == ALL


def test_a_cleaned_object_is_in_the_lake(cloud: EventCloud) -> None:
    cloud.arrive(collected(cloud))

    assert cloud.rows(layout.CLEAN_EVENTS, "event_id, receipt") == [("message of q1-0000", "q1-0000")]
    assert cloud.rows(layout.QUARANTINE_EVENTS, "receipt, reason") == [("q2-0000", "not_an_event")]
    assert cloud.keys(layout.EVENTS_SEEN) == ["index/events-seen/2024-03-10.parquet"]


def test_objects_of_one_batch_are_cleaned_together(cloud: EventCloud) -> None:
    keys = [cloud.put_raw([raw(f"q{number}-0000")], name=f"n{number}") for number in range(3)]

    assert cloud.arrive(*keys) == "cleaned 3, nothing waits"


def test_a_run_takes_no_more_than_its_bounds(cloud: EventCloud) -> None:
    keys = [cloud.put_raw([raw(f"q{number}-0000")], name=f"n{number}") for number in range(3)]

    assert cloud.arrive(*keys, max_objects=2) == "cleaned 2, cleaned 1, nothing waits"


def test_an_object_larger_than_the_bound_is_cleaned_alone(cloud: EventCloud) -> None:
    keys = [cloud.put_raw([raw(f"q{number}-0000")], name=f"n{number}") for number in range(2)]

    assert cloud.arrive(*keys, max_bytes=1) == "cleaned 1, cleaned 1, nothing waits"


def test_a_message_that_comes_again_changes_nothing(cloud: EventCloud) -> None:
    key = collected(cloud)
    cloud.arrive(key)
    before = cloud.lake_rows()

    assert cloud.arrive(key) == "nothing waits"
    assert (cloud.lake_rows(), cloud.accounts()) == (before, ALL)


def test_rows_that_the_pipe_delivers_twice_count_once(cloud: EventCloud) -> None:
    cloud.arrive(collected(cloud))

    assert cloud.arrive(cloud.put_raw(ROWS, name="again")) == "cleaned 1, nothing waits"
    assert cloud.accounts() == ALL


def test_messages_about_anything_else_are_passed_over(cloud: EventCloud) -> None:
    sales = {"detail": {"object": {"key": "raw/sales/shop.csv/0123456789abcdef/manifest.json"}}}

    assert cloud.deliver(json.dumps(sales), '{"event": "s3:TestEvent"}', '{"command": "sing"}') == "nothing waits"


def test_s3s_own_notification_is_understood(cloud: EventCloud) -> None:
    key = collected(cloud)
    body = {"Records": [{"s3": {"object": {"key": key.replace("=", "%3D")}}}]}

    assert cloud.deliver(json.dumps(body)) == "cleaned 1, nothing waits"


def test_settled_receipts_are_kept_for_a_minute_then_swept(cloud: EventCloud) -> None:
    cloud.arrive(collected(cloud))
    assert cloud.receipts() == {"q1": {"events": 3, "settled": 3}, "q2": {"events": 1, "settled": 1}}

    cloud.clock.forward(seconds=61)
    cloud.arrive(cloud.put_raw([raw("q3-0000")], name="later"))

    assert cloud.receipts() == {"q3": {"settled": 1}}


def test_without_more_events_a_message_of_our_own_sweeps_the_receipts(cloud: EventCloud) -> None:
    cloud.arrive(collected(cloud))
    cloud.arrive(cloud.put_raw([raw("q3-0000")], name="two"))
    assert cloud.messages() == [write(Look())]  # one, however many were cleaned

    cloud.clock.forward(seconds=30)
    assert cloud.deliver(write(Look())) == "nothing waits"
    assert cloud.messages() == [write(Look())] * 2  # it was early: another one follows
    cloud.clock.forward(seconds=31)
    cloud.deliver(write(Look()))

    assert cloud.receipts() == {"q3": {"settled": 1}}
    assert cloud.messages() == [write(Look())] * 2
    assert cloud.keys(layout.STAGING) == []


def test_receipts_older_than_a_minute_go_at_once(cloud: EventCloud) -> None:
    key = collected(cloud)
    cloud.clock.forward(seconds=61)
    cloud.arrive(key)

    assert cloud.receipts() == {}


def test_a_late_write_of_a_receipt_does_not_open_it_again(cloud: EventCloud) -> None:
    cloud.arrive(collected(cloud))
    cloud.collect("q1", 3)

    assert cloud.accounts() == ALL


def test_events_whose_collector_died_before_its_receipt_are_accepted_all_the_same(cloud: EventCloud) -> None:
    cloud.arrive(cloud.put_raw(ROWS, name="one"))

    assert cloud.accounts() == ALL
    assert cloud.receipts() == {"q1": {"settled": 3}, "q2": {"settled": 1}}


def test_a_receipt_that_comes_after_its_events_is_settled_already(cloud: EventCloud) -> None:
    cloud.arrive(cloud.put_raw(ROWS, name="one"))
    cloud.collect("q1", 3)
    cloud.collect("q2", 1)

    assert cloud.accounts() == ALL


def test_a_request_in_two_objects_is_in_flight_by_its_rest(cloud: EventCloud) -> None:
    cloud.collect("q1", 3)
    first, second = cloud.put_raw(ROWS[:1], name="one"), cloud.put_raw(ROWS[1:3], name="two")

    cloud.arrive(first)
    # 3 accepted, 1 of them clean: 2 are on their way.
    assert cloud.accounts() == Accounts(accepted=3, clean=1, in_flight=2)
    cloud.arrive(second)
    assert cloud.accounts() == Accounts(accepted=3, clean=1, duplicate=1, dropped_by_reason={"bot": 1})


def test_refused_events_are_counted_apart(cloud: EventCloud) -> None:
    cloud.dynamodb.put_item(
        TableName=cloud.refusals._table,
        Item={"bucket": {"S": "total"}, "at": {"S": "total"}, "events": {"N": "7"}},
    )

    assert cloud.accounts() == Accounts(refused=7)


def test_an_earlier_copy_that_comes_late_takes_the_place_of_the_later_one(cloud: EventCloud) -> None:
    later = raw("q2-0000", event_id="m", received_at=NOON + timedelta(minutes=5))
    cloud.arrive(cloud.put_raw([later], name="first"))
    cloud.arrive(cloud.put_raw([raw("q1-0000", event_id="m")], name="second"))

    assert cloud.rows(layout.CLEAN_EVENTS, "receipt") == [("q1-0000",)]
    assert cloud.accounts() == Accounts(accepted=2, clean=1, duplicate=1)


def test_a_link_is_known_to_later_runs(cloud: EventCloud) -> None:
    identify = raw("q1-0000", type="identify", user_id="u1", anonymous_id="a1")
    cloud.arrive(cloud.put_raw([identify], name="one"))
    later = raw("q2-0000", anonymous_id="a1", received_at=NOON + timedelta(days=2))
    cloud.arrive(cloud.put_raw([later], name="two", date="2024-03-12"))

    assert cloud.rows(layout.CLEAN_EVENTS, "receipt, shopper_id") == [("q1-0000", "u1"), ("q2-0000", "u1")]


# One at a time


def test_while_another_works_a_message_comes_again_later(cloud: EventCloud) -> None:
    key = collected(cloud)
    cloud.stores.cleanings.take(Lease(holder="other", until=cloud.clock() + LEASE), instead_of=None)

    assert cloud.arrive(key) == "another works"
    assert cloud.messages() == [write(Arrived(key))]
    assert cloud.keys(layout.CLEAN_EVENTS) == []


def test_who_is_busy_finds_what_came_meanwhile(cloud: EventCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (cloud.put_raw([raw(f"q{number}-0000")], name=f"n{number}") for number in range(2))
    release = cloud.stores.cleanings.release

    def released_as_another_comes(_store: object, holder: str) -> None:
        monkeypatch.undo()
        cloud.stores.cleanings.wait_for(second)
        release(holder)

    monkeypatch.setattr(type(cloud.stores.cleanings), "release", released_as_another_comes)

    assert cloud.arrive(first) == "cleaned 1, cleaned 1, nothing waits"


def test_a_dead_holders_lease_ends(cloud: EventCloud) -> None:
    key = collected(cloud)
    cloud.stores.cleanings.take(Lease(holder="dead", until=cloud.clock() + LEASE), instead_of=None)
    cloud.clock.forward(minutes=2)

    assert cloud.arrive(key) == "cleaned 1, nothing waits"


def test_a_message_of_a_dead_holder_that_comes_again_takes_over_at_once(cloud: EventCloud) -> None:
    key = collected(cloud)
    lease = Lease(holder="dead", until=cloud.clock() + LEASE, messages=frozenset({"m1", "m7"}))
    cloud.stores.cleanings.take(lease, instead_of=None)

    assert cloud.arrive(key) == "cleaned 1, nothing waits"  # its message is m1


def test_who_lost_the_lease_commits_nothing(cloud: EventCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    key = collected(cloud)
    stage = cloud.stores.lake.put_file

    def slow(*arguments: object) -> None:
        mine = cloud.stores.cleanings.lease()
        if mine is not None and mine.holder != "successor":
            cloud.stores.cleanings.take(Lease(holder="successor", until=cloud.clock() + LEASE), instead_of=mine)
        stage(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(type(cloud.stores.lake), "put_file", lambda _store, *arguments: slow(*arguments))

    assert "has lost the lease" in cloud.arrive(key)
    assert (cloud.accounts(), cloud.keys(layout.CLEAN_EVENTS)) == (Accounts(accepted=4, in_flight=4), [])
    assert cloud.messages() == [write(Arrived(key))]
    lease = cloud.stores.cleanings.lease()
    assert lease is not None
    assert lease.holder == "successor"


def test_the_lease_is_given_back_after_a_failure(cloud: EventCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    key = collected(cloud)

    def broken(*_arguments: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(type(cloud.stores.lake), "put_file", broken)
    with pytest.raises(OSError, match="No space left"):
        cloud.arrive(key)

    assert cloud.stores.cleanings.lease() is None
    assert cloud.stores.cleanings.waiting().objects == {key}


def test_with_little_time_left_the_rest_is_handed_on(cloud: EventCloud) -> None:
    key = collected(cloud)
    cloud.minutes_left = 2

    assert cloud.arrive(key) == "handed on"
    assert cloud.messages() == ['{"command": "look"}']
    cloud.minutes_left = 15
    assert cloud.deliver('{"command": "look"}') == "cleaned 1, nothing waits"


# Set aside


def test_an_object_that_is_no_parquet_is_set_aside_and_stops_no_other(cloud: EventCloud) -> None:
    good = collected(cloud)
    bad = f"{layout.raw_events_prefix('2024-03-10')}broken.parquet"
    cloud.stores.lake.put_text(bad, "not Parquet")

    assert cloud.arrive(bad, good) == f"set aside {bad}, cleaned 1, nothing waits"
    assert cloud.accounts() == ALL
    (failed,) = cloud.stores.cleanings.failed()
    assert failed.key == bad
    assert failed.message is not None
    assert failed.message.startswith(f"raw object {bad!r} cannot be read (")


def test_an_object_with_rows_that_are_none_is_set_aside_and_stops_no_other(cloud: EventCloud) -> None:
    good = collected(cloud)
    bad = cloud.put_raw([raw("q9-0000", verdict="perhaps")], name="bad")

    assert cloud.arrive(bad, good) == f"set aside {bad}, cleaned 1, nothing waits"
    assert [each.key for each in cloud.stores.cleanings.failed()] == [bad]


def test_an_object_that_is_gone_is_set_aside(cloud: EventCloud) -> None:
    gone = f"{layout.raw_events_prefix('2024-03-10')}gone.parquet"

    assert cloud.arrive(gone) == f"set aside {gone}, nothing waits"


def test_what_was_set_aside_is_not_tried_by_its_message_again(cloud: EventCloud) -> None:
    bad = f"{layout.raw_events_prefix('2024-03-10')}broken.parquet"
    cloud.stores.lake.put_text(bad, "not Parquet")
    cloud.arrive(bad)

    assert cloud.arrive(bad) == "nothing waits"
