"""Every file that cannot be used is refused with its field, its value and the way out."""

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.sales.files import HEADER, Given, csv_file, parquet_file, read, row, workbook
from tradewind.config import Limits
from tradewind.errors import InputError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refusal(*parts: Given, columns: Mapping[str, str] | None = None, limits: Limits | None = None) -> str:
    """Return the text with which the reading refuses `parts`."""
    with pytest.raises(InputError) as refused:
        read(*parts, columns=columns, limits=limits)
    return str(refused.value)


def rezipped(content: bytes, *, leave_out: str = "", replace: Mapping[str, bytes] | None = None) -> bytes:
    """Return the archive with an entry less or with other content."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != leave_out:
                new.writestr(entry.filename, (replace or {}).get(entry.filename, old.read(entry)))
    return stream.getvalue()


# columns


def test_missing_columns_are_named_with_what_the_file_has() -> None:
    assert refusal(("shop.csv", b"Invoice,SKU,Colour,Price\n1,2,red,3\n")) == (
        "columns of 'shop.csv' lack description, quantity, invoice_date, customer_id, country; "
        "it has 'Invoice', 'SKU', 'Colour', 'Price': say which is which with --map 'THEIRS=description'"
    )


def test_a_workbook_without_the_columns_is_refused_like_a_csv() -> None:
    assert refusal(workbook({"Sheet": [HEADER[:7], row()[:7]]})) == (
        "columns of 'sales.xlsx' lack country; it has 'InvoiceNo', 'StockCode', 'Description', 'Quantity', "
        "'InvoiceDate', 'UnitPrice', 'CustomerID': say which is which with --map 'THEIRS=country'"
    )


def test_two_columns_for_one_of_ours_are_named() -> None:
    assert refusal(csv_file([(*row(), "9")], header=(*HEADER, "Price"))) == (
        "column unit_price of 'sales.csv' could be 'UnitPrice', 'Price': say which with --map 'UnitPrice=unit_price'"
    )


@pytest.mark.parametrize(
    "given",
    [
        csv_file([(*row(), "7")], header=(*HEADER, "Quantity")),
        workbook({"Sheet": [(*HEADER, "Quantity"), (*row(), "7")]}),
    ],
    ids=["csv", "xlsx"],
)
def test_a_title_that_is_there_twice_cannot_be_told_apart(given: Given) -> None:
    name = given[0] if isinstance(given, tuple) else given.name
    assert refusal(given) == (
        f"column quantity of {name!r} could be 'Quantity', 'Quantity': give each column a title of its own"
    )


def test_a_map_to_an_unknown_column_of_ours_lists_ours() -> None:
    assert refusal(csv_file([row()]), columns={"UnitPrice": "price"}) == (
        "--map 'UnitPrice=price': after the = give one of invoice_no, stock_code, description, quantity, "
        "invoice_date, unit_price, customer_id, country"
    )


def test_a_map_from_a_column_that_the_file_lacks_lists_theirs() -> None:
    assert refusal(csv_file([row()], header=("A", *HEADER[1:])), columns={"B": "invoice_no"}) == (
        "--map 'B=invoice_no': 'sales.csv' has no column 'B'; it has 'A', 'StockCode', 'Description', 'Quantity', "
        "'InvoiceDate', 'UnitPrice', 'CustomerID', 'Country'"
    )


def test_a_map_that_gives_one_of_ours_twice_is_refused() -> None:
    assert refusal(csv_file([row()]), columns={"UnitPrice": "unit_price", "Quantity": "unit_price"}) == (
        "--map 'Quantity=unit_price': unit_price is given twice, keep one of the two"
    )


# empty files


@pytest.mark.parametrize("content", [b"", b"\n\n \n"], ids=["no bytes", "blank lines"])
def test_a_csv_without_anything_is_empty(content: bytes) -> None:
    assert refusal(("sales.csv", content)) == (
        "file 'sales.csv' is empty: export it again, with a header line and rows"
    )


def test_a_csv_with_a_header_alone_has_no_rows() -> None:
    assert refusal(csv_file([])) == "file 'sales.csv' has no rows below its header: export it again with its rows"


@pytest.mark.parametrize("rows", [[], [HEADER]], ids=["nothing", "a header alone"])
def test_a_workbook_without_rows_says_so(rows: list[tuple[str, ...]]) -> None:
    assert refusal(workbook({"Sheet": rows})) == (
        "file 'sales.xlsx' has no rows below its header: fill its first sheet, or export it again"
    )


def test_a_parquet_file_without_rows_says_so(tmp_path: Path) -> None:
    columns = ", ".join(f"'' as {title}" for title in HEADER)
    assert refusal(parquet_file(tmp_path, f"select {columns} limit 0")) == (
        "file 'sales.parquet' has no rows below its header: export it again with its rows"
    )


# text


def test_a_csv_in_latin_1_is_refused_with_line_and_byte() -> None:
    assert refusal(csv_file([row(), row(description="CAFÉ")], encoding="latin-1")) == (
        "encoding of 'sales.csv' is not UTF-8: byte 0xc9 on line 3: save it as CSV UTF-8"
    )


def test_a_csv_that_ends_inside_a_character_is_refused() -> None:
    assert refusal(("sales.csv", b"InvoiceNo\n1\n\xc3")) == (
        "encoding of 'sales.csv' is not UTF-8: byte 0xc3 on line 3: save it as CSV UTF-8"
    )


def test_the_line_of_a_bad_byte_is_right_far_into_the_file() -> None:
    text = b"InvoiceNo\n" + b"0123456789abcde\n" * 200_000 + b"caf\xe9\n"
    assert refusal(("sales.csv", text)) == (
        "encoding of 'sales.csv' is not UTF-8: byte 0xe9 on line 200002: save it as CSV UTF-8"
    )


def test_utf_16_that_is_cut_off_is_refused() -> None:
    name, content = csv_file([row()], encoding="utf-16")
    assert refusal((name, content[:-1])) == (
        "encoding of 'sales.csv' is not the UTF-16 that it begins as: save it as CSV UTF-8"
    )


@pytest.mark.parametrize(("cells", "count"), [(row()[:7], 7), ((*row(), "more"), 9)])
def test_a_ragged_line_is_named(cells: tuple[str, ...], count: int) -> None:
    assert refusal(csv_file([row(), cells, row()])) == (
        f"line 3 of 'sales.csv' has {count} cells, the header has 8: put cells that hold the delimiter in double quotes"
    )


@pytest.mark.parametrize(
    "content",
    [
        (",".join(HEADER) + "\n" + ",".join(row()) + "\r\n" + ",".join(row("2")) + "\n").encode(),
        ('"' + ",".join(HEADER) + "\n" + "x" * 200_000).encode(),
    ],
    ids=["line ends of two kinds", "a quote in the header that never closes"],
)
def test_a_csv_that_is_not_well_formed_is_refused(content: bytes) -> None:
    assert refusal(("sales.csv", content)) == (
        "file 'sales.csv' is not well-formed: its quotes or its line ends differ: save it again as CSV UTF-8"
    )


def test_a_quote_that_never_closes_is_refused() -> None:
    name, content = csv_file([row(), row()])
    assert refusal((name, content + b'536365,"LANTERN,6\n')) == (
        "line 4 of 'sales.csv' is not well-formed: close its quotes, and write a quote inside quotes twice"
    )


def test_a_title_of_two_lines_is_refused() -> None:
    assert refusal(csv_file([(*row(), "9")], header=(*HEADER, "Price\nincl. VAT"))) == (
        "column 'Price\\nincl. VAT' of 'sales.csv' has a title of two lines: write it in one line"
    )


# content and ending


def test_text_that_is_called_a_workbook_is_refused() -> None:
    assert refusal(csv_file([row()], name="sales.xlsx")) == (
        "file 'sales.xlsx' is delimited text, not what .xlsx says: name it 'sales.csv', or save it again as .xlsx"
    )


def test_a_workbook_that_is_called_csv_is_refused() -> None:
    assert refusal(workbook({"Sheet": [HEADER, row()]}, name="sales.csv")) == (
        "file 'sales.csv' is a workbook, not what .csv says: name it 'sales.xlsx', or save it again as .csv"
    )


def test_a_workbook_that_is_called_parquet_is_refused() -> None:
    assert refusal(workbook({"Sheet": [HEADER, row()]}, name="sales.parquet")) == (
        "file 'sales.parquet' is a workbook, not what .parquet says: name it 'sales.xlsx', or save it again as .parquet"
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x1f\x8b\x08\x00rest", "is compressed with gzip: unpack it first"),
        (b"\x89PNG\r\n\0\0\0", "is neither a workbook nor text nor Parquet: save it as .xlsx, .csv or .parquet"),
        (OLE + b"Workbook", "is an old workbook (.xls): save it as .xlsx"),
        (
            OLE + b"\0" * 9000 + "EncryptedPackage".encode("utf-16-le"),
            "is protected by a password: save it as .xlsx without one",
        ),
    ],
    ids=["gzip", "picture", "xls", "password"],
)
def test_content_that_is_no_sales_file_is_named(content: bytes, what: str) -> None:
    assert refusal(("sales.xlsx", content)) == f"file 'sales.xlsx' {what}"


def test_a_zip_archive_that_is_no_workbook_is_refused() -> None:
    content = rezipped(workbook({"Sheet": [HEADER, row()]})[1], leave_out="xl/workbook.xml")
    assert refusal(("sales.xlsx", content)) == (
        "file 'sales.xlsx' is a zip archive without a workbook: unpack it, or save it as .xlsx"
    )


# damage


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_truncated_workbook_is_refused(kept: float) -> None:
    name, content = workbook({"Sheet": [HEADER, row()]})
    assert refusal((name, content[: int(len(content) * kept)])) == (
        "file 'sales.xlsx' is cut off or damaged: its end is missing: copy or save it again"
    )


def test_a_workbook_with_a_damaged_sheet_is_refused() -> None:
    name, content = workbook({"Sheet": [HEADER, row()]})
    broken = rezipped(content, replace={"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row><c"})
    assert refusal((name, broken)) == "file 'sales.xlsx' is damaged: its sheets cannot be read: save it again"


def test_a_workbook_whose_bytes_changed_is_refused() -> None:
    name, content = workbook({"Sheet": [HEADER, *[row(invoice_no=str(n)) for n in range(2000)]]})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    middle = entry.header_offset + 200 + entry.compress_size // 2
    broken = content[:middle] + bytes(50) + content[middle + 50 :]
    assert refusal((name, broken)) == "file 'sales.xlsx' is damaged: its sheets cannot be read: save it again"


def test_a_workbook_whose_entry_is_not_deflated_data_is_refused() -> None:
    name, content = workbook({"Sheet": [HEADER, row()]})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 30 + len("xl/worksheets/sheet1.xml")
    broken = content[:start] + b"\xff" * 20 + content[start + 20 :]
    assert refusal((name, broken)) == "file 'sales.xlsx' is damaged: its parts cannot be unpacked: save it again"


@pytest.mark.parametrize("kept", [0.2, 0.95])
def test_a_truncated_parquet_file_is_refused(tmp_path: Path, kept: float) -> None:
    columns = ", ".join(f"'x' || range as {title}" for title in HEADER)
    path = parquet_file(tmp_path, f"select {columns} from range(1000)")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    assert refusal(path) == ("file 'sales.parquet' is cut off or damaged: it cannot be read as Parquet: write it again")


# zip bombs


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    name, content = workbook({"Sheet": [HEADER, row()]})
    bomb = rezipped(content, replace={"xl/theme/theme1.xml": b" " * 5_000_000})
    assert len(bomb) < 100_000
    assert refusal((name, bomb), limits=Limits(max_unpacked_workbook=1_000_000)) == (
        "file 'sales.xlsx' unpacks to more than 1,000,000 bytes: save the sheet as .csv and import that"
    )


def with_sheet(xml: str) -> Given:
    name, content = workbook({"Sheet": [HEADER, row()]})
    return name, rezipped(content, replace={"xl/worksheets/sheet1.xml": xml.encode()})


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
NEAR = '<row r="1"><c r="A1"><v>1</v></c></row>'
TOO_WIDE = (
    "file 'sales.xlsx' has a sheet that spans 17,179,869,184 cells, more than 32,000,000: "
    "delete the stray cells and formats beyond its table, or save the sheet as .csv and import that"
)


@pytest.mark.parametrize(
    "xml",
    [
        f'<sheetData>{NEAR}<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>',
        f"<sheetData>{NEAR}<row r='1048576'><c s='1' r='XFD1048576'><v>2</v></c></row></sheetData>",
        f'<dimension ref="A1:XFD1048576"/><sheetData>{NEAR}</sheetData>',
        f'<sheetData>{NEAR}{" " * 5_000_000}<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>',
    ],
    ids=["a far cell", "a far cell in other quotes", "a stated span", "a far cell after much else"],
)
def test_a_sheet_whose_rectangle_would_fill_the_memory_is_refused(xml: str) -> None:
    assert refusal(with_sheet(SHEET.format(xml))) == TOO_WIDE


def test_a_sheet_may_span_as_many_cells_as_the_limit() -> None:
    given = workbook({"Sheet": [HEADER, row(), row()]})
    assert len(read(given, limits=Limits(max_workbook_cells=24))) == 2
    assert "spans 24 cells, more than 23" in refusal(given, limits=Limits(max_workbook_cells=23))


def test_a_workbook_that_lies_about_its_unpacked_size_is_unpacked_to_see() -> None:
    name, content = workbook({"Sheet": [HEADER, row()]})
    bomb = rezipped(content, replace={"xl/theme/theme1.xml": b" " * 5_000_000})
    lie = bomb.replace((5_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    assert lie != bomb
    assert refusal((name, lie), limits=Limits(max_unpacked_workbook=1_000_000)) == (
        "file 'sales.xlsx' unpacks to more than 1,000,000 bytes: save the sheet as .csv and import that"
    )


# sheets


def test_two_sheets_with_rows_are_named() -> None:
    given = workbook({"Year 2009-2010": [HEADER, row()], "Year 2010-2011": [HEADER, row()]})
    assert refusal(given) == (
        "file 'sales.xlsx' has 2 sheets with rows: 'Year 2009-2010', 'Year 2010-2011': "
        "keep one sheet, or save each as .csv and import them together"
    )


# dates


def test_dates_that_never_say_their_order_are_refused() -> None:
    given = csv_file([row(invoice_date="5/1/2011 8:26"), row(invoice_date="3/3/2011 8:26")])
    assert refusal(given) == (
        "invoice_date '5/1/2011' could have the day or the month first, and no date of the load has a day above 12: "
        "write all dates as YYYY-MM-DD HH:MM:SS"
    )


def test_dates_of_both_orders_in_one_load_are_refused() -> None:
    given = csv_file([row(invoice_date="13/1/2011"), row(invoice_date="1/14/2011")])
    assert refusal(given) == (
        "invoice_date '13/1/2011' has the day first, '1/14/2011' the month: write all dates as YYYY-MM-DD HH:MM:SS"
    )


# order of the message's three parts


def test_every_refusal_of_this_file_has_field_value_and_way_out() -> None:
    with pytest.raises(InputError) as refused:
        read(("sales.csv", b""))
    error = refused.value
    assert (error.field, error.value) == ("file 'sales.csv'", "is empty")
    assert re.fullmatch(r".+ .+: .+", str(error))
