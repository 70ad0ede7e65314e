"""The formats, encodings and cell types of sales files all become the same text cells."""

import codecs
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.sales.files import HEADER, MORNING, Given, csv_file, parquet_file, read, row, workbook
from tradewind.config import Limits
from tradewind.sales.columns import ALIASES, COLUMNS, match_columns
from tradewind.sales.reading import open_sales

AS_TEXT = (1, "536365", "85123A", "LANTERN", "6", "2010-12-01 08:26:00", "2.55", "17850", "United Kingdom")


def order_of(*dates: str) -> str:
    """Return the date order that a load with `dates` has."""
    with duckdb.connect() as con:
        open_sales(con, [csv_file([row(invoice_date=text) for text in dates])], columns={}, limits=Limits())
        return str(con.execute("select date_order from load_settings").fetchall()[0][0])


# workbooks


def test_number_cells_and_text_cells_of_one_column_are_both_read() -> None:
    rows = read(
        workbook(
            {
                "Sheet": [
                    HEADER,
                    row(invoice_no=536365, stock_code=22423, description=20713, quantity=6, customer_id=17850),
                    row(invoice_no="C536379", stock_code="D", description="Discount", quantity=-1, customer_id=None),
                ]
            }
        )
    )
    assert [cells[1:5] for cells in rows] == [("536365", "22423", "20713", "6"), ("C536379", "D", "Discount", "-1")]
    assert [cells[7] for cells in rows] == ["17850", None]


def test_two_thousand_numbers_before_the_first_text_do_not_decide_the_type() -> None:
    numbers = [row(invoice_no=536365 + n, quantity=n) for n in range(2000)]
    rows = read(workbook({"Sheet": [HEADER, *numbers, row(invoice_no="C1", quantity="two")]}))
    assert (len(rows), rows[-1][1], rows[-1][4]) == (2001, "C1", "two")


def test_a_workbooks_dates_and_prices_are_read_as_a_csv_would_hold_them() -> None:
    given = workbook({"Sheet": [HEADER, row(quantity=6, invoice_date=MORNING, unit_price=2.55, customer_id=17850.0)]})
    assert read(given) == [AS_TEXT]


def test_blank_rows_above_the_header_are_skipped() -> None:
    assert read(workbook({"Sheet": [[], [], HEADER, row()]})) == [AS_TEXT]


def test_blank_rows_between_rows_keep_the_numbers_of_the_others() -> None:
    rows = read(workbook({"Sheet": [HEADER, row(), [], row(invoice_no="2")]}))
    assert [cells[:2] for cells in rows] == [(1, "536365"), (3, "2")]


def test_a_sheet_without_rows_beside_the_sales_does_not_matter() -> None:
    assert read(workbook({"Notes": [["made by hand"]], "Sales": [HEADER, row()], "Sheet3": []})) == [AS_TEXT]


def test_columns_that_are_not_ours_are_left_out() -> None:
    assert read(workbook({"Sheet": [("Till", *HEADER, "Colour"), (3, *row(), "red")]})) == [AS_TEXT]


# csv


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_and_encodings_are_recognised(delimiter: str, encoding: str) -> None:
    given = csv_file([row(description='CAFÉ; "BIG", 5|\t')], delimiter=delimiter, encoding=encoding)
    assert read(given) == [(*AS_TEXT[:3], 'CAFÉ; "BIG", 5|\t', *AS_TEXT[4:])]


def test_big_endian_utf_16_is_recognised() -> None:
    name, content = csv_file([row(country="España")], encoding="utf-16-be")
    assert read((name, codecs.BOM_UTF16_BE + content))[0][-1] == "España"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_inside_quotes_belong_to_the_cell(newline: str) -> None:
    header, cells = ",".join(HEADER), '536365,85123A,"TWO\nLINES",6,2010-12-01 08:26:00,2.55,17850,United Kingdom'
    rows = read(("sales.csv", f"{header}{newline}{cells}{newline}".encode()))
    assert rows[0][3] == "TWO\nLINES"


