"""When an event occurred."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tradewind.events.collecting.clock import correction, moment, occurred_at, utc_text

RECEIVED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NONE = timedelta()


@given(
    ago=st.timedeltas(timedelta(0), timedelta(days=3650)),
    wrong=st.timedeltas(timedelta(days=-3650), timedelta(days=3650)),
    delay=st.timedeltas(timedelta(0), timedelta(seconds=30)),
)
def test_however_wrong_the_clients_clock_is_only_the_delay_remains(
    ago: timedelta, wrong: timedelta, delay: timedelta
) -> None:
    sent_at = RECEIVED - delay + wrong
    timestamp = (sent_at - ago).isoformat()

    assert occurred_at(timestamp, correction(sent_at, RECEIVED), RECEIVED) == (RECEIVED - ago, None)


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_the_result_is_never_absurd(timestamp: datetime, sent_at: datetime) -> None:
    found, flag = occurred_at(timestamp.isoformat(), correction(sent_at, RECEIVED), RECEIVED)

    assert datetime(2000, 1, 1, tzinfo=UTC) <= found <= RECEIVED + timedelta(hours=24)
    assert flag in (None, "time_past", "time_future")
    assert flag is None or found == RECEIVED


def test_without_sent_at_the_timestamp_stands() -> None:
    assert occurred_at("2026-02-01T00:00:00Z", correction(None, RECEIVED), RECEIVED) == (
        datetime(2026, 2, 1, tzinfo=UTC),
        None,
    )


def test_the_bounds_themselves_are_good() -> None:
    for bound in (datetime(2000, 1, 1, tzinfo=UTC), RECEIVED + timedelta(hours=24)):
        assert occurred_at(bound.isoformat(), NONE, RECEIVED) == (bound, None)


def test_a_difference_beyond_the_calendar_is_past_or_future() -> None:
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    assert occurred_at(first.isoformat(), correction(last, RECEIVED), RECEIVED)[1] == "time_past"
    assert occurred_at(last.isoformat(), correction(first, RECEIVED), RECEIVED)[1] == "time_future"


@given(st.datetimes(timezones=st.timezones()))
def test_a_text_of_a_time_reads_back_as_the_same_moment(value: datetime) -> None:
    try:
        value.astimezone(UTC)
    except OverflowError:
        return
    text = utc_text(value)
    assert len(text) == len("2026-03-01T12:00:00.000000Z")
    assert moment(text) == value.astimezone(UTC)
