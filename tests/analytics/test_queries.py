"""The named queries over a few lines, and Trino's grammar over every file."""

import os
import subprocess
from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest

from tests.analytics.hand_rows import Bought, Happened, Line, Quarantined, database, insert, return_of
from tests.real_data import ROOT, shared_path
from tradewind.lake import sql

LAMP = Line(stock_code="10001", description="LAMP", unit_price="1.5")


def ask(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple[object, ...]]:
    return con.execute(sql.transpile(sql.read_sql(f"queries/{name}.sql"), "duckdb")).fetchall()


def on(day: str, *, units: int, invoice: str, customer: str = "1", country: str = "Norway") -> Line:
    """Return a sale of `units` lamps at 1.50."""
    return replace(
        LAMP, invoice_date=f"{day} 10:00:00", quantity=units, invoice_no=invoice, customer_id=customer, country=country
    )


@pytest.mark.parametrize("name", sql.query_names())
def test_a_named_query_says_first_what_it_answers_and_runs_on_an_empty_lake(name: str) -> None:
    assert sql.read_sql(f"queries/{name}.sql").startswith("-- ")
    rows = ask(database(), name)
    assert rows == ([(0, 0, None)] if name == "repeat_purchase_rate" else [])


def test_the_best_day_comes_first() -> None:
    lines = [on("2011-01-31", units=1, invoice="100"), on("2011-02-01", units=3, invoice="101")]
    assert [str(row[0]) for row in ask(database(lines), "best_days")] == ["2011-02-01", "2011-01-31"]


def test_a_month_is_compared_with_the_one_before() -> None:
    lines = [on("2011-01-31", units=2, invoice="100"), on("2011-02-01", units=3, invoice="101")]
    assert ask(database(lines), "monthly_revenue") == [
        ("2011-01", 1, 2 * Decimal("1.5"), 0, None),
        ("2011-02", 1, 3 * Decimal("1.5"), 0, 3 / 2 - 1),
    ]


def test_one_of_two_customers_came_back() -> None:
    lines = [
        on("2011-01-31", units=1, invoice="100", customer="1"),
        on("2011-02-01", units=1, invoice="101", customer="1"),
        on("2011-02-01", units=1, invoice="102", customer="2"),
    ]
    assert ask(database(lines), "repeat_purchase_rate") == [(2, 1, 1 / 2)]


def test_the_month_by_country_reads_that_month() -> None:
    lines = [
        on("2011-10-31", units=9, invoice="100"),
        on("2011-11-01", units=1, invoice="101"),
        on("2011-11-30", units=2, invoice="102", country="France"),
    ]
    assert ask(database(lines), "one_month_by_country") == [
        ("France", 1, 2 * Decimal("1.5")),
        ("Norway", 1, 1 * Decimal("1.5")),
    ]


def test_a_returned_product_shows_its_share() -> None:
    bought = on("2011-01-31", units=4, invoice="100")
    lines = [bought, return_of(bought, units=1, day="2011-02-03")]
    assert ask(database(lines), "most_returned_products") == [
        ("10001", "LAMP", 4 * Decimal("1.5"), -1 * Decimal("1.5"), 1 / 4)
    ]


def test_best_products_are_by_what_is_left_after_returns() -> None:
    lamp, mug = (replace(on("2011-01-31", units=4, invoice="100"), stock_code=code) for code in ("10001", "20002"))
    lines = [lamp, mug, return_of(lamp, units=1, day="2011-02-03")]
    assert [row[0] for row in ask(database(lines), "best_products")] == ["20002", "10001"]


def test_a_good_customer_who_stayed_away_for_more_than_ninety_days_has_lapsed() -> None:
    orders = [on("2011-01-01", units=1, invoice=f"10{n}", customer="1") for n in range(3)]
    on_day_90 = [on("2011-01-02", units=1, invoice=f"11{n}", customer="2") for n in range(3)]
    last = on("2011-04-02", units=1, invoice="120", customer="3")
    rows = ask(database([*orders, *on_day_90, last]), "lapsed_customers")
    assert [(row[0], row[4]) for row in rows] == [("1", 30 + 28 + 31 + 2)]


def test_quarantine_is_counted_by_reason() -> None:
    rows = [
        Quarantined(source_row=1),
        Quarantined(source_row=2),
        Quarantined(source_row=3, reason="duplicate", total_price="2.5"),
    ]
    assert ask(database(quarantined=rows), "quarantine_by_reason") == [
        ("a.csv", "no_price", 2, 0),
        ("a.csv", "duplicate", 1, Decimal("2.5")),
    ]


