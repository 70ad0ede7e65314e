"""The cleaning rules on rows made by hand: each row's place is visible in the test."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sales.files import MORNING, Row, csv_file, row
from tradewind.config import Limits
from tradewind.lake.tables import FIRST_MONTH, LAST_MONTH, SALES, SALES_QUARANTINE
from tradewind.sales.cleaning import CleanedLoad, clean
from tradewind.sales.reading import open_sales


def cleaned(rows: Sequence[Row], into: Path) -> CleanedLoad:
    with duckdb.connect() as con:
        open_sales(con, [csv_file(rows)], columns={}, limits=Limits())
        return clean(con, load="sales.csv", into=into)


def answers(rows: Sequence[Row], select: str, into: Path) -> list[tuple[Any, ...]]:
    """Return the answer of `select` over sales and sales_quarantine, after cleaning `rows`."""
    with duckdb.connect() as con:
        open_sales(con, [csv_file(rows)], columns={}, limits=Limits())
        clean(con, load="sales.csv", into=into)
        return con.execute(select).fetchall()


def fate(cells: Row, into: Path) -> tuple[str, str | None]:
    """Return what became of one row: its line type and None, or its reason and detail."""
    select = "select line_type, null from sales union all select reason, detail from sales_quarantine"
    (outcome,) = answers([cells], select, into)
    return outcome


# the rules


@pytest.mark.parametrize(
    ("cells", "outcome"),
    [
        (row(), "sale"),
        (row(invoice_no="C536379", quantity="-1"), "return"),
        (row(invoice_no="c536379", quantity="-1"), "return"),
        (row(invoice_no="A563185", stock_code="B", quantity="1", unit_price="11062.06"), "adjustment"),
        (row(invoice_no="A563186", quantity="x", unit_price="-11062.06", invoice_date="?"), "adjustment"),
        (row(invoice_no="5363-65"), "adjustment"),
        (row(invoice_no="C"), "adjustment"),
        (row(unit_price="0"), "no_price"),
        (row(unit_price="-1.5", quantity="-3"), "no_price"),
        (row(unit_price="0", quantity="many", invoice_date="?"), "no_price"),
        (row(invoice_no="", unit_price="0"), "no_price"),
        (row(invoice_no=""), "other"),
        (row(quantity="0"), "other"),
        (row(quantity="-1"), "other"),
        (row(invoice_no="C536379", quantity="1"), "other"),
    ],
)
def test_the_first_rule_that_matches_decides(cells: Row, outcome: str, tmp_path: Path) -> None:
    assert fate(cells, tmp_path)[0] == outcome


@pytest.mark.parametrize(
    ("cells", "detail"),
    [
        (row(invoice_no="A563185"), "invoice_no 'A563185' is neither digits nor C and digits"),
        (row(unit_price="0.0"), "unit_price '0.0' is not above 0"),
        (row(invoice_no=""), "invoice_no is empty"),
        (row(stock_code=" "), "stock_code is empty"),
        (row(quantity=""), "quantity is empty"),
        (row(quantity="six"), "quantity 'six' is not a whole number up to 2147483647"),
        (row(quantity="1.5"), "quantity '1.5' is not a whole number up to 2147483647"),
        (row(quantity="1,000"), "quantity '1,000' is not a whole number up to 2147483647"),
        (row(quantity="2147483648"), "quantity '2147483648' is not a whole number up to 2147483647"),
        (row(quantity="-4"), "quantity '-4' is not above 0 on an invoice of digits"),
        (row(invoice_no="C1", quantity="4"), "quantity '4' is not below 0 on an invoice of C and digits"),
        (row(unit_price=""), "unit_price is empty"),
        (row(unit_price="£2"), "unit_price '£2' is not a number below 1000000000000"),
        (row(unit_price="2,50"), "unit_price '2,50' is not a number below 1000000000000"),
        (row(unit_price="1e12"), "unit_price '1e12' is not a number below 1000000000000"),
        (row(invoice_date=""), "invoice_date is empty"),
        (row(invoice_date="yesterday"), "invoice_date 'yesterday' is not a date from 1990 to 2049"),
        (row(invoice_date="2011-02-29"), "invoice_date '2011-02-29' is not a date from 1990 to 2049"),
        (row(invoice_date="1989-12-31"), "invoice_date '1989-12-31' is not a date from 1990 to 2049"),
        (row(invoice_date="2050-01-01"), "invoice_date '2050-01-01' is not a date from 1990 to 2049"),
        (row(invoice_date="31/2/2011 8:26"), "invoice_date '31/2/2011 8:26' is not a date from 1990 to 2049"),
        (
            row(quantity="1000000", unit_price="999999999999"),
            "quantity '1000000' x unit_price '999999999999' is not below 1000000000000000",
        ),
    ],
)
def test_the_detail_names_the_cell_that_is_why(cells: Row, detail: str, tmp_path: Path) -> None:
    assert fate(cells, tmp_path)[1] == detail


# duplicates


def test_a_row_equal_in_all_eight_cells_is_a_duplicate_of_the_first(tmp_path: Path) -> None:
    rows = [row(), row("2"), row(), row("2"), row()]
    assert answers(
        rows, "select source_row, reason, detail, total_price from sales_quarantine order by source_row", tmp_path
    ) == [
        (3, "duplicate", "the same as row 1", Decimal("15.300")),
        (4, "duplicate", "the same as row 2", Decimal("15.300")),
        (5, "duplicate", "the same as row 1", Decimal("15.300")),
    ]


@pytest.mark.parametrize("empty", range(8))
def test_empty_cells_are_equal_to_each_other(empty: int, tmp_path: Path) -> None:
    cells = [*row()]
    cells[empty] = ""
    duplicates = "select source_row from sales_quarantine where reason = 'duplicate'"
    assert answers([cells, row("9"), cells], duplicates, tmp_path) == [(3,)]


@pytest.mark.parametrize("changed", range(8))
def test_one_different_cell_makes_another_row(changed: int, tmp_path: Path) -> None:
    cells = [*row()]
    cells[changed] += "0"
    assert cleaned([row(), cells], tmp_path).counts.quarantined.get("duplicate", 0) == 0


def test_rows_that_are_equal_only_after_trimming_are_both_kept(tmp_path: Path) -> None:
    assert cleaned([row(), row(description="LANTERN ")], tmp_path).counts.sales == 2


def test_a_second_adjustment_is_a_duplicate_first(tmp_path: Path) -> None:
    rows = [row("A1"), row("A1")]
    assert cleaned(rows, tmp_path).counts.quarantined == {"adjustment": 1, "duplicate": 1}


# what a clean row holds


def test_codes_are_upper_case_and_texts_are_trimmed(tmp_path: Path) -> None:
    cells = row(" c1 ", "85123a", "  A  B\t ", " -2 ", " 2010-12-01 ", " 1.5 ", "\u00a017850.0", " Eire\n")
    assert answers([cells], "select * exclude (source_row, load) from sales", tmp_path) == [
        ("C1", "85123A", "A  B", -2, MORNING.replace(hour=0, minute=0), Decimal("1.500000"), "17850", "Eire",
         "return", True, Decimal("-3.000"), "2010-12"),
    ]  # fmt: skip


def test_a_guest_has_no_customer_and_a_blank_description_is_none(tmp_path: Path) -> None:
    select = "select customer_id, description, country from sales"
    assert answers([row(customer_id="", description="  ", country="")], select, tmp_path) == [(None, None, None)]


@pytest.mark.parametrize(
    ("code", "text"), [("17850.0", "17850"), ("17850", "17850"), ("17850.5", "17850.5"), ("X.0", "X.0")]
)
def test_a_customer_loses_the_point_zero_of_a_floating_point_number(code: str, text: str, tmp_path: Path) -> None:
    assert answers([row(customer_id=code)], "select customer_id from sales", tmp_path) == [(text,)]


def test_invoice_and_stock_code_lose_the_point_zero_too(tmp_path: Path) -> None:
    cells = row(invoice_no="536365.0", stock_code="22423.0")
    assert answers([cells], "select invoice_no, stock_code from sales", tmp_path) == [("536365", "22423")]


@pytest.mark.parametrize(
    ("code", "merchandise"),
    [("22423", True), ("85123a", True), ("15056BL", True), ("POST", False), ("2242", False), ("224234", False)],
)
def test_merchandise_is_five_digits_and_letters(code: str, merchandise: bool, tmp_path: Path) -> None:
    assert answers([row(stock_code=code)], "select is_merchandise from sales", tmp_path) == [(merchandise,)]


@pytest.mark.parametrize(
    ("quantity", "price", "total"),
    [
        ("6", "2.55", "15.300"),
        ("3", "0.0005", "0.002"),  # 0.0015: half goes away from zero
        ("1", "0.0004", "0.000"),
        ("1000", "0.000125", "0.125"),  # the price is not rounded before it is multiplied
        ("2", "1e-1", "0.200"),
        ("6.0", ".5", "3.000"),
    ],
)
def test_the_total_is_quantity_times_price_to_the_third_decimal(
    quantity: str, price: str, total: str, tmp_path: Path
) -> None:
    rows = [row(quantity=quantity, unit_price=price), row("C1", quantity=f"-{quantity}", unit_price=price)]
    select = "select total_price from sales order by source_row"
    assert answers(rows, select, tmp_path) == [(Decimal(total),), (-Decimal(total),)]


# dates


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("2010-12-01", "2010-12-01 00:00:00"),
        ("2010-12-01 08:26", "2010-12-01 08:26:00"),
        ("2010-12-01T08:26:30", "2010-12-01 08:26:30"),
        ("2010-12-01 08:26:30.25", "2010-12-01 08:26:30.25"),
        ("31/12/2010", "2010-12-31 00:00:00"),
        ("31/12/2010 8:26", "2010-12-31 08:26:00"),
        ("12/31/2010 8:26", "2010-12-31 08:26:00"),
        ("12/31/2010 18:26:05", "2010-12-31 18:26:05"),
        ("40513", "2010-12-01 00:00:00"),  # the 40,513th day after 1899-12-30
        ("40513.351388889", "2010-12-01 08:26:00"),  # .351388889 x 1,440 minutes = 506 = 8 x 60 + 26
    ],
)
def test_every_documented_form_of_a_date_is_read(text: str, read_as: str, tmp_path: Path) -> None:
    select = "select cast(invoice_date as varchar), month from sales"
    assert answers([row(invoice_date=text)], select, tmp_path) == [(read_as, read_as[:7])]


# files


def test_each_month_has_one_file_in_the_order_of_the_rows(tmp_path: Path) -> None:
    rows = [row(str(n), invoice_date=f"2011-0{1 + n % 3}-05 10:00:00") for n in range(30)]
    load = cleaned(rows, tmp_path)
    assert load.months == ("2011-01", "2011-02", "2011-03")
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == [f"clean/month={month}/00000.parquet" for month in load.months]
    january = pq.read_table(tmp_path / files[0], partitioning=None)
    assert january["source_row"].to_pylist() == [1 + n for n in range(0, 30, 3)]
    assert set(january["load"].to_pylist()) == {"sales.csv"}


ARROW_TYPES = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
    "decimal(18,6)": pa.decimal128(18, 6),
    "decimal(18,3)": pa.decimal128(18, 3),
}


def test_the_files_have_the_columns_and_types_of_the_tables(tmp_path: Path) -> None:
    cleaned([row(), row("A1")], tmp_path)
    for table, file in ((SALES, "clean/month=2010-12/00000.parquet"), (SALES_QUARANTINE, "quarantine/00000.parquet")):
        schema = pq.read_schema(tmp_path / file)
        assert [(field.name, field.type) for field in schema] == [
            (column.name, ARROW_TYPES[column.type]) for column in table.columns
        ]


def test_the_quarantine_keeps_every_cell_as_it_was_in_the_file(tmp_path: Path) -> None:
    cells = row(" a1 ", "x", " D ", " 06 ", "?", "1,5", "17850.0", " UK ")
    cleaned([cells], tmp_path)
    kept = pq.read_table(tmp_path / "quarantine/00000.parquet").to_pylist()
    assert [tuple(record.values()) for record in kept] == [
        (*cells, "adjustment", "invoice_no ' a1 ' is neither digits nor C and digits", None, 1, "sales.csv")
    ]


def test_a_load_without_clean_rows_has_a_quarantine_alone(tmp_path: Path) -> None:
    load = cleaned([row("A1")], tmp_path)
    assert (load.counts.clean, load.months) == (0, ())
    assert [path.name for path in tmp_path.iterdir()] == ["quarantine"]


def test_counts_and_money_are_given_for_each_place(tmp_path: Path) -> None:
    rows = [
        row(quantity="6", unit_price="2.55"),  # 15.300
        row(quantity="6", unit_price="2.55"),  # again
        row("C2", quantity="-2", unit_price="1.25"),  # -2.500
        row("A3", quantity="1", unit_price="-5"),  # -5.000
        row("4", quantity="7", unit_price="0"),
        row("5", quantity="x", unit_price="9"),
    ]
    load = cleaned(rows, tmp_path)
    assert (load.counts.read, load.counts.sales, load.counts.returns) == (6, 1, 1)
    assert load.counts.quarantined == {"duplicate": 1, "adjustment": 1, "no_price": 1, "other": 1}
    assert load.money == {
        "sale": Decimal("15.300"),
        "return": Decimal("-2.500"),
        "duplicate": Decimal("15.300"),
        "adjustment": Decimal("-5.000"),
        "no_price": Decimal("0.000"),
        "other": Decimal("0.000"),
    }


def test_a_name_with_quotes_is_only_a_name(tmp_path: Path) -> None:
    with duckdb.connect() as con:
        open_sales(con, [csv_file([row()])], columns={}, limits=Limits())
        clean(con, load='O\'Neil "x".csv', into=tmp_path / "it's here")
        assert con.execute("select load from sales").fetchall() == [('O\'Neil "x".csv',)]


def test_cleaning_again_in_the_same_connection_gives_the_second_load_alone(tmp_path: Path) -> None:
    with duckdb.connect() as con:
        for name in ("first", "second"):
            open_sales(con, [csv_file([row(), row("A1")])], columns={}, limits=Limits())
            clean(con, load=name, into=tmp_path / name)
        assert con.execute("select load from sales union all select load from sales_quarantine").fetchall() == [
            ("second",),
            ("second",),
        ]


def test_a_sale_of_the_first_and_of_the_last_projected_month_is_clean_and_one_beyond_is_not(tmp_path: Path) -> None:
    first, last = f"{FIRST_MONTH}-01", f"{LAST_MONTH}-31 23:59:59"
    assert [fate(row(invoice_date=date), tmp_path)[0] for date in (first, last)] == ["sale", "sale"]
    before, after = f"{int(FIRST_MONTH[:4]) - 1}-12-31", f"{int(LAST_MONTH[:4]) + 1}-01-01"
    assert [fate(row(invoice_date=date), tmp_path)[0] for date in (before, after)] == ["other", "other"]
