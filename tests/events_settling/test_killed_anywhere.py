"""Whoever cleans may be killed before any of its writes: what is done again ends as if nothing had happened."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.event_cloud import EventCloud, event_cloud, request_counts
from tests.events_cleaning.shop import NOON, Raw, dropped, raw, rejected
from tests.sales_cloud import aws_environment
from tradewind.events.accounts import Accounts
from tradewind.lake import layout

CHUNKS = 4  # of the positions, so that they are tried side by side
MOST_WRITES = 60  # more than any run below has


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)


def _rows_of(number: int) -> list[Raw]:
    """Return the rows of a raw object. The first is alone on its day, and the object after it has an earlier copy."""
    day = timedelta(days=number + 1)
    request, earlier = f"q{number:02d}", f"q{number:02d}e"
    return [
        raw(f"{request}-0000", event_id=f"m{number}", occurred_at=NOON - day, received_at=NOON + timedelta(minutes=9)),
        raw(f"{request}-0001", event_id=f"only in {number}", type="identify", user_id="u1"),
        dropped(f"{request}-0002", "consent"),
        rejected(f"{request}-0003"),
        # Displaces the first event of the object before: that one's day becomes empty.
        raw(f"{earlier}-0000", event_id=f"m{number - 1}", occurred_at=NOON, received_at=NOON + timedelta(minutes=1)),
    ]


def _accounts_after(objects: int) -> Accounts:
    # 5 rows an object. Clean are m0 .. m(n-1), m(-1) and n identifies; each copy but the newest was displaced.
    return Accounts(
        accepted=5 * objects,
        clean=2 * objects + 1,
        duplicate=objects - 1,
        dropped_by_reason={"consent": objects},
        rejected=objects,
    )


def _bring(cloud: EventCloud, number: int) -> str:
    rows = _rows_of(number)
    for request_id, events in request_counts(rows).items():
        cloud.collect(request_id, events)
    return cloud.put_raw(rows, name=f"n{number:02d}")


def _check(cloud: EventCloud, objects: int) -> None:
    assert cloud.accounts() == _accounts_after(objects)
    assert not cloud.stores.cleanings.waiting()
    receipts = [row["receipt"] for number in range(objects) for row in _rows_of(number)]
    displaced = {f"q{number:02d}-0000" for number in range(objects - 1)}
    clean = {each for each in receipts if each.endswith(("-0000", "-0001"))} - displaced
    assert cloud.rows(layout.CLEAN_EVENTS, "receipt") == [(each,) for each in sorted(clean)]
    days = [(NOON - timedelta(days=objects)).date().isoformat(), NOON.date().isoformat()]
    assert cloud.keys(layout.CLEAN_EVENTS) == sorted(layout.clean_events_key(day) for day in days)
    assert [item["settled"] for item in cloud.receipts().values() if item["settled"] != item["events"]] == []


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_cleaning_killed_before_any_of_its_writes_is_finished_by_the_next(chunk: int) -> None:
    with event_cloud() as cloud:
        for number, position in enumerate(range(chunk, MOST_WRITES, CHUNKS)):
            key = _bring(cloud, number)
            first_message = cloud.deliveries
            with cloud.killing(position) as kill:
                cloud.arrive(key)
            told = cloud.accounts()
            assert told.accepted == 5 * (number + 1), f"killed before write {position}, after {kill.writes}"
            cloud.deliveries = first_message  # the same message comes again
            cloud.arrive(key)
            _check(cloud, number + 1)
            if not kill.dead:
                assert position > 20  # it had so many writes
                return
    pytest.fail(f"a cleaning has more than {MOST_WRITES} writes")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_rebuild_killed_before_any_of_its_writes_is_finished_by_the_next(chunk: int) -> None:
    rows = [raw("q1-0000", event_id="m1"), raw("q1-0001", event_id="m1"), dropped("q1-0002", "bot")]
    accounts = Accounts(accepted=3, clean=1, duplicate=1, dropped_by_reason={"bot": 1})
    with event_cloud() as cloud:
        cloud.arrive(cloud.put_raw(rows, name="one"))
        before = cloud.lake_rows()
        for position in range(chunk, MOST_WRITES, CHUNKS):
            first_message = cloud.deliveries
            with cloud.killing(position) as kill:
                cloud.rebuild(f"r{position}")
            assert cloud.accounts() == accounts, f"killed before write {position}, after {kill.writes}"
            cloud.deliveries = first_message
            cloud.rebuild(f"r{position}")
            progress = cloud.stores.cleanings.rebuild(f"r{position}")
            assert progress is not None
            assert (progress.state, dict(progress.changed)) == ("done", {})
            assert (cloud.accounts(), cloud.lake_rows()) == (accounts, before)
            if not kill.dead:
                assert position > 20
                return
    pytest.fail(f"a rebuild has more than {MOST_WRITES} writes")


# Any order, any split, repeats and kills


def _rows() -> Sequence[Raw]:
    kept = [
        raw(f"q{number // 3}-{number:04d}", event_id=f"m{number % 5}", received_at=NOON + timedelta(minutes=number))
        for number in range(8)
    ]
    return [*kept, dropped("q7-0000", "bot"), rejected("q8-0000")]


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_any_split_order_repeats_and_kills_end_in_the_same_lake_and_accounts(data: st.DataObject) -> None:
    rows = data.draw(st.permutations(_rows()))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(rows) - 1), max_size=3)))
    parts = [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    receipts_come_late = data.draw(st.booleans())
    with event_cloud() as cloud:
        keys = [cloud.put_raw(part, name=f"n{number}") for number, part in enumerate(parts)]
        again = cloud.put_raw(parts[0], name="again")
        if not receipts_come_late:
            _collect(cloud, rows)
        for key in [*data.draw(st.permutations([*keys, keys[0]])), again]:
            with cloud.killing(data.draw(st.integers(0, 40))):
                cloud.arrive(key)
        if receipts_come_late:
            _collect(cloud, rows)
        cloud.clock.forward(minutes=2)
        cloud.arrive(*keys, again)

        # Of 8 kept rows with 5 message ids the first received of each is clean: 5, and 3 are duplicates.
        clean = [(row["receipt"], row["event_id"]) for row in _rows()[:5]]
        assert cloud.rows(layout.CLEAN_EVENTS, "receipt, event_id") == clean
        accounts = Accounts(accepted=10, clean=5, duplicate=3, dropped_by_reason={"bot": 1}, rejected=1)
        assert cloud.accounts() == accounts
        assert not cloud.stores.cleanings.waiting()


def _collect(cloud: EventCloud, rows: Sequence[Raw]) -> None:
    for request_id, events in request_counts(rows).items():
        cloud.collect(request_id, events)
