"""Splitting a file changes nothing: any number of parts gives the same raw rows."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sales.files import HEADER, csv_file, parquet_file, read, row, workbook
from tradewind.errors import InputError
from tradewind.sales.splitting import split


def written(given_file: tuple[str, bytes], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / given_file[0]
    path.write_bytes(given_file[1])
    return path


def sizes(parts: list[Path]) -> list[int]:
    return [duckdb.connect().execute("select count(*) from read_parquet(?)", [str(p)]).fetchall()[0][0] for p in parts]


@pytest.mark.parametrize(("n", "rows"), [(1, [10]), (3, [3, 3, 4]), (10, [1] * 10), (4, [2, 3, 2, 3])])
def test_parts_are_named_in_order_and_differ_by_one_row_at_most(n: int, rows: list[int], tmp_path: Path) -> None:
    path = written(csv_file([row(str(number)) for number in range(10)]), tmp_path)
    parts = split(path, n, tmp_path / "parts")
    assert [part.name for part in parts] == [f"part-{k:05d}-of-{n:05d}.parquet" for k in range(1, n + 1)]
    assert sizes(parts) == rows


def test_more_parts_than_rows_leaves_some_empty_and_loses_nothing(tmp_path: Path) -> None:
    path = written(csv_file([row("1"), row("2")]), tmp_path)
    parts = split(path, 5, tmp_path / "parts")
    assert sorted(sizes(parts)) == [0, 0, 0, 1, 1]
    assert read(*parts) == read(path)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_a_workbook_of_mixed_cells_is_the_same_in_parts(n: int, tmp_path: Path) -> None:
    rows = [
        row(
            536365 + k if k % 3 else f"C{k}",
            22423,
            quantity=k - 5,
            invoice_date=datetime(2011, 1, 1 + k),
            unit_price=2.5,
        )
        for k in range(20)
    ]
    path = written(
        workbook({"Sheet": [("Till", *HEADER), *[(1, *cells) for cells in rows[:9]], [], (1, *rows[9])]}), tmp_path
    )
    assert read(*split(path, n, tmp_path / "parts")) == read(path)


@pytest.mark.parametrize("n", [1, 3])
def test_a_typed_parquet_file_is_the_same_in_parts(n: int, tmp_path: Path) -> None:
    path = parquet_file(
        tmp_path,
        """
        select (536365 + range)::bigint as InvoiceNo, 'X' || range as StockCode, null::varchar as Description,
            range::double as Quantity, timestamp '2010-12-01' + interval (range) minute as InvoiceDate,
            (range / 8)::decimal(10, 3) as UnitPrice, 17850.0::double as CustomerID, 'UK' as Country
        from range(10)
        """,
    )
    assert read(*split(path, n, tmp_path / "parts")) == read(path)


def test_titles_that_repeat_are_told_apart_in_parts_and_refused_alike(tmp_path: Path) -> None:
    path = written(csv_file([(*row(), "1", "2")], header=(*HEADER, "price", "")), tmp_path)
    (part,) = split(path, 1, tmp_path / "parts")
    for source in (path, part):
        with pytest.raises(InputError) as refused:
            read(source)
        assert str(refused.value) == (
            f"column unit_price of '{source.name}' could be 'UnitPrice', 'price': "
            "say which with --map 'UnitPrice=unit_price'"
        )


@pytest.mark.parametrize("n", [0, -1])
def test_fewer_than_one_part_is_refused(n: int, tmp_path: Path) -> None:
    path = written(csv_file([row()]), tmp_path)
    with pytest.raises(InputError) as refused:
        split(path, n, tmp_path / "parts")
    assert str(refused.value) == f"--split {n}: give 1 or more parts"


def test_a_bad_file_is_refused_before_it_is_split(tmp_path: Path) -> None:
    path = written(("sales.xlsx", b"InvoiceNo\n"), tmp_path)
    with pytest.raises(InputError) as refused:
        split(path, 2, tmp_path / "parts")
    assert str(refused.value) == (
        "file 'sales.xlsx' is delimited text, not what .xlsx says: name it 'sales.csv', or save it again as .xlsx"
    )


# Text that survives a CSV file: no lone surrogates, no NUL, no bare carriage return.
cell = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6)
cells = st.tuples(*[cell] * 8).filter(any)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(cells, min_size=1, max_size=12), n=st.integers(1, 15))
def test_any_number_of_parts_holds_the_same_rows(rows: list[tuple[str, ...]], n: int, tmp_path: Path) -> None:
    path = written(csv_file(rows), tmp_path)
    assert read(*split(path, n, tmp_path / "parts")) == read(path)
