"""Where DuckDB would answer otherwise than Trino: the answers are Trino's, each seen on Trino 435."""

import datetime as dt
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from local.athena import dialect
from local.athena.failures import QueryFailed


def answer(sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of Trino's `sql` as the local engine answers it."""
    with duckdb.connect() as connection:
        for setting in ("SET TimeZone = 'UTC'", "SET integer_division = true", *dialect.MACROS):
            connection.execute(setting)
        return connection.execute(dialect.to_duckdb(dialect.parse(sql))).fetchall()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("7/2", 3),
        ("-7/2", -3),
        ("9223372036854775807/3", 3074457345618258602),
        ("7e0/2", 3.5),
        ("1.0/3", Decimal("0.3")),
        ("100.0*1/3", Decimal("33.3")),
        ("CAST(1 AS decimal(10,2)) / 3", Decimal("0.33")),
        ("DECIMAL '0.57' / 2", Decimal("0.29")),  # a tie that a double holds as 0.28499...
        ("DECIMAL '1.23456'", Decimal("1.23456")),
        ("CAST(2.5e0 AS bigint)", 3),
        ("CAST(-2.5e0 AS integer)", -3),
        ("CAST('abcdef' AS varchar(3))", "abc"),
        ("date_diff('day', TIMESTAMP '2024-01-01 23:00:00', TIMESTAMP '2024-01-02 01:00:00')", 0),
        ("date_diff('month', DATE '2024-01-15', DATE '2024-03-14')", 1),
        ("date_diff('year', DATE '2023-12-31', DATE '2024-01-01')", 0),
        ("date_trunc('month', DATE '2024-01-31')", dt.date(2024, 1, 1)),
        ("date_trunc('hour', TIMESTAMP '2024-01-31 10:59:00')", dt.datetime(2024, 1, 31, 10)),
        ("date_add('month', 1, DATE '2024-01-31')", dt.date(2024, 2, 29)),
        ("DATE '2024-01-31' + INTERVAL '1' MONTH", dt.date(2024, 2, 29)),
        ("DATE '2024-03-01' - INTERVAL '1' DAY", dt.date(2024, 2, 29)),
        ("extract(dow FROM DATE '2024-01-07')", 7),
        ("day_of_week(DATE '2024-01-07')", 7),
        ("regexp_extract('abc', 'z')", None),
        ("regexp_extract('abc', 'x*')", ""),
        ("split_part('a,b', ',', 3)", None),
        ("split_part('a,b', ',', 2)", "b"),
        ("""json_extract_scalar('{"c": {"d": 1}}', '$.c')""", None),
        ("""json_extract_scalar('{"c": {"d": 1}}', '$.c.d')""", "1"),
        ("json_extract_scalar('not json', '$.a')", None),
        ("""CAST(json_extract('{"a":"x"}', '$.a') AS varchar)""", "x"),
        ("slice(ARRAY[1,2,3,4], 2, 2)", [2, 3]),
        ("slice(ARRAY[1,2,3,4], -2, 2)", [3, 4]),
        ("any_match(ARRAY[1,2], x -> x > 1)", True),
        ("all_match(ARRAY[1,2], x -> x > 1)", False),
        ("transform(ARRAY[5,4], x -> x / 2)", [2, 2]),
        ("element_at(ARRAY[10,20], 5)", None),
        ("format_datetime(TIMESTAMP '2024-01-07 13:05:09', 'yyyy-MM-dd''T''HH:mm:ss')", "2024-01-07T13:05:09"),
        ("to_iso8601(DATE '2024-01-07')", "2024-01-07"),
        ("CAST(TIMESTAMP '2024-01-01 12:00:00' AT TIME ZONE 'America/Sao_Paulo' AS varchar)", "2024-01-01 09:00:00"),
        ("try(1/0)", None),
        ("try_cast('x' AS bigint)", None),
    ],
)
def test_an_expression_has_trinos_answer(expression: str, expected: object) -> None:
    [(value,)] = answer(f"SELECT {expression}")
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("sum(n)/count(*)", 7),  # (7 + 8) / 2, whole
        ("sum(price)/count(*)", Decimal("1.01")),  # 2.01 / 2 = 1.005, half up
        ("avg(n)", 7.5),
        ("avg(price)", Decimal("1.01")),
        ("avg(DISTINCT price)", Decimal("1.01")),
        ("avg(price) FILTER (WHERE n > 7)", Decimal("1.01")),
        ("count_if(n > 100)", 0),
        ("max_by(label, n)", None),
        ("min_by(label, n)", "a"),
        ("approx_percentile(n, 0.5)", 7),
    ],
)
def test_an_aggregate_has_trinos_answer(select: str, expected: object) -> None:
    rows = "(VALUES (7, DECIMAL '1.00', 'a'), (8, DECIMAL '1.01', NULL)) t(n, price, label)"
    [(value,)] = answer(f"SELECT {select} FROM {rows}")
    assert value == expected


def test_an_average_over_a_window_keeps_the_decimal() -> None:
    rows = answer("SELECT avg(x) OVER (ORDER BY x) FROM (VALUES DECIMAL '1.00', DECIMAL '1.01') t(x)")
    assert rows == [(Decimal("1.00"),), (Decimal("1.01"),)]


def test_an_expression_may_be_grouped_by() -> None:
    rows = answer("SELECT n/2, count(*) FROM (VALUES 2, 3, 4) t(n) GROUP BY n/2 ORDER BY 1")
    assert rows == [(1, 2), (2, 1)]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("typeof(1)", "NOT_SUPPORTED: typeof: type names differ between the engines"),
        ("with_timezone(now(), 'UTC')", "NOT_SUPPORTED: with_timezone: the local engine keeps instants in UTC only"),
        ("format_datetime(now(), 'yyyy G')", "NOT_SUPPORTED: format_datetime 'G': no counterpart on the local engine"),
        ("array_sort(ARRAY[1], (a, b) -> 1)", "DuckDB's LIST_SORT does not support a comparator"),
        ("strpos('a', 'b', 2)", "STRPOS does not support the occurrence parameter"),
    ],
)
def test_what_would_be_answered_wrongly_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(QueryFailed) as failure:
        answer(f"SELECT {expression}")
    assert reason in str(failure.value)


def test_a_difference_of_dates_is_refused_with_the_way_out() -> None:
    with pytest.raises(duckdb.Error, match="say date_diff"):
        answer("SELECT DATE '2024-03-01' - DATE '2024-02-28'")


def test_division_by_zero_is_an_error() -> None:
    with pytest.raises(duckdb.Error, match="Division by zero"):
        answer("SELECT 1/0")


def test_a_syntax_error_says_where_it_is() -> None:
    with pytest.raises(QueryFailed) as failure:
        dialect.parse("SELECT 1\nFROM t WHERE (a")
    assert str(failure.value).startswith("SYNTAX_ERROR: line 2:")


def test_two_statements_are_refused() -> None:
    with pytest.raises(QueryFailed, match="Only one sql statement is allowed"):
        dialect.parse("SELECT 1; SELECT 2")
