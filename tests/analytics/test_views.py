"""Each view over a few lines, with the arithmetic of the right answer in the expectation."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from tests.analytics.hand_rows import Line, database, duckdb_type, return_of
from tradewind.lake import sql
from tradewind.lake.tables import VIEWS, View

LAMP = Line(stock_code="10001", description="LAMP", unit_price="1.5")
MUG = Line(stock_code="20002", description="MUG", unit_price="0.255")
POSTAGE = Line(invoice_no="101", stock_code="POST", description="POSTAGE", unit_price="18", is_merchandise=False)


def line(like: Line, **changes: object) -> Line:
    """Return `like` with `changes` (its total is reckoned anew)."""
    values = {name: getattr(like, name) for name in Line.__dataclass_fields__} | changes
    return Line(**values)


def view(name: str, lines: Iterable[Line]) -> list[tuple[object, ...]]:
    """Return the rows of view `name` over `lines`, by key."""
    return database(lines).execute(f"select * from {name} order by 1").fetchall()


def money(text: str) -> Decimal:
    return Decimal(text)


def test_a_day_adds_up_its_sale_lines_and_counts_an_invoice_once() -> None:
    lines = [
        line(LAMP, invoice_no="100", quantity=2),
        line(MUG, invoice_no="100", quantity=10),
        line(LAMP, invoice_no="101", quantity=1, invoice_date="2011-01-31 23:59:59"),
        line(LAMP, invoice_no="102", quantity=4, invoice_date="2011-02-01 00:00:00"),
    ]
    first = 2 * money("1.5") + 10 * money("0.255") + 1 * money("1.5")
    second = 4 * money("1.5")
    assert view("daily_sales", lines) == [
        (date(2011, 1, 31), 2, 2 + 10 + 1, first, 0, first),
        (date(2011, 2, 1), 1, 4, second, 0, second),
    ]


def test_a_return_counts_on_its_own_day_and_not_as_an_order() -> None:
    bought = line(LAMP, quantity=5)
    lines = [bought, return_of(bought, units=2, day="2011-02-03")]
    assert view("daily_sales", lines) == [
        (date(2011, 1, 31), 1, 5, 5 * money("1.5"), 0, 5 * money("1.5")),
        (date(2011, 2, 3), 0, 0, 0, -2 * money("1.5"), -2 * money("1.5")),
    ]


def test_a_return_on_the_day_of_sales_leaves_revenue_gross() -> None:
    bought = line(LAMP, quantity=5)
    lines = [bought, return_of(bought, units=2, day="2011-01-31")]
    assert view("daily_sales", lines) == [
        (date(2011, 1, 31), 1, 5, 5 * money("1.5"), -2 * money("1.5"), (5 - 2) * money("1.5"))
    ]


@pytest.mark.parametrize("name", [v.name for v in VIEWS if v.name != "shared_invoices"])
def test_what_is_not_merchandise_appears_nowhere(name: str) -> None:
    assert view(name, [POSTAGE, return_of(POSTAGE, units=1, day="2011-02-03")]) == []


@pytest.mark.parametrize("name", [v.name for v in VIEWS])
def test_no_lines_give_no_rows(name: str) -> None:
    assert view(name, []) == []


def test_guests_count_in_the_days_the_products_and_the_countries() -> None:
    lines = [line(LAMP, customer_id=None, quantity=2)]
    total = 2 * money("1.5")
    assert view("daily_sales", lines) == [(date(2011, 1, 31), 1, 2, total, 0, total)]
    assert view("popular_products", lines) == [("10001", "LAMP", 1, 2, total, 0, total)]
    assert view("sales_by_country", lines) == [("Norway", 0, 1, 2, total, 0, total)]


@pytest.mark.parametrize("name", ["top_customers", "customer_metrics"])
def test_guests_are_not_customers(name: str) -> None:
    assert view(name, [line(LAMP, customer_id=None)]) == []


def test_a_product_has_the_description_that_most_of_its_sale_lines_carry() -> None:
    lines = [
        line(LAMP, description="LAMP", quantity=100),
        line(LAMP, description="LAMP, RED", invoice_no="101", quantity=1),
        line(LAMP, description="LAMP, RED", invoice_no="102", quantity=1),
    ]
    units = 100 + 1 + 1
    assert view("popular_products", lines) == [
        ("10001", "LAMP, RED", 3, units, units * money("1.5"), 0, units * money("1.5"))
    ]


def test_of_equally_frequent_descriptions_the_smallest_text_is_taken() -> None:
    lines = [line(LAMP, description=text, quantity=1) for text in ("lamp", "ÅMP", "LAMP", "Lamp")]
    assert [row[:2] for row in view("popular_products", lines)] == [("10001", "LAMP")]


def test_descriptions_of_returns_do_not_count() -> None:
    bought = line(LAMP, quantity=5)
    lines = [bought] + [
        return_of(line(LAMP, description="BROKEN"), units=1, day="2011-02-03", invoice_no=f"C{n}") for n in range(3)
    ]
    assert [row[:2] for row in view("popular_products", lines)] == [("10001", "LAMP")]


def test_a_missing_description_is_not_a_description() -> None:
    lines = [line(LAMP, description=None), line(LAMP, description=None), line(LAMP, description="LAMP")]
    assert [row[:2] for row in view("popular_products", lines)] == [("10001", "LAMP")]


def test_a_product_that_only_came_back_has_no_description_and_no_revenue() -> None:
    returned = return_of(line(MUG, quantity=0), units=4, day="2011-02-03")
    assert view("popular_products", [returned]) == [
        ("20002", None, 0, 0, 0, -4 * money("0.255"), -4 * money("0.255")),
    ]


def test_a_country_counts_its_customers_once_and_its_guests_not() -> None:
    lines = [
        line(LAMP, customer_id="1", quantity=1),
        line(LAMP, customer_id="1", invoice_no="101", quantity=1),
        line(LAMP, customer_id="2", invoice_no="102", quantity=1),
        line(LAMP, customer_id=None, invoice_no="103", quantity=1),
        line(LAMP, customer_id="9", invoice_no="104", quantity=3, country="France"),
    ]
    assert view("sales_by_country", lines) == [
        ("France", 1, 1, 3, 3 * money("1.5"), 0, 3 * money("1.5")),
        ("Norway", 2, 4, 4, 4 * money("1.5"), 0, 4 * money("1.5")),
    ]


def test_who_only_returned_is_no_customer_of_the_country_but_the_country_is_there() -> None:
    lines = [return_of(line(LAMP, quantity=0), units=3, day="2011-02-03")]
    assert view("sales_by_country", lines) == [("Norway", 0, 0, 0, 0, -3 * money("1.5"), -3 * money("1.5"))]


def test_lines_without_a_country_are_one_group() -> None:
    lines = [line(LAMP, country=None, quantity=2)]
    assert view("sales_by_country", lines) == [(None, 1, 1, 2, 2 * money("1.5"), 0, 2 * money("1.5"))]


def test_a_customer_who_only_returned_appears_with_nothing_bought() -> None:
    bought = line(LAMP, customer_id="1", quantity=5)
    lines = [
        bought,
        return_of(bought, units=1, day="2011-02-03"),
        return_of(line(MUG, customer_id="2"), units=2, day="2011-02-03", invoice_no="C901"),
    ]
    assert view("top_customers", lines) == [
        ("1", 1, 5, 5 * money("1.5"), -1 * money("1.5"), (5 - 1) * money("1.5")),
        ("2", 0, 0, 0, -2 * money("0.255"), -2 * money("0.255")),
    ]


def test_metrics_of_a_customer_are_gross_of_returns() -> None:
    first = line(LAMP, invoice_no="100", quantity=2, invoice_date="2011-01-31 23:00:00")
    lines = [
        first,
        line(MUG, invoice_no="100", quantity=3, invoice_date="2011-01-31 23:00:00"),
        line(LAMP, invoice_no="101", quantity=2, invoice_date="2011-02-02 01:00:00"),
        return_of(first, units=2, day="2011-02-20"),
    ]
    spent = 2 * money("1.5") + 3 * money("0.255") + 2 * money("1.5")
    assert view("customer_metrics", lines) == [
        ("1", spent, 2, (2 + 3 + 2) / 2, 0, date(2011, 1, 31), date(2011, 2, 2)),
    ]


def test_recency_counts_calendar_days_to_the_last_sale_of_anybody() -> None:
    lines = [
        line(LAMP, customer_id="1", invoice_no="100", invoice_date="2011-02-27 23:59:00"),
        line(LAMP, customer_id="2", invoice_no="101", invoice_date="2011-02-28 00:01:00"),
        line(LAMP, customer_id=None, invoice_no="102", invoice_date="2011-03-02 08:00:00"),
        return_of(LAMP, units=1, day="2011-03-20"),
        line(POSTAGE, invoice_date="2011-03-21 08:00:00"),
    ]
    assert [(row[0], row[4]) for row in view("customer_metrics", lines)] == [("1", 1 + 2), ("2", 2)]


def test_a_customer_who_only_returned_has_no_metrics() -> None:
    assert view("customer_metrics", [return_of(LAMP, units=1, day="2011-02-03")]) == []


def test_an_invoice_in_two_loads_is_shared_and_still_one_order() -> None:
    lines = [
        line(LAMP, load="b.csv", invoice_no="100", quantity=1),
        line(LAMP, load="a.csv", invoice_no="100", quantity=1),
        line(MUG, load="a.csv", invoice_no="100", quantity=1),
        line(LAMP, load="a.csv", invoice_no="101", quantity=1),
    ]
    assert view("shared_invoices", lines) == [("100", 2, "a.csv", "b.csv")]
    assert [row[1] for row in view("daily_sales", lines)] == [2]


@pytest.mark.parametrize("declared", VIEWS, ids=lambda declared: declared.name)
def test_a_view_returns_the_columns_that_are_declared(declared: View) -> None:
    returned = describe(database([LAMP]), f"from {declared.name}")
    assert returned == [(c.name, duckdb_type(c.type)) for c in declared.columns]


def test_there_is_a_file_for_each_declared_view_and_no_other() -> None:
    assert sorted(sql.view_names()) == sorted(declared.name for declared in VIEWS)


def describe(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    rows = con.execute(f"describe {query}").fetchall()
    # DuckDB writes DECIMAL(18,3) as the lake does.
    return [(name, kind) for name, kind, *_ in rows]