def test_line_ends_of_old_computers_are_line_ends() -> None:
    name, content = csv_file([row(), row("2")])
    assert [cells[1] for cells in read((name, content.replace(b"\r\n", b"\r")))] == ["536365", "2"]


def test_a_csv_without_a_last_line_end_keeps_its_last_row() -> None:
    name, content = csv_file([row(), row(invoice_no="2")])
    assert [cells[1] for cells in read((name, content.rstrip()))] == ["536365", "2"]


def test_blank_lines_above_the_header_are_skipped() -> None:
    name, content = csv_file([row()])
    assert read((name, b"\r\n\r\n" + content)) == [AS_TEXT]


def test_empty_cells_are_null_and_cells_of_spaces_stay() -> None:
    name, content = csv_file([row(description="", customer_id="", country=" ")])
    assert read((name, content))[0][3:] == (None, "6", "2010-12-01 08:26:00", "2.55", None, " ")


def test_text_that_looks_like_another_type_stays_as_it_is() -> None:
    odd = row("00012", "1E5", "true", "007", "2010-12-01", "2.50", "NaN", "NULL")
    assert read(csv_file([odd])) == [(1, *odd)]


@pytest.mark.parametrize("name", ["Sales [1] *.csv", "50% 'off' {a,b}?.csv", "vendas é+.csv"])
def test_file_names_with_special_characters_are_names_and_not_patterns(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(csv_file([row()])[1])
    assert read(path) == [AS_TEXT]


def test_a_file_without_an_ending_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "sales"
    path.write_bytes(workbook({"Sheet": [HEADER, row()]})[1])
    assert read(path) == [AS_TEXT]


# parquet


def test_every_parquet_type_becomes_the_text_that_a_csv_would_hold(tmp_path: Path) -> None:
    path = parquet_file(
        tmp_path,
        """
        select 536365::int as InvoiceNo, '85123A'::blob as StockCode, 'LANTERN' as Description, 6.0::double as Quantity,
            timestamp '2010-12-01 08:26:00' as InvoiceDate, 2.5500::decimal(10, 4) as UnitPrice,
            17850.0::double as CustomerID, 'United Kingdom' as Country
        union all
        select 2, 'X', null, 'nan'::double, null, 10.0000, null, ''
        """,
    )
    assert read(path) == [AS_TEXT, (2, "2", "X", None, None, None, "10", None, None)]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("date '2010-12-01'", "2010-12-01"),
        ("'2010-12-01 08:26:00'::timestamp_ns", "2010-12-01 08:26:00"),
        ("'2010-12-01 08:26:00.5'::timestamp_ms", "2010-12-01 08:26:00.5"),
        ("make_timestamptz(1291191960000000)", "2010-12-01 08:26:00"),
    ],
)
def test_dates_of_every_parquet_type_are_written_alike(tmp_path: Path, kind: str, text: str) -> None:
    others = ", ".join(f"'1' as {title}" for title in HEADER if title != "InvoiceDate")
    path = parquet_file(tmp_path, f"select {others}, {kind} as InvoiceDate")
    assert read(path)[0][5] == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.1::double", "0.1"),
        ("1e-5::double", "1e-05"),
        ("3::float", "3"),
        ("2.55::float", "2.55"),
        ("7::hugeint", "7"),
    ],
)
def test_numbers_of_every_parquet_type_are_at_their_shortest(tmp_path: Path, number: str, text: str) -> None:
    others = ", ".join(f"'1' as {title}" for title in HEADER if title != "UnitPrice")
    assert read(parquet_file(tmp_path, f"select {others}, {number} as UnitPrice"))[0][6] == text


# parts


