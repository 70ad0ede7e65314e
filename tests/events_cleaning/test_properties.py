"""Objects may come in any order, split in any way, any number of times: the lake is the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.events_cleaning.oracle import Expected, expect
from tests.events_cleaning.shop import SETTINGS, Raw, Shop, dropped, raw, rejected

START = datetime(2024, 2, 27)
# Few values, near to midnight and to the window of seven days, so that every rule is met often.
RECEIVED = st.builds(
    lambda day, minute: START + timedelta(days=day, minutes=minute),
    st.sampled_from([0, 1, 2, 6, 7, 8, 9, 14, 15, 16]),
    st.sampled_from([0, 10, 15, 725, 1420, 1439]),
)
AGES = st.sampled_from([0, 9, 20, 31, 60, 1440, 1460, 4 * 1440])  # minutes that an event waited for its sending
PRODUCTS = st.lists(
    st.builds(
        lambda line, sku, price: {"line": line, "sku": sku, "price": price},
        st.just(1),
        st.sampled_from(["22423", None]),
        st.sampled_from(["2.55", None, "0.000001"]),
    ),
    max_size=2,
)


@st.composite
def events(draw: st.DrawFn, receipt: str, received_at: datetime) -> list[Raw]:
    """Return the rows that the pipe makes of one accepted event: one, or another when it was sent again."""
    fate = draw(st.sampled_from(["kept"] * 7 + ["bot", "consent", "rejected", "mended"]))
    if fate in ("bot", "consent"):
        return [dropped(receipt, fate, received_at=received_at)]
    products = [{**product, "line": line} for line, product in enumerate(draw(PRODUCTS), start=1)]
    row = raw(
        receipt,
        received_at=received_at,
        event_id=draw(st.sampled_from(["m1", "m2", "m3", f"only {receipt}", f"alone {receipt}"])),
        type=draw(st.sampled_from(["track", "track", "identify", "alias"])),
        occurred_at=received_at - timedelta(minutes=draw(AGES)),
        anonymous_id=draw(st.sampled_from(["a", "a", "b", None])),
        user_id=draw(st.sampled_from([None, None, "u1", "u2"])),
        previous_id=draw(st.sampled_from([None, "a", "b"])),
        client_session_id=draw(st.sampled_from([None, None, None, "s1"])),
        interaction=draw(st.sampled_from([None, "view", "purchase"])),
        products=products,
    )
    if fate == "kept":
        return [row]
    # nobody could read when it was received, so it has the time at which the stream had it
    streamed_at = received_at + timedelta(minutes=draw(st.sampled_from([0, 1, 30, 1440])))
    return [rejected(receipt, received_at=streamed_at), *([row] if fate == "mended" else [])]


@st.composite
def requests(draw: st.DrawFn) -> list[Raw]:
    """Return the raw rows of a few requests, in no order, some delivered more than once."""
    rows: list[Raw] = []
    for number in range(draw(st.integers(1, 6))):
        received_at = draw(RECEIVED)
        for index in range(draw(st.integers(1, 3))):
            rows += draw(events(f"{number:032x}-{index:04d}", received_at))
    repeated = draw(st.lists(st.sampled_from(rows), max_size=4))
    return draw(st.permutations(rows + repeated))


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[list[Raw]]]:
    """Return runs of objects of rows, some objects delivered again."""
    rows = draw(requests())
    objects: list[list[Raw]] = []
    while rows:
        size = draw(st.integers(1, len(rows)))
        objects.append(rows[:size])
        rows = rows[size:]
    objects += draw(st.lists(st.sampled_from(objects), max_size=1))
    runs: list[list[list[Raw]]] = []
    while objects:
        size = draw(st.integers(1, len(objects)))
        runs.append(objects[:size])
        objects = objects[size:]
    return runs


def assert_as_expected(shop: Shop, expected: Expected, *, stitched: bool) -> None:
    names = ["session_id", "session_source"] + (["shopper_id"] if stitched else [])
    found = {event["receipt"]: {name: event[name] for name in names} for event in shop.events()}
    assert found == {receipt: {name: event[name] for name in names} for receipt, event in expected.events.items()}
    receipts = {event["event_id"]: event["receipt"] for event in shop.events()}
    assert len(shop.interactions()) == len(expected.interactions)
    if len(receipts) == len(found):  # each message id once: the receipt of an interaction is known
        lines = [(receipts[row["event_id"]], row["line"], row["sku"], row["price"]) for row in shop.interactions()]
        assert sorted(lines, key=str) == sorted(expected.interactions, key=str)


def days_of(rows: Sequence[Raw], name: str) -> list[str]:
    return sorted({row[name].date().isoformat() for row in rows if row.get(name)})


@settings(max_examples=12, deadline=None)
@given(deliveries())
def test_object_by_object_gives_what_all_rows_at_once_give(runs: list[list[list[Raw]]]) -> None:
    rows = [row for objects in runs for rows in objects for row in rows]
    expected = expect(rows, SETTINGS)
    with TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        for objects in runs:
            counts = shop.arrives(*objects).counts
            assert counts.accepted == counts.clean + counts.duplicate + counts.rejected + sum(counts.dropped.values())
        assert +shop.totals == +expected.totals
        assert shop.settled == expected.settled
        assert shop.settled_so_far == expected.settled
        assert_as_expected(shop, expected, stitched=False)

        rebuilt = shop.rebuild(days_of(rows, "received_at"), days_of(rows, "occurred_at"))
        assert +rebuilt == +expected.totals
        assert_as_expected(shop, expected, stitched=True)


@settings(max_examples=4, deadline=None)
@given(deliveries())
def test_what_was_cleaned_is_not_touched_by_its_coming_again(runs: list[list[list[Raw]]]) -> None:
    with TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        for objects in runs:
            shop.arrives(*objects)
        again = shop.clean(shop.raw)
        assert (again.staged, again.removed, again.settled) == ((), (), {})
        assert again.counts.accepted == 0
