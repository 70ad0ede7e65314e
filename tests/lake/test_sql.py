"""SQL files are found, described, and mean on DuckDB what they mean on Trino."""

import duckdb
import pytest

from tradewind.lake import sql
from tradewind.lake.tables import TABLES, VIEWS


def on_duckdb(text: str) -> object:
    return duckdb.connect().execute(sql.transpile(text, "duckdb")).fetchall()[0][0]


def test_trino_gets_the_text_as_it_is() -> None:
    text = "select  1 -- as it is"
    assert sql.transpile(text, "trino") == text


def test_a_regexp_extract_without_a_match_is_null_as_on_trino() -> None:
    assert on_duckdb("select regexp_extract('xyz', '[0-9]+')") is None
    assert on_duckdb("select regexp_extract('xyz12', '[0-9]+')") == "12"


def test_count_if_of_no_rows_is_zero_as_on_trino() -> None:
    assert on_duckdb("select count_if(x > 1) from (select 1 as x) t where x > 1") == 0


def test_regexp_replace_replaces_every_match_as_on_trino() -> None:
    assert on_duckdb("select regexp_replace('a-b-c', '-', '')") == "abc"


def test_every_view_of_the_database_has_its_file() -> None:
    assert set(sql.view_names()) == {view.name for view in VIEWS}


def test_every_check_says_how_severe_it_is_and_what_it_means() -> None:
    checks = [sql.read_check(table.name, name) for table in TABLES for name in sql.check_names(table.name)]
    assert {check.severity for check in checks} <= {"error", "warning"}
    assert all(check.description for check in checks)
    assert checks


def test_a_table_without_checks_has_none() -> None:
    assert sql.check_names("no_such_table") == ()


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_the_cleaning_text_can_be_said_in_every_engine(engine: sql.Engine) -> None:
    assert sql.transpile(sql.read_sql("sales/clean_sales.sql"), engine).startswith("WITH repeated AS")
