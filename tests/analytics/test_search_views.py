"""Each view of searches over a few events, with the arithmetic of the right answer in the expectation."""

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tests.analytics.hand_rows import Bought, Happened
from tests.analytics.test_event_views import also, ask
from tradewind.cli.click_judging import question

LAMP = Bought(sku="lamp", position=1, price=None, quantity=None)
MUG = Bought(sku="mug", position=2, price=None, quantity=None)


def search(query_id: str, query: str = "light", *shown: Bought, at: str = "10:00:00", **told: Any) -> Happened:
    """Return the trace of a search of the index products by a1."""
    properties = {"query": query, "index": "products", "engine": "embedded", "page": 0, "nb_hits": len(shown), **told}
    return Happened(
        receipt=f"search-{query_id}",
        interaction="search",
        name="Products Searched",
        query_id=query_id,
        source="search",
        products=shown,
        properties=json.dumps(properties),
        at=f"2025-12-01 {at}",
    )


def click(query_id: str | None, sku: str, *, at: str = "2025-12-01 10:01:00", **changes: Any) -> Happened:
    clicked = Happened(
        receipt=f"click-{query_id}-{sku}-{at}",
        interaction="click",
        name="Product Clicked",
        query_id=query_id,
        products=(Bought(sku=sku, position=None, price=None, quantity=None),),
        at=at,
    )
    return replace(clicked, **changes)


def purchase(*bought: Bought, order_id: str = "o1", at: str = "2025-12-02 10:00:00", **changes: Any) -> Happened:
    event = Happened(receipt=f"order-{order_id}", interaction="purchase", order_id=order_id, products=bought, at=at)
    return replace(event, **changes)


def test_a_search_that_a_client_tells_of_too_counts_once_and_as_we_traced_it() -> None:
    ours = search("q1", "Lamp", LAMP, at="10:00:01")
    theirs = also(ours, "r0", source="web", at="2025-12-01 10:00:00", properties='{"query": "other"}', products=())
    alone = also(theirs, "r2", query_id="q2")

    assert ask([theirs, ours, alone], "select query_id, query, source, hits from searches order by query_id") == [
        ("q1", "lamp", "search", 1),
        ("q2", "other", "web", None),
    ]


def test_a_search_without_an_id_is_one_of_its_own() -> None:
    assert ask([also(search("q1"), "r1", query_id=None)], "select query_id from searches") == [("r1",)]


def test_a_query_is_compared_in_small_letters_with_single_blanks() -> None:
    assert ask([search("q1", "  Red   LAMP ")], "select query, asked from searches") == [("red lamp", "  Red   LAMP ")]


def test_typing_over_a_query_within_five_seconds_is_a_step_on_the_way() -> None:
    events = [
        search("q1", "la", at="10:00:00"),
        search("q2", "lam", at="10:00:05"),  # within five seconds of the one before
        search("q3", "lamp", at="10:00:11"),  # more than five after
        search("q4", "lamps", LAMP, at="10:00:12"),
        search("q5", "lampshade", at="10:00:13"),
        click("q4", "lamp"),  # so somebody looked
        search("q6", "kayak", at="10:00:14"),  # goes on with something else
        also(search("q7", "kayaks", at="10:00:15"), "r7", anonymous_id="a2"),  # somebody else
        also(search("q8", "b", at="10:00:16"), "r8", anonymous_id=None),  # nobody knows who
        also(search("q9", "ba", at="10:00:17"), "r9", anonymous_id=None),
    ]
    asked = ask(events, "select query_id, is_typing from searches order by query_id")
    assert [query_id for query_id, typing in asked if typing] == ["q1", "q3"]


def test_top_queries_count_first_pages_shoppers_empty_answers_and_clicks() -> None:
    events = [
        search("q1", "light", LAMP),
        search("q2", "Light", LAMP, at="11:00:00", page=1),  # its second page: no search of its own
        also(search("q3", "light", LAMP, at="12:00:00"), "r3", anonymous_id="a2"),
        search("q4", "light", at="13:00:00"),
        search("q5", "other", LAMP, index="other"),
        click("q1", "lamp"),
        click("q1", "mug"),
        click("q3", "lamp"),
    ]
    assert ask(events, "from top_queries order by index_name") == [
        ("other", "other", 1, 1, 0, 0, 0.0),
        ("products", "light", 3, len({"a1", "a2"}), 1, 2, 2 / 3),
    ]