def test_parts_are_one_load_in_their_order_whatever_their_format(tmp_path: Path) -> None:
    columns = ", ".join(f"'{cell}' as {title}" for cell, title in zip(row("3"), HEADER, strict=True))
    parts: list[Given] = [
        csv_file([row("1"), row("2")]),
        parquet_file(tmp_path, f"select {columns}"),
        workbook({"Sheet": [HEADER, row("4")]}),
    ]
    assert [cells[:2] for cells in read(*parts)] == [(1, "1"), (2, "2"), (3, "3"), (4, "4")]


def test_a_part_without_rows_is_fine_beside_one_that_has_some() -> None:
    assert [cells[:2] for cells in read(csv_file([]), csv_file([row("1")]), csv_file([]))] == [(1, "1")]


def test_a_second_load_in_the_same_connection_replaces_the_first() -> None:
    with duckdb.connect() as con:
        for number in ("1", "2"):
            assert open_sales(con, [csv_file([row(number)])], columns={}, limits=Limits()) == 1
        assert con.execute("select invoice_no from raw_sales").fetchall() == [("2",)]


# columns


@pytest.mark.parametrize("ours", COLUMNS)
def test_every_documented_alias_is_known_without_case_spaces_and_punctuation(ours: str) -> None:
    for alias in (ours, *ALIASES[ours]):
        for title in (alias, alias.upper(), alias.replace(" ", "_").lower(), f" {alias.replace(' ', '')}. "):
            header = [title, *(name for name in COLUMNS if name != ours)]
            assert match_columns(header, {}, source="sales.csv")[ours] == title


def test_no_alias_stands_for_two_columns() -> None:
    names = [name.casefold().replace(" ", "") for names in ALIASES.values() for name in names]
    assert len(names) == len(set(names))


def test_a_map_comes_before_the_aliases() -> None:
    header = [*COLUMNS, "Price Paid"]
    assert match_columns(header, {"Price Paid": "unit_price"}, source="sales.csv")["unit_price"] == "Price Paid"


def test_a_map_settles_which_of_two_candidates_is_meant() -> None:
    given = csv_file([(*row(), "9.99")], header=(*HEADER, "Price"))
    assert read(given, columns={"Price": "unit_price"})[0][6] == "9.99"


def test_the_columns_may_come_in_any_order() -> None:
    assert read(csv_file([row()[::-1]], header=HEADER[::-1])) == [AS_TEXT]


# dates with slashes


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (("2010-12-01 08:26:00",), "mdy"),
        (("1/2/2011 8:26", "13/2/2011 8:26"), "dmy"),
        (("1/2/2011 8:26", "2/13/2011"), "mdy"),
        (("3/3/2011",), "mdy"),
        (("31/31/2011", "1/13/2011"), "mdy"),
        (("2010-12-01", " 25/12/2010"), "dmy"),
    ],
)
def test_the_order_of_dates_is_inferred_over_the_whole_load(dates: tuple[str, ...], order: str) -> None:
    assert order_of(*dates) == order


def test_the_order_is_inferred_over_all_parts() -> None:
    with duckdb.connect() as con:
        parts = [csv_file([row(invoice_date=text)]) for text in ("1/2/2011", "25/12/2011")]
        open_sales(con, parts, columns={}, limits=Limits())
        assert con.execute("select date_order from load_settings").fetchall() == [("dmy",)]


def test_python_values_in_a_workbook_become_iso_dates_and_plain_numbers() -> None:
    given = workbook(
        {"Sheet": [HEADER, row(invoice_date=date(2010, 12, 1), unit_price=Decimal("1234.5"), quantity=-0.5)]}
    )
    assert read(given)[0][4:7] == ("-0.5", "2010-12-01 00:00:00", "1234.5")


def test_seconds_of_a_workbooks_time_are_kept() -> None:
    given = workbook({"Sheet": [HEADER, row(invoice_date=datetime(2011, 12, 9, 23, 59, 59))]})
    assert read(given)[0][5] == "2011-12-09 23:59:59"
