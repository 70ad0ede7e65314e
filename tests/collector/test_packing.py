"""Events into records."""

from hypothesis import given
from hypothesis import strategies as st

from tradewind.events.collecting.packing import pack
from tradewind.events.event import Event, line_of, read_line

REQUEST = "0" * 32


def event(number: int, *, user_id: str | None = None, size: int = 0) -> Event:
    return Event(
        receipt=f"{REQUEST}-{number:04d}",
        received_at="2026-03-01T12:00:00.000000Z",
        occurred_at="2026-03-01T12:00:00.000000Z",
        message_id="x" * size,
        type="track",
        source="web",
        user_id=user_id,
    )


events = st.lists(
    st.builds(
        event, st.integers(0, 9999), user_id=st.sampled_from([None, "u1", "u2", "ü\n"]), size=st.integers(0, 900)
    ),
    max_size=40,
)


@given(events, st.integers(1, 3000))
def test_packing_keeps_each_event_once_and_in_order(packed: list[Event], towards: int) -> None:
    records = pack(packed, towards=towards, request_id=REQUEST)

    assert [read_line(line) for record in records for line in record.data.split(b"\n")] == packed
    assert [record.events for record in records] == [record.data.count(b"\n") + 1 for record in records]
    assert all(len(record.data) <= towards or record.events == 1 for record in records)


@given(events, st.integers(1, 3000))
def test_a_record_is_as_full_as_it_can_be(packed: list[Event], towards: int) -> None:
    records = pack(packed, towards=towards, request_id=REQUEST)
    first = 0
    for record in records[:-1]:
        first += record.events
        assert len(record.data) + 1 + len(line_of(packed[first])) > towards


@given(events)
def test_the_key_is_the_shopper_only_where_all_events_have_the_same(packed: list[Event]) -> None:
    keys = [record.partition_key for record in pack(packed, towards=10**6, request_id=REQUEST)]
    ids = {each.user_id for each in packed}
    assert keys == ([] if not packed else list(ids) if len(ids) == 1 and ids != {None} else [f"{REQUEST}-0"])


def test_a_long_id_is_cut_to_what_a_partition_key_may_be() -> None:
    (record,) = pack([event(1, user_id="u" * 300)], towards=25_000, request_id=REQUEST)
    assert record.partition_key == "u" * 256


def test_records_are_filled_towards_25_kb() -> None:
    # A line of 300 bytes and its newline: 83 of them are 24,982 bytes, 84 are 25,283.
    one = len(line_of(event(0)))
    many = [event(number, size=300 - one) for number in range(200)]
    assert [record.events for record in pack(many, towards=25_000, request_id=REQUEST)] == [83, 83, 34]
