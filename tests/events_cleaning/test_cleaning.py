"""What becomes of events made by hand: each answer is visible in the test."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.events_cleaning.oracle import session_id
from tests.events_cleaning.shop import NOON, Shop, dropped, minutes, raw, rejected
from tradewind.errors import InputError
from tradewind.events.cleaning.ports import CleaningSettings, Counts, Link
from tradewind.lake import layout


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


# counting


def test_every_accepted_event_is_in_exactly_one_term(shop: Shop) -> None:
    outcome = shop.arrives(
        [
            raw("r1-0000", event_id="m1"),
            raw("r1-0001", event_id="m2"),
            raw("r2-0000", event_id="m1"),
            dropped("r2-0001", "bot"),
            dropped("r2-0002", "consent"),
            dropped("r2-0003", "bot"),
            rejected("r3-0000"),
        ]
    )
    # m1 and m2 are clean, the second m1 is a duplicate: 7 = 2 + 1 + 3 + 1
    assert outcome.counts == Counts(accepted=7, clean=2, duplicate=1, rejected=1, dropped={"bot": 2, "consent": 1})
    assert outcome.settled == {"r1": 2, "r2": 4, "r3": 1}
    assert shop.receipts() == ["r1-0000", "r1-0001"]


def test_a_row_that_the_pipe_delivers_again_is_counted_nowhere(shop: Shop) -> None:
    rows = [raw("r1-0000"), dropped("r1-0001", "bot"), rejected("r1-0002")]
    shop.arrives([*rows, *rows])
    again = shop.arrives(rows)
    assert (again.staged, again.counts, again.settled) == ((), Counts(), {})
    assert shop.totals == {"accepted": 3, "clean": 1, "duplicate": 0, "dropped bot": 1, "rejected": 1}


def test_a_request_that_arrives_in_pieces_is_settled_piece_by_piece(shop: Shop) -> None:
    shop.arrives([raw("r1-0000"), raw("r1-0001")])
    outcome = shop.arrives([raw("r1-0001"), raw("r1-0002")])
    assert outcome.settled == {"r1": 1}
    assert outcome.settled_so_far == {"r1": 3}


def test_a_receipt_of_our_own_making_is_settled_by_what_is_before_its_last_hyphen(shop: Shop) -> None:
    assert shop.arrives([rejected("shardId-000000000000:4957-3")]).settled == {"shardId-000000000000:4957": 1}


@pytest.mark.parametrize("rows", [[], None])
def test_nothing_new_stages_nothing(shop: Shop, rows: list[object] | None) -> None:
    outcome = shop.clean([]) if rows is None else shop.arrives([])
    assert (outcome.staged, outcome.removed, outcome.counts, outcome.links) == ((), (), Counts(), ())


# duplicates


@pytest.mark.parametrize(
    ("later", "clean"),
    [
        (timedelta(0), 1),
        (timedelta(days=7), 1),
        (timedelta(days=7, microseconds=1), 2),
    ],
)
def test_a_message_id_is_a_duplicate_for_seven_days(shop: Shop, later: timedelta, clean: int) -> None:
    shop.arrives([raw("r1-0000", event_id="m")])
    shop.arrives([raw("r2-0000", event_id="m", received_at=NOON + later)])
    assert shop.totals["clean"] == clean
    assert shop.totals["duplicate"] == 2 - clean


def test_a_duplicate_makes_the_next_copy_a_duplicate(shop: Shop) -> None:
    for number in range(3):  # days 0, 6 and 12: 12 is within 7 days of 6
        shop.arrives([raw(f"r{number}-0000", event_id="m", received_at=NOON + timedelta(days=6 * number))])
    assert shop.receipts() == ["r0-0000"]


def test_a_copy_of_another_event_day_is_a_duplicate_too(shop: Shop) -> None:
    shop.arrives([raw("r1-0000", event_id="m")])
    shop.arrives([raw("r2-0000", event_id="m", occurred_at=NOON - timedelta(days=40), received_at=NOON + minutes(1))])
    assert shop.receipts() == ["r1-0000"]
    assert shop.files() == ["clean/events/month=2024-03/2024-03-10.parquet"]


def test_dropped_and_rejected_copies_make_nothing_a_duplicate(shop: Shop) -> None:
    shop.arrives([{**dropped("r1-0000", "bot"), "event_id": "m"}, {**rejected("r1-0001"), "event_id": "m"}])
    shop.arrives([raw("r2-0000", event_id="m", received_at=NOON + minutes(1))])
    assert shop.receipts() == ["r2-0000"]


def test_of_copies_received_at_one_moment_the_smaller_receipt_wins(shop: Shop) -> None:
    shop.arrives([raw("r2-0000", event_id="m")])
    shop.arrives([raw("r1-0000", event_id="m")])
    assert shop.receipts() == ["r1-0000"]


def test_a_copy_that_was_received_first_but_arrives_last_takes_the_place_of_the_other(shop: Shop) -> None:
    shop.arrives([raw("r2-0000", event_id="m", interaction="view", received_at=NOON + timedelta(days=1))])
    outcome = shop.arrives([raw("r1-0000", event_id="m", interaction="view")])
    assert outcome.counts == Counts(accepted=1, clean=0, duplicate=1)  # one clean more, one less
    assert shop.receipts() == ["r1-0000"]
    # the 11th held nothing else
    assert outcome.removed == (layout.clean_events_key("2024-03-11"), layout.clean_interactions_key("2024-03-11"))
    assert outcome.event_days == {"2024-03-10", "2024-03-11"}
    assert shop.files() == [layout.clean_events_key("2024-03-10"), layout.clean_interactions_key("2024-03-10")]


def test_a_day_without_interactions_has_no_file_of_them_to_remove(shop: Shop) -> None:
    shop.arrives([raw("r2-0000", event_id="m", received_at=NOON + timedelta(days=1))])
    outcome = shop.arrives([raw("r1-0000", event_id="m")])
    assert outcome.removed == (layout.clean_events_key("2024-03-11"),)


def test_the_last_interaction_of_a_day_takes_its_file_with_it(shop: Shop) -> None:
    shop.arrives([raw("r2-0000", event_id="m", interaction="view"), raw("r3-0000")])
    before = NOON - timedelta(days=1)
    outcome = shop.arrives([raw("r1-0000", event_id="m", received_at=before)])
    assert outcome.removed == (layout.clean_interactions_key("2024-03-10"),)
    assert shop.receipts() == ["r1-0000", "r3-0000"]


def test_a_rejected_event_that_is_sent_again_and_kept_changes_its_term(shop: Shop) -> None:
    shop.arrives([rejected("r1-0000")])
    outcome = shop.arrives([raw("r1-0000")])
    assert outcome.counts == Counts(accepted=0, clean=1, rejected=-1)
    assert outcome.settled == {}
    assert shop.receipts() == ["r1-0000"]
    assert shop.arrives([rejected("r1-0000")]).staged == ()


def test_a_rejected_event_that_the_stream_had_on_the_next_day_leaves_the_index_of_that_day(shop: Shop) -> None:
    shop.arrives([rejected("r1-0000", received_at=NOON + timedelta(days=1)), raw("r1-0001")])
    outcome = shop.arrives([raw("r1-0000")])
    assert outcome.counts == Counts(accepted=0, clean=1, rejected=-1)
    index = shop.lake.rows(layout.EVENTS_SEEN, "receipt")
    assert [(row["receipt"], row["outcome"]) for row in index] == [("r1-0000", "clean"), ("r1-0001", "clean")]
    assert shop.arrives([rejected("r1-0000", received_at=NOON + timedelta(days=1))]).staged == ()
    assert shop.rebuild(["2024-03-10", "2024-03-11"], []) == {"accepted": 2, "clean": 2, "duplicate": 0, "rejected": 0}


def test_a_rejected_event_that_the_stream_had_on_the_next_day_is_settled_with_its_request(shop: Shop) -> None:
    shop.arrives([rejected("r1-0000", received_at=NOON + timedelta(days=1))])
    assert shop.arrives([raw("r1-0001")]).settled_so_far == {"r1": 2}


def test_the_index_is_read_for_the_days_within_reach_only(shop: Shop) -> None:
    shop.arrives([raw("r1-0000")])
    days = {key[len(layout.EVENTS_SEEN) :][:10] for key in shop.lake.fetched if key.startswith(layout.EVENTS_SEEN)}
    assert (min(days), max(days), len(days)) == ("2024-03-03", "2024-03-17", 15)


def test_the_index_lies_by_the_day_of_receipt_and_events_by_the_day_they_happened(shop: Shop) -> None:
    outcome = shop.arrives([raw("r1-0000", occurred_at=NOON - timedelta(days=10))])
    assert [file.key for file in outcome.staged] == [
        layout.events_seen_key("2024-03-10"),
        layout.clean_events_key("2024-02-29"),
    ]


# quarantine


def test_rejected_events_go_to_quarantine_with_their_line(shop: Shop) -> None:
    shop.arrives([rejected("r1-0001", line='{"a":'), rejected("r1-0000", line="nonsense")])
    assert shop.quarantine() == [
        {"receipt": "r1-0000", "received_at": NOON, "reason": "not_an_event", "line": "nonsense"},
        {"receipt": "r1-0001", "received_at": NOON, "reason": "not_an_event", "line": '{"a":'},
    ]


def test_nothing_of_a_dropped_event_is_kept_but_its_count(shop: Shop) -> None:
    outcome = shop.arrives([dropped("r1-0000", "consent")])
    assert [file.key for file in outcome.staged] == [layout.events_seen_key("2024-03-10")]


# shoppers


def shoppers(shop: Shop) -> dict[str, str | None]:
    return {event["receipt"]: event["shopper_id"] for event in shop.events()}


def test_an_identify_names_the_shopper_of_its_anonymous_id_before_and_after(shop: Shop) -> None:
    outcome = shop.arrives(
        [
            raw("r1-0000", anonymous_id="a1"),
            raw("r2-0000", anonymous_id="a1", type="identify", user_id="u1", received_at=NOON + minutes(1)),
            raw("r3-0000", anonymous_id="a1", received_at=NOON + minutes(2)),
            raw("r4-0000", anonymous_id="a2"),
            raw("r5-0000", anonymous_id="a1", user_id="u2"),
        ]
    )
    assert shoppers(shop) == {"r1-0000": "u1", "r2-0000": "u1", "r3-0000": "u1", "r4-0000": None, "r5-0000": "u2"}
    assert outcome.links == (Link(anonymous_id="a1", user_id="u1", linked_at=NOON + minutes(1), receipt="r2-0000"),)


def test_an_alias_links_the_previous_id(shop: Shop) -> None:
    shop.arrives(
        [
            raw("r1-0000", anonymous_id="old"),
            raw("r2-0000", anonymous_id="other", type="alias", previous_id="old", user_id="u1"),
            raw("r3-0000", anonymous_id="other"),
        ]
    )
    assert shoppers(shop) == {"r1-0000": "u1", "r2-0000": "u1", "r3-0000": None}


def test_the_first_received_link_of_an_anonymous_id_wins(shop: Shop) -> None:
    def identify(receipt: str, user: str, at: datetime) -> None:
        shop.arrives([raw(receipt, type="identify", user_id=user, received_at=at)])

    identify("r2-0000", "second", NOON + minutes(2))
    identify("r1-0000", "first", NOON + minutes(1))
    identify("r3-0000", "third", NOON + minutes(3))
    shop.arrives([raw("r4-0000", received_at=NOON + minutes(4))])
    assert shoppers(shop)["r4-0000"] == "first"


def test_a_track_with_a_user_links_nobody(shop: Shop) -> None:
    shop.arrives([raw("r1-0000", type="track", user_id="u1"), raw("r2-0000")])
    assert shoppers(shop)["r2-0000"] is None


def test_events_of_a_touched_day_are_linked_and_the_others_by_a_rebuild(shop: Shop) -> None:
    yesterday = NOON - timedelta(days=1)
    shop.arrives([raw("r1-0000", received_at=yesterday), raw("r2-0000")])
    shop.arrives([raw("r3-0000", type="identify", user_id="u1", received_at=NOON + minutes(1))])
    assert shoppers(shop) == {"r1-0000": None, "r2-0000": "u1", "r3-0000": "u1"}
    shop.rebuild([], ["2024-03-09"])
    assert shoppers(shop)["r1-0000"] == "u1"


def test_a_linked_event_stays_linked_when_a_later_cleaning_knows_nothing_of_it(shop: Shop) -> None:
    shop.arrives([raw("r1-0000"), raw("r2-0000", type="identify", user_id="u1")])
    shop.arrives([raw("r3-0000", anonymous_id="a2")])
    assert shoppers(shop)["r1-0000"] == "u1"


# sessions


def sessions(shop: Shop) -> dict[str, tuple[str | None, str | None]]:
    return {event["receipt"]: (event["session_id"], event["session_source"]) for event in shop.events()}


def test_a_session_ends_where_a_neighbour_is_thirty_minutes_away(shop: Shop) -> None:
    times = [NOON, NOON + minutes(29.9), NOON + minutes(59.9), NOON + minutes(60)]
    shop.arrives([raw(f"r{number}-0000", occurred_at=at) for number, at in enumerate(times)])
    first, second = (session_id("a1", NOON), "gap"), (session_id("a1", NOON + minutes(59.9)), "gap")
    # 29.9 minutes apart: one session; 30.0: another; then 0.1
    assert sessions(shop) == {"r0-0000": first, "r1-0000": first, "r2-0000": second, "r3-0000": second}


def test_the_id_of_a_session_follows_from_anonymous_id_and_first_microsecond(shop: Shop) -> None:
    start = datetime(2024, 3, 10, 12, 0, 0, 123457)
    shop.arrives([raw("r1-0000", occurred_at=start)])
    # echo -n a11710072000123457 | sha256sum | cut -c1-32
    assert sessions(shop) == {"r1-0000": ("a78f395ff1c6a17a36de32ca2ed91d01", "gap")}


def test_the_clients_session_stays_and_parts_nothing(shop: Shop) -> None:
    shop.arrives(
        [
            raw("r1-0000"),
            raw("r2-0000", occurred_at=NOON + minutes(20), client_session_id="mine"),
            raw("r3-0000", occurred_at=NOON + minutes(40)),
            raw("r4-0000", anonymous_id=None, user_id="u1"),
        ]
    )
    assert sessions(shop) == {
        "r1-0000": (session_id("a1", NOON), "gap"),
        "r2-0000": ("mine", "client"),
        "r3-0000": (session_id("a1", NOON + minutes(40)), "gap"),
        "r4-0000": (None, None),
    }


MIDNIGHT = datetime(2024, 3, 11)


def test_a_session_goes_on_over_midnight_and_over_days(shop: Shop) -> None:
    late = raw("r1-0000", occurred_at=MIDNIGHT - minutes(10))
    shop.arrives([raw("r2-0000", occurred_at=MIDNIGHT + minutes(10)), late])
    started = session_id("a1", MIDNIGHT - minutes(10))
    assert sessions(shop) == {"r1-0000": (started, "gap"), "r2-0000": (started, "gap")}


def test_a_late_event_joins_sessions_up_to_the_day_after_the_next(shop: Shop) -> None:
    every = [MIDNIGHT + minutes(10 + 20 * number) for number in range(73)]  # to 00:10 on the 12th
    shop.arrives([raw(f"r{number:02}-0000", occurred_at=at) for number, at in enumerate(every)])
    assert {session for session, _ in sessions(shop).values()} == {session_id("a1", every[0])}
    outcome = shop.arrives([raw("late-0000", occurred_at=MIDNIGHT - minutes(10))])
    assert {session for session, _ in sessions(shop).values()} == {session_id("a1", MIDNIGHT - minutes(10))}
    assert outcome.event_days == {"2024-03-10", "2024-03-11", "2024-03-12"}


def test_a_day_after_whose_sessions_stay_is_not_written(shop: Shop) -> None:
    shop.arrives([raw("r1-0000", occurred_at=MIDNIGHT + minutes(40))])
    outcome = shop.arrives([raw("r2-0000", occurred_at=MIDNIGHT - minutes(10))])
    assert outcome.event_days == {"2024-03-10"}


def test_an_event_that_is_taken_out_parts_the_session_it_held_together(shop: Shop) -> None:
    bridge = raw("r9-0000", event_id="m", occurred_at=MIDNIGHT)
    shop.arrives(
        [raw("r1-0000", occurred_at=MIDNIGHT - minutes(20)), bridge, raw("r2-0000", occurred_at=MIDNIGHT + minutes(20))]
    )
    assert len(set(sessions(shop).values())) == 1
    shop.arrives([raw("r0-0000", event_id="m", anonymous_id="a2", received_at=NOON - minutes(1))])
    assert sessions(shop)["r1-0000"] == (session_id("a1", MIDNIGHT - minutes(20)), "gap")
    assert sessions(shop)["r2-0000"] == (session_id("a1", MIDNIGHT + minutes(20)), "gap")


# products


def product(line: int, **fields: object) -> dict[str, object]:
    return {"line": line, **fields}


def test_an_interaction_has_a_row_for_each_product(shop: Shop) -> None:
    shop.arrives(
        [
            raw(
                "r1-0000",
                event_id="order",
                interaction="purchase",
                order_id="o1",
                currency="EUR",
                query_id="q0",
                revenue="7.6505",
                products=[
                    product(1, sku="22423", quantity=2, price="2.55", position=4, query_id="q1"),
                    product(3, sku="85123A", price="0.0000005", currency="GBP"),
                    product(4, price="NaN"),
                ],
            )
        ]
    )
    common = {"event_id": "order", "occurred_at": NOON, "shopper_id": None, "anonymous_id": "a1"}
    common |= {"session_id": session_id("a1", NOON), "interaction": "purchase", "order_id": "o1"}
    nothing = {"sku": None, "quantity": None, "price": None, "currency": "EUR", "query_id": "q0", "position": None}
    priced = {"sku": "22423", "quantity": 2, "price": Decimal("2.550000"), "query_id": "q1", "position": 4}
    # 0.0000005 is rounded half away from zero
    rounded = {"sku": "85123A", "price": Decimal("0.000001"), "currency": "GBP"}
    assert shop.interactions() == [
        {**common, **nothing, "line": 1, **priced},
        {**common, **nothing, "line": 3, **rounded},
        {**common, **nothing, "line": 4},
    ]
    (event,) = shop.events()
    assert event["revenue"] == Decimal("7.651")
    assert [each["price"] for each in event["products"]] == [Decimal("2.550000"), Decimal("0.000001"), None]


@pytest.mark.parametrize("products", [None, []])
def test_an_interaction_without_products_has_line_zero(shop: Shop, products: list[object] | None) -> None:
    shop.arrives([raw("r1-0000", interaction="search", query_id="q", products=products), raw("r2-0000")])
    (row,) = shop.interactions()
    assert (row["line"], row["sku"], row["query_id"]) == (0, None, "q")


def test_an_order_of_ten_thousand_products_has_ten_thousand_rows(shop: Shop) -> None:
    products = [product(line, sku=str(line), price="1") for line in range(1, 10_001)]
    shop.arrives([raw("r1-0000", interaction="purchase", products=products)])
    assert [row["line"] for row in shop.interactions()] == list(range(1, 10_001))


# settings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"duplicate_days": 0}, "duplicate_days must be at least 1, got 0: change Config.events.duplicate_days"),
        (
            {"session_gap_minutes": 1441},
            "session_gap_minutes must be from 1 to 1440, got 1441: change Config.events.session_gap_minutes",
        ),
    ],
)
def test_settings_that_cannot_be_kept_are_refused(settings: dict[str, int], message: str) -> None:
    with pytest.raises(InputError) as refused:
        CleaningSettings(**settings)
    assert str(refused.value) == message