def test_an_empty_query_is_browsing_and_stands_under_its_empty_text() -> None:
    assert ask([search("q1", "", LAMP)], "select query, searches from top_queries") == [("", 1)]


def test_queries_without_results_are_counted_with_those_that_had_conditions() -> None:
    events = [
        search("q1", "kayak"),
        search("q2", "kayak", at="11:00:00", filters='{"filters":"price < 3"}'),
        search("q3", "lamp", LAMP),
        also(search("q4", "told by a client"), "r4", properties='{"query": "unknown how many"}'),
    ]
    assert ask(events, "from no_result_queries") == [
        ("products", "kayak", 2, len({"a1"}), 1, datetime(2025, 12, 1, 11)),
    ]


def test_clicks_of_a_search_count_once_a_product_and_where_it_was_shown() -> None:
    events = [
        search("q1", "light", LAMP, MUG),
        search("q2", "light", replace(MUG, position=1), replace(LAMP, position=2), at="11:00:00"),
        search("q3", "light", LAMP, MUG, at="12:00:00"),
        click("q1", "mug"),
        click("q1", "mug", at="2025-12-01 10:02:00"),  # again: once
        click("q2", "mug"),
        click("q3", "tent"),  # was not shown
        click("unknown", "lamp"),
        click(None, "lamp"),
    ]
    day = date(2025, 12, 1)
    assert ask(events, "from search_clicks order by sku, position") == [
        ("light", "products", "lamp", 1, 2, 0, day),
        ("light", "products", "lamp", 2, 1, 0, day),
        ("light", "products", "mug", 1, 1, 1, day),
        ("light", "products", "mug", 2, 2, 1, day),
    ]
    assert ask(events, "from click_through_by_rank order by position") == [
        ("products", 1, 2 + 1, 0 + 1, 1 / 3),
        ("products", 2, 1 + 2, 0 + 1, 1 / 3),
    ]


def test_the_click_model_asks_for_one_index_since_a_day() -> None:
    events = [
        search("q1", "light", LAMP, MUG),
        replace(search("q2", "light", LAMP), at="2025-12-02 10:00:00"),
        replace(search("q3", "light", LAMP), at="2025-11-30 23:59:59"),  # too long ago
        search("q4", "", LAMP, at="12:00:00"),  # browsing
        click("q1", "mug"),
    ]
    assert ask(events, f"from ({question('products', date(2025, 12, 1))}) order by sku") == [
        ("light", "lamp", 1, 1 + 1, 0),
        ("light", "mug", 2, 1, 1),
    ]


def test_what_was_typed_over_was_shown_to_nobody() -> None:
    events = [search("q1", "la", LAMP), search("q2", "lamp", LAMP, at="10:00:01")]
    assert ask(events, "select query, shown from search_clicks") == [("lamp", 1)]


def revenue(*events: Happened) -> list[tuple[object, ...]]:
    asked = "select query, currency, orders, units, revenue from revenue_by_query order by query, currency"
    return ask([search("q1", "light", LAMP), search("q2", "cup", MUG), *events], asked)


def test_a_line_belongs_to_the_query_that_it_names_else_to_that_of_its_order() -> None:
    lamp = Bought(sku="lamp", quantity=2, price="1.5", query_id="q2")
    mug = Bought(sku="mug", quantity=3, price="0.25")
    assert revenue(purchase(lamp, mug, query_id="q1")) == [
        ("cup", "GBP", 1, 2, 2 * Decimal("1.5")),
        ("light", "GBP", 1, 3, 3 * Decimal("0.25")),
    ]


def test_else_to_the_last_click_of_the_same_shopper_on_the_product_within_thirty_days() -> None:
    lamp = Bought(sku="lamp", quantity=1, price="4")
    first, last = click("q1", "lamp", at="2025-12-01 10:00:00"), click("q2", "lamp", at="2025-12-01 11:00:00")
    assert revenue(first, last, purchase(lamp)) == [("cup", "GBP", 1, 1, 4)]
    other = click("q2", "mug", at="2025-12-01 12:00:00")
    stranger = click("q2", "lamp", at="2025-12-01 12:00:00", anonymous_id="a2")
    later = click("q2", "lamp", at="2025-12-02 10:00:01")
    assert revenue(first, other, stranger, later, purchase(lamp)) == [("light", "GBP", 1, 1, 4)]


