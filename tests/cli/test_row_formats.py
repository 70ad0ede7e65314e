"""Rows as CSV, JSON and a table."""

import csv
import io
import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradewind.aws.athena import ResultColumn
from tradewind.cli.row_formats import as_csv, as_json, as_table

COLUMNS = (
    ResultColumn("country", "varchar"),
    ResultColumn("orders", "bigint"),
    ResultColumn("revenue", "decimal(18,3)"),
)


def test_csv_has_a_header_line_and_quotes_what_needs_it() -> None:
    rows = [("France", "1", "2.500"), ('the "Isle", west', "2", "0.000")]

    assert list(as_csv(COLUMNS, rows)) == [
        "country,orders,revenue",
        "France,1,2.500",
        '"the ""Isle"", west",2,0.000',
    ]


def test_csv_tells_null_from_empty_text() -> None:
    assert list(as_csv(COLUMNS, [(None, None, None), ("", "1", "1.000")])) == [
        "country,orders,revenue",
        ",,",
        '"",1,1.000',
    ]


@given(st.lists(st.tuples(st.text(min_size=1, alphabet=st.characters(codec="utf-8", exclude_characters="\0")))))
def test_csv_is_read_back_by_pythons_reader_as_it_was(rows: list[tuple[str]]) -> None:
    text = "".join(f"{line}\n" for line in as_csv((ResultColumn("a", "varchar"),), rows))

    assert [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)] == [("a",), *rows]


def test_json_numbers_keep_every_digit() -> None:
    text = "\n".join(as_json(COLUMNS, [("France", "9007199254740993", "123456789012345.670")]))

    assert json.loads(text, parse_float=Decimal) == [
        {"country": "France", "orders": 9007199254740993, "revenue": Decimal("123456789012345.670")}
    ]
    assert "123456789012345.670" in text


def test_json_has_true_nulls_and_booleans() -> None:
    columns = (ResultColumn("a", "boolean"), ResultColumn("b", "boolean"), ResultColumn("c", "varchar"))

    assert json.loads("\n".join(as_json(columns, [("true", "false", None)]))) == [{"a": True, "b": False, "c": None}]


def test_json_writes_what_is_no_json_number_as_text() -> None:
    columns = (ResultColumn("a", "double"), ResultColumn("b", "double"))

    assert json.loads("\n".join(as_json(columns, [("NaN", "1.0E10")]))) == [{"a": "NaN", "b": 1e10}]


def test_json_of_no_rows_is_an_empty_array() -> None:
    assert json.loads("\n".join(as_json(COLUMNS, []))) == []


def test_a_table_aligns_text_to_the_left_and_numbers_to_the_right() -> None:
    assert list(as_table(COLUMNS, [("France", "10", "2.500"), ("日本", "7", None)])) == [
        "country  orders  revenue",
        "-------  ------  -------",
        "France       10    2.500",
        "日本          7",
    ]


def test_a_table_cell_cannot_move_the_cursor() -> None:
    columns = (ResultColumn("a", "varchar"),)

    assert list(as_table(columns, [("red\x1b[2J\nblue",)]))[-1] == "red [2J blue"
