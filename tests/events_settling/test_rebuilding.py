"""A rebuild from raw: the same events, and what has changed since."""

from dataclasses import replace
from datetime import timedelta

from tests.event_cloud import EventCloud
from tests.events_cleaning.shop import NOON, dropped, raw
from tradewind.events.accounts import Accounts
from tradewind.events.cleaning.ports import CleaningSettings
from tradewind.events.settling.messages import Arrived, write
from tradewind.events.settling.rebuilding import received_days
from tradewind.events.settling.registry import Progress, Span
from tradewind.events.settling.stores import EventStores
from tradewind.lake import layout

DAY = timedelta(days=1)


def _three_days(cloud: EventCloud) -> None:
    """Bring one event on each of three days, and one that is late by two."""
    for number in range(3):
        at = NOON + number * DAY
        rows = [raw(f"q{number}-0000", received_at=at)]
        if number == 2:
            rows.append(raw("q2-0001", received_at=at, occurred_at=NOON))
        date = at.date().isoformat()
        cloud.arrive(cloud.put_raw(rows, name=f"n{number}", date=date))


def _progress(cloud: EventCloud, rebuild_id: str = "r1") -> Progress:
    progress = cloud.stores.cleanings.rebuild(rebuild_id)
    assert progress is not None
    return progress


def test_a_rebuild_gives_the_same_rows_and_counts(cloud: EventCloud) -> None:
    _three_days(cloud)
    before = cloud.lake_rows()

    assert cloud.rebuild() == (
        "planned 3 received days, index of 2024-03-10, index of 2024-03-11, index of 2024-03-12, "
        "events of 2024-03-10, events of 2024-03-11, events of 2024-03-12, rebuilt, nothing waits"
    )
    assert (cloud.lake_rows(), cloud.accounts()) == (before, Accounts(accepted=4, clean=4))
    assert (_progress(cloud).state, _progress(cloud).steps, _progress(cloud).changed) == ("done", 6, {})


def test_a_rebuild_of_some_days_reads_the_days_on_which_their_events_were_received(cloud: EventCloud) -> None:
    _three_days(cloud)

    assert cloud.rebuild("r1", "2024-03-10", "2024-03-10") == (
        "planned 2 received days, index of 2024-03-10, index of 2024-03-12, events of 2024-03-10, rebuilt, "
        "nothing waits"
    )


def test_lost_files_come_back(cloud: EventCloud) -> None:
    _three_days(cloud)
    before = cloud.lake_rows()
    cloud.stores.lake.delete([*cloud.keys("clean/"), *cloud.keys("index/")])
    cloud.rebuild()

    assert cloud.lake_rows() == before
    # They were counted when they were cleaned.
    assert cloud.accounts() == Accounts(accepted=4, clean=4)


def test_the_index_of_days_before_comes_back_where_duplicates_are_sought_in_it(cloud: EventCloud) -> None:
    _three_days(cloud)
    cloud.stores.lake.delete(cloud.keys("index/"))

    assert "planned 3 received days" in cloud.rebuild("r1", "2024-03-12", "2024-03-12")


def test_a_link_reaches_the_events_before_it(cloud: EventCloud) -> None:
    cloud.arrive(cloud.put_raw([raw("q1-0000", anonymous_id="a1")], name="one"))
    identify = raw("q2-0000", type="identify", anonymous_id="a1", user_id="u1", received_at=NOON + 3 * DAY)
    cloud.arrive(cloud.put_raw([identify], name="two", date="2024-03-13"))
    assert cloud.rows(layout.CLEAN_EVENTS, "receipt, shopper_id") == [("q1-0000", None), ("q2-0000", "u1")]

    cloud.rebuild()

    assert cloud.rows(layout.CLEAN_EVENTS, "receipt, shopper_id") == [("q1-0000", "u1"), ("q2-0000", "u1")]


def test_lost_links_come_back_before_the_events_are_made(cloud: EventCloud) -> None:
    test_a_link_reaches_the_events_before_it(cloud)
    cloud.dynamodb.delete_item(TableName="tradewind-local-identities", Key={"anonymous_id": {"S": "a1"}})
    cloud.rebuild("r2")

    assert cloud.rows(layout.CLEAN_EVENTS, "receipt, shopper_id") == [("q1-0000", "u1"), ("q2-0000", "u1")]