def test_after_thirty_days_a_click_is_forgotten() -> None:
    lamp = Bought(sku="lamp", quantity=1, price="4")
    on_the_day, late = "2025-12-31 10:00:00", "2025-12-31 10:00:01"
    clicked = click("q1", "lamp", at="2025-12-01 10:00:00")
    assert revenue(clicked, purchase(lamp, at=on_the_day)) == [("light", "GBP", 1, 1, 4)]
    assert revenue(clicked, purchase(lamp, at=late)) == []


def test_a_shopper_who_is_known_meanwhile_is_the_same() -> None:
    lamp = Bought(sku="lamp", quantity=1, price="4")
    clicked = click("q1", "lamp", shopper_id="u1")
    assert revenue(clicked, purchase(lamp, shopper_id="u1", anonymous_id="a9")) == [("light", "GBP", 1, 1, 4)]


def test_an_order_told_twice_counts_once_and_its_lines_add_up() -> None:
    lamp = Bought(sku="lamp", quantity=1, price="4", query_id="q1")
    order = purchase(lamp, lamp, revenue="8")
    assert revenue(order, also(order, "again", at="2025-12-03 10:00:00")) == [("light", "GBP", 1, 1 + 1, 4 + 4)]
    second = purchase(replace(lamp, price="5"), order_id="o2", currency="EUR")
    assert revenue(order, second) == [("light", "EUR", 1, 1, 5), ("light", "GBP", 1, 2, 8)]


def test_absurd_amounts_do_not_break_revenue() -> None:
    huge = Bought(sku="lamp", quantity=2**63 - 1, price="999999999999", query_id="q1")
    assert revenue(purchase(huge)) == [("light", "GBP", 1, 1_000_000, 1_000_000 * Decimal(999999999999))]


def test_searches_are_rows_of_ubi() -> None:
    event = search("q1", "Lmp", LAMP, MUG, searched="lamp")
    asked = "select query_id, user_query, query, query_response_hit_ids, client_id, application from ubi_queries"
    assert ask([event], asked) == [("q1", "Lmp", "lamp", ["lamp", "mug"], "a1", "products")]
    assert ask([event], "select timestamp, object_id_field from ubi_queries") == [
        (datetime(2025, 12, 1, 10), "objectID"),
    ]


def test_a_ubi_row_of_a_client_keeps_its_own_words() -> None:
    sent = {"query": "lamp", "application": "shop", "query_response_id": "r1", "object_id_field": "sku"}
    event = also(search("q1"), "r1", properties=json.dumps(sent), products=())
    asked = "select application, query_response_id, object_id_field, query_response_hit_ids from ubi_queries"
    assert ask([event], asked) == [("shop", "r1", "sku", None)]


def test_what_shoppers_did_are_rows_of_ubi_one_a_product() -> None:
    both = click("q1", "x", products=(Bought(sku='la"mp\\', position=3), Bought(sku="mug", query_id="q2")))
    asked = "select action_name, query_id, object_id, ordinal, event_attributes from ubi_events order by object_id"
    first, second = ask([both, search("q9")], asked)
    assert first[:4] == ("click", "q1", 'la"mp\\', 3)
    assert json.loads(str(first[4])) == {
        "object": {"object_id": 'la"mp\\', "object_id_field": "objectID"},
        "position": {"ordinal": 3},
    }
    assert second[:4] == ("click", "q2", "mug", None)
    assert "position" not in json.loads(str(second[4]))


def test_an_action_without_a_product_is_a_row_and_a_page_is_none() -> None:
    sent = json.dumps({"action_name": "watch", "message_type": "INFO", "message": "m", "query": "lamp"})
    events = [
        Happened(receipt="r1", name="watch", properties=sent, query_id="q1", shopper_id="u1"),
        Happened(receipt="r2", type="page", page_path="/"),
        Happened(receipt="r3", name="Newsletter Joined"),
    ]
    asked = (
        "select action_name, message_type, message, user_query, query_id, client_id, user_id, session_id, object_id"
        " from ubi_events order by action_name"
    )
    assert ask(events, asked) == [
        ("Newsletter Joined", "INFO", None, None, None, "a1", None, "s1", None),
        ("watch", "INFO", "m", "lamp", "q1", "a1", "u1", "s1", None),
    ]


def test_what_a_search_shows_is_no_interaction_with_it() -> None:
    events = [search("q1", "light", LAMP, MUG), click("q1", "lamp")]
    assert ask(events, "select interaction, line, sku, query_id from interactions order by interaction") == [
        ("click", 1, "lamp", "q1"),
        ("search", 0, None, "q1"),
    ]