def test_only_checks_that_failed_are_shown() -> None:
    con = database()
    result = {"load": "a.csv", "table_name": "sales", "severity": "error", "failing_rows": 1, "sample": "[]"}
    insert(con, "quality_checks", [result | {"check_name": name, "passed": name == "good"} for name in ("good", "bad")])
    assert [row[3] for row in ask(con, "failed_checks")] == ["bad"]


SEEN = Happened(receipt="e1", interaction="view")
ADDED = Happened(receipt="e2", interaction="add_to_cart", products=(Bought(quantity=3),), at="2025-12-01 10:01:00")
ORDERED = Happened(receipt="e3", interaction="purchase", order_id="100", revenue="4.5", at="2025-12-01 10:02:00")


def test_one_of_two_sessions_on_a_desktop_ordered() -> None:
    events = [
        SEEN,
        ADDED,
        ORDERED,
        replace(SEEN, receipt="e4", session_id="s2"),
        replace(SEEN, receipt="e5", session_id="s3", device_type="mobile"),
    ]
    assert ask(database(events=events), "conversion_by_device") == [
        ("desktop", 2, 2, 1, 1, 1 / 2, 4.5 / 2),
        ("mobile", 1, 1, 0, 0, 0, 0),
    ]


def test_a_cart_is_left_where_something_is_in_it_and_nothing_was_ordered() -> None:
    taken_out = replace(ADDED, receipt="e4", interaction="remove_from_cart", products=(Bought(quantity=1),))
    emptied = [
        replace(event, receipt=f"e5{event.receipt}", session_id="s2", products=(Bought(quantity=3),))
        for event in (ADDED, taken_out)
    ]
    ordered = [replace(event, receipt=f"e6{event.receipt}", session_id="s3") for event in (ADDED, ORDERED)]
    rows = ask(database(events=[ADDED, taken_out, *emptied, *ordered]), "left_carts")
    assert [(row[0], *row[3:]) for row in rows] == [("s1", "10001", 3 - 1, (3 - 1) * Decimal("1.5"))]


def test_a_search_after_which_nothing_is_looked_at_led_nowhere() -> None:
    def search(text: str, receipt: str, minute: int) -> Happened:
        at = f"2025-12-01 10:{minute:02d}:00"
        return Happened(receipt=receipt, interaction="search", properties=f'{{"query": "{text}"}}', at=at)

    events = [search("Lamp", "e1", 1), search("lamp", "e2", 2), replace(SEEN, receipt="e3", at="2025-12-01 10:03:00")]
    assert ask(database(events=[*events, search("mug", "e4", 4)]), "searches_without_click") == [
        ("mug", 1, 1, 1.0),
        ("lamp", 2, 1, 1 / 2),
    ]


def test_purchases_and_refunds_that_are_in_no_order_are_shown_with_the_reason() -> None:
    events = [
        ORDERED,
        replace(ORDERED, receipt="e4", order_id=None),
        replace(ORDERED, receipt="e5", order_id="999", interaction="refund"),
        replace(ORDERED, receipt="e6", interaction="refund"),
    ]
    rows = ask(database(events=events), "orders_left_out")
    assert [(row[6], row[3]) for row in rows] == [("e4", "no order id"), ("e5", "no such order")]


def test_the_month_by_product_reads_that_month() -> None:
    seen = replace(SEEN, products=(Bought(),))
    bought = replace(ORDERED, products=(Bought(quantity=3),))
    events = [seen, replace(seen, receipt="e4"), bought, replace(seen, receipt="e5", at="2025-11-30 10:00:00")]
    assert ask(database(events=events), "one_month_by_product") == [("10001", 2, 0, 1, 1 / 2)]


def test_every_file_is_one_trino_statement_that_reads() -> None:
    checker = shared_path("trino/check-sql")
    done = subprocess.run(
        [checker, ROOT / "analytics/sql"], capture_output=True, text=True, check=False, env=os.environ
    )
    files = list((ROOT / "analytics/sql").rglob("*.sql"))
    assert (done.returncode, done.stderr.strip()) == (0, f"{len(files)} statements, 0 problems, 0 skipped"), done.stdout


def test_views_neither_order_nor_limit() -> None:
    for name in sql.view_names():
        words = sql.read_sql(f"views/{name}.sql").lower().split()
        assert "limit" not in words
        assert "\norder by" not in sql.read_sql(f"views/{name}.sql").lower()


def test_the_documentation_names_every_view_query_and_check() -> None:
    text = (ROOT / "docs/sql.md").read_text(encoding="utf-8")
    checks = [name for table in ("sales", "sales_quarantine") for name in sql.check_names(table)]
    assert [name for name in (*sql.view_names(), *sql.query_names(), *checks) if name not in text] == []