def test_a_changed_rule_moves_events_between_the_counts(cloud: EventCloud) -> None:
    for number, day in enumerate((0, 10)):
        row = raw(f"q{number}-0000", event_id="m", received_at=NOON + day * DAY)
        cloud.arrive(cloud.put_raw([row], name=f"n{number}", date=(NOON + day * DAY).date().isoformat()))
    assert cloud.accounts() == Accounts(accepted=2, clean=2)  # 10 days apart: no duplicate

    cloud.stores = _with_duplicate_days(cloud, 14)
    cloud.rebuild()

    assert cloud.accounts() == Accounts(accepted=2, clean=1, duplicate=1)
    assert _progress(cloud).changed == {"clean": -1, "duplicate": 1}
    assert cloud.rows(layout.CLEAN_EVENTS, "receipt") == [("q0-0000",)]


def test_raw_objects_that_nobody_cleaned_yet_are_cleaned_first(cloud: EventCloud) -> None:
    _three_days(cloud)
    cloud.put_raw([raw("q9-0000"), dropped("q9-0001", "bot")], name="unheard")

    assert cloud.rebuild().startswith("1 raw objects are cleaned first, cleaned 1, planned 3 received days")
    assert cloud.accounts() == Accounts(accepted=6, clean=5, dropped_by_reason={"bot": 1})


def test_an_object_that_was_set_aside_does_not_stop_a_rebuild(cloud: EventCloud) -> None:
    _three_days(cloud)
    cloud.stores.lake.put_text(f"{layout.raw_events_prefix('2024-03-10')}broken.parquet", "not Parquet")
    cloud.rebuild()

    assert _progress(cloud).state == "done"
    assert len(cloud.stores.cleanings.failed()) == 1


def test_new_objects_are_cleaned_between_the_steps(cloud: EventCloud) -> None:
    _three_days(cloud)
    key = cloud.put_raw([raw("q9-0000")], name="new")
    cloud.deliver('{"command": "rebuild", "id": "r1", "from": null, "to": null}', write(Arrived(key)))

    assert cloud.accounts() == Accounts(accepted=5, clean=5)
    assert len(cloud.rows(layout.CLEAN_EVENTS, "receipt")) == 5


def test_a_rebuild_that_is_asked_for_twice_is_done_once(cloud: EventCloud) -> None:
    _three_days(cloud)
    cloud.rebuild()

    assert cloud.rebuild() == "nothing waits"


def test_a_rebuild_of_nothing_ends(cloud: EventCloud) -> None:
    assert cloud.rebuild() == "planned 0 received days, rebuilt, nothing waits"


def test_a_rebuild_whose_raw_object_is_gone_stops_and_says_so(cloud: EventCloud) -> None:
    _three_days(cloud)
    before = cloud.lake_rows()
    key = cloud.keys(layout.RAW_EVENTS)[0]
    cloud.stores.lake.put_text(key, "damaged")
    cloud.rebuild()

    assert _progress(cloud).state == "failed"
    assert "cannot be read" in (_progress(cloud).message or "")
    assert cloud.lake_rows() == before


def test_days_are_sought_in_objects_that_may_hold_them() -> None:
    early = Span(received=("2024-03-10", "2024-03-11"), occurred=("2024-03-01", "2024-03-11"))
    late = Span(received=("2024-03-20", "2024-03-20"), occurred=("2024-03-20", "2024-03-20"))
    nothing_kept = Span(received=("2024-03-12", "2024-03-12"))

    assert received_days([early, late, nothing_kept], "2024-03-05", "2024-03-05") == {"2024-03-10", "2024-03-11"}
    assert received_days([early, late, nothing_kept], "2024-03-12", None) == {"2024-03-20"}
    assert received_days([late, nothing_kept], None, None) == {"2024-03-12", "2024-03-20"}


def _with_duplicate_days(cloud: EventCloud, days: int) -> EventStores:
    return replace(cloud.stores, settings=CleaningSettings(duplicate_days=days))
