"""Each view of events over a few events, with the arithmetic of the right answer in the expectation."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from tests.analytics.hand_rows import Bought, Happened, database

LAMP = Bought(sku="10001", quantity=4, price="1.5")
MUG = Bought(sku="20002", quantity=2, price="0.255")
BOTH = 4 * Decimal("1.5") + 2 * Decimal("0.255")
ORDER = Happened(
    receipt="r1",
    interaction="purchase",
    order_id="100",
    products=(LAMP, MUG),
    revenue=str(BOTH),
    at="2025-12-01 10:00:00",
)
REFUND = Happened(receipt="r9", interaction="refund", order_id="100", at="2025-12-03 10:00:00")
PAGE = Happened(receipt="p1", type="page", page_path="/")


def ask(events: Iterable[Happened], query: str) -> list[tuple[object, ...]]:
    return database(events=events).execute(query).fetchall()


def order_totals(*events: Happened) -> list[tuple[object, ...]]:
    """Return order id, lines, units, revenue, refunds and net revenue of each order."""
    return ask(
        events, "select order_id, order_lines, units, revenue, refunds, net_revenue from orders order by order_id"
    )


def also(event: Happened, receipt: str, **changes: object) -> Happened:
    return replace(event, receipt=receipt, **changes)  # type: ignore[arg-type]


def test_an_order_has_the_revenue_of_its_event_and_the_units_of_its_products() -> None:
    assert order_totals(ORDER) == [("100", 2, 4 + 2, BOTH, 0, BOTH)]


def test_the_same_order_told_twice_counts_once_and_has_the_first_time() -> None:
    later = also(ORDER, "r2", at="2025-12-09 08:00:00", session_id="s2")
    assert order_totals(later, ORDER) == [("100", 2, 4 + 2, BOTH, 0, BOTH)]
    assert ask([later, ORDER], "select ordered_at, session_id from orders") == [(datetime(2025, 12, 1, 10), "s1")]


def test_a_message_id_that_comes_again_after_a_week_does_not_double_the_units() -> None:
    again = also(ORDER, "r2", event_id="r1")
    assert order_totals(ORDER, again) == [("100", 2, 4 + 2, BOTH, 0, BOTH)]


def test_an_order_told_line_by_line_adds_up() -> None:
    lamps = also(ORDER, "r1", products=(LAMP,), revenue="6")
    mugs = also(ORDER, "r2", products=(MUG,), revenue="0.51")
    assert order_totals(lamps, mugs) == [("100", 1 + 1, 4 + 2, 6 + Decimal("0.51"), 0, BOTH)]


def test_an_order_without_products_or_amount_is_an_order_of_nothing() -> None:
    assert order_totals(also(ORDER, "r1", products=(), revenue=None)) == [("100", 0, 0, 0, 0, 0)]


def test_a_product_without_quantity_is_one_unit() -> None:
    assert order_totals(also(ORDER, "r1", products=(replace(LAMP, quantity=None),)))[0][1:3] == (1, 1)


def test_a_purchase_without_an_order_id_is_no_order() -> None:
    assert order_totals(also(ORDER, "r1", order_id=None)) == []


def test_a_refund_takes_its_amount_off() -> None:
    assert order_totals(ORDER, also(REFUND, "r9", revenue="1.5")) == [
        ("100", 2, 6, BOTH, Decimal("1.5"), BOTH - Decimal("1.5"))
    ]


def test_a_refund_of_nothing_named_is_the_whole_order() -> None:
    assert order_totals(ORDER, REFUND) == [("100", 2, 6, BOTH, BOTH, 0)]


def test_a_refund_of_products_without_price_is_at_the_orders_prices() -> None:
    one_mug = Bought(sku="20002", quantity=1, price=None)
    refund = 1 * Decimal("0.255")
    assert order_totals(ORDER, also(REFUND, "r9", products=(one_mug,))) == [("100", 2, 6, BOTH, refund, BOTH - refund)]


def test_a_refund_of_a_product_that_the_order_does_not_have_gives_nothing_back() -> None:
    other = Bought(sku="30003", quantity=1, price=None)
    assert order_totals(ORDER, also(REFUND, "r9", products=(other,))) == [("100", 2, 6, BOTH, 0, BOTH)]


def test_refunds_never_exceed_the_order() -> None:
    assert order_totals(ORDER, also(REFUND, "r8", revenue="5"), also(REFUND, "r9", revenue="4"))[0][4] == min(
        5 + 4, BOTH
    )


def test_equal_refunds_of_a_day_are_one_and_of_two_days_two() -> None:
    first = also(REFUND, "r7", revenue="1.5")
    same_day = also(REFUND, "r8", revenue="1.5", at="2025-12-03 23:59:59")
    next_day = also(REFUND, "r9", revenue="1.5", at="2025-12-04 00:00:00")
    assert order_totals(ORDER, first, same_day)[0][4] == Decimal("1.5")
    assert order_totals(ORDER, first, same_day, next_day)[0][4] == 2 * Decimal("1.5")


def test_a_refund_of_an_unknown_order_makes_no_order() -> None:
    assert order_totals(ORDER, also(REFUND, "r9", order_id="unknown", revenue="1")) == order_totals(ORDER)


def test_absurd_amounts_and_quantities_do_not_break_the_views() -> None:
    most = "999999999999999.999"
    products = [(Bought(quantity=2**63 - 1 - number, price="999999999999"),) for number in range(3)]
    huge = [also(ORDER, f"r{number}", revenue=most, products=bought) for number, bought in enumerate(products)]
    refund = also(REFUND, "r9", products=(Bought(quantity=2**63 - 1, price=None),))
    whole = 3 * Decimal(most)
    assert ask([*huge, refund], "select units, revenue, net_revenue from orders") == [(3 * 1_000_000, whole, 0)]
    assert ask(huge, "select revenue from attribution") == [(whole,)]


def test_a_day_counts_its_events_sessions_and_shoppers() -> None:
    events = [
        PAGE,
        also(PAGE, "e2", interaction="view"),
        also(PAGE, "e3", interaction="view", session_id="s2", anonymous_id="a2", shopper_id="u1"),
        also(PAGE, "e4", interaction="purchase", session_id=None, anonymous_id=None, shopper_id="u1"),
        also(PAGE, "e5", at="2025-12-02 00:00:00"),
    ]
    asked = "select date, events, sessions, shoppers, views, purchases from daily_events order by date"
    assert ask(events, asked) == [
        (date(2025, 12, 1), 4, len({"s1", "s2"}), len({"a1", "u1"}), 2, 1),
        (date(2025, 12, 2), 1, 1, 1, 0, 0),
    ]


def test_every_interaction_has_a_column_of_its_own_in_daily_events() -> None:
    kinds = [
        "search",
        "impression",
        "click",
        "view",
        "add_to_cart",
        "remove_from_cart",
        "checkout",
        "purchase",
        "refund",
        "review",
    ]
    events = [
        also(PAGE, f"e{number}-{copy}", interaction=kind)
        for number, kind in enumerate(kinds, start=1)
        for copy in range(number)
    ]
    (row,) = ask(events, "from daily_events")
    assert row[4:] == tuple(range(1, len(kinds) + 1))


def test_the_funnel_counts_each_visit_once_a_step_and_by_its_shopper_where_there_is_no_session() -> None:
    events = [
        also(PAGE, "e1", interaction="view"),
        also(PAGE, "e2", interaction="view"),
        also(PAGE, "e3", interaction="add_to_cart"),
        also(PAGE, "e4", interaction="view", session_id="s2"),
        also(PAGE, "e5", interaction="purchase", session_id=None, shopper_id="u1"),
        also(PAGE, "e6", interaction="purchase", session_id=None, shopper_id="u1"),
        also(PAGE, "e7", interaction="purchase", session_id=None, anonymous_id=None),
    ]
    assert ask(events, "from funnel") == [(date(2025, 12, 1), len({"s1", "s2"}), 1, 0, len({"u1", "e7"}))]


def test_a_session_over_midnight_reaches_its_steps_on_the_days_they_happen() -> None:
    events = [
        also(PAGE, "e1", interaction="view", at="2025-12-01 23:59:00"),
        also(PAGE, "e2", interaction="add_to_cart", at="2025-12-02 00:01:00"),
    ]
    assert ask(events, "from funnel order by date") == [
        (date(2025, 12, 1), 1, 0, 0, 0),
        (date(2025, 12, 2), 0, 1, 0, 0),
    ]


def test_a_session_has_the_arrival_of_its_first_event_and_the_pages_of_its_ends() -> None:
    events = [
        also(PAGE, "e1", at="2025-12-01 10:00:00.900", page_path=None, channel="email", campaign="gifts"),
        also(PAGE, "e2", at="2025-12-01 10:00:30", page_path="/lamps", channel="direct", shopper_id="u1"),
        also(PAGE, "e3", at="2025-12-01 10:01:01.100", page_path="/basket"),
        also(PAGE, "e4", at="2025-12-01 10:01:02.100", page_path=None, interaction="view"),
    ]
    asked = "select shopper_id, seconds, channel, campaign, entry_page, exit_page, events, views, orders from sessions"
    assert ask(events, asked) == [("u1", 60 + 2, "email", "gifts", "/lamps", "/basket", 4, 1, 0)]


def test_a_session_brings_what_its_orders_brought() -> None:
    second = also(ORDER, "r2", order_id="101", revenue="2", products=())
    assert ask([ORDER, second, also(REFUND, "r9")], "select purchases, orders, revenue from sessions") == [
        (2, 2, BOTH + 2)
    ]


def test_events_without_a_session_make_none() -> None:
    assert ask([also(PAGE, "e1", session_id=None)], "from sessions") == []


def test_a_page_counts_views_sessions_and_the_sessions_that_began_there() -> None:
    events = [
        also(PAGE, "e1", page_path="/"),
        also(PAGE, "e2", page_path="/lamps", at="2025-12-01 10:01:00"),
        also(PAGE, "e3", page_path="/", at="2025-12-01 10:02:00"),
        also(PAGE, "e4", page_path="/lamps", session_id="s2"),
        also(PAGE, "e5", page_path="/lamps", session_id=None),
        also(PAGE, "e6", page_path="/lamps", type="track"),
        also(PAGE, "e7", page_path=None, type="screen", name="Start", session_id="s3"),
    ]
    assert ask(events, "from top_pages order by page_path") == [
        ("/", 2, 1, 1),
        ("/lamps", 3, 2, 1),
        ("Start", 1, 1, 1),
    ]


def test_an_order_counts_for_the_channel_that_brought_its_session() -> None:
    events = [
        also(PAGE, "e1", channel="email", at="2025-12-01 09:59:00"),
        also(ORDER, "r1", channel="direct"),
        also(PAGE, "e2", channel="email", session_id="s2"),
        also(PAGE, "e3", channel="direct", session_id="s3"),
        also(ORDER, "r3", order_id="101", revenue="2", session_id=None, channel="referral"),
        also(REFUND, "r9", session_id=None),
    ]
    assert ask(events, "from attribution order by channel") == [
        ("direct", 1, 0, 0),
        ("email", 2, 1, BOTH),
        ("referral", 0, 1, 2),
    ]
