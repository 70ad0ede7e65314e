"""Running checks, and saying what they found."""

from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb
import pytest

from tradewind.lake import quality, sql
from tradewind.lake.quality import CheckResult

FAILED = CheckResult(
    table="sales",
    check="prices_positive",
    severity="error",
    description="Prices are above 0.",
    failing_rows=2,
    sample=({"source_row": "7", "unit_price": None},),
)
WARNED = CheckResult(table="sales", check="dates_plausible", severity="warning", description="d", failing_rows=1)
PASSED = CheckResult(table="sales", check="keys_present", severity="error", description="d", failing_rows=0)


def _rows(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[list[str], Sequence[Sequence[object]]]:
    cursor = connection.execute(statement)
    return [column[0] for column in cursor.description or []], cursor.fetchall()


def _check(monkeypatch: pytest.MonkeyPatch, rows: int) -> CheckResult:
    select = f"select n, null as cell from (select * from numbers where n < {rows})"
    monkeypatch.setattr(sql, "read_sql", lambda _: f"-- severity: error\n-- No number is here.\n{select}")
    connection = duckdb.connect()
    connection.execute("create table numbers as select range as n from range(100)")
    return quality.run_check(lambda statement: _rows(connection, statement), "sales", "x", engine="duckdb")


def test_a_check_that_returns_nothing_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    result = _check(monkeypatch, 0)
    assert (result.passed, result.failing_rows, result.sample) == (True, 0, ())


def test_a_failed_check_counts_all_rows_and_shows_the_first_five(monkeypatch: pytest.MonkeyPatch) -> None:
    result = _check(monkeypatch, 9)
    assert (result.passed, result.failing_rows, result.description) == (False, 9, "No number is here.")
    assert result.sample == tuple({"n": str(n), "cell": None} for n in range(5))


def test_only_errors_keep_a_load_from_being_published() -> None:
    assert quality.failures([PASSED, WARNED, FAILED]) == [FAILED]


def test_a_failure_names_its_rows_and_the_other_checks() -> None:
    assert quality.failure_text([FAILED, FAILED]) == (
        "2 rows against 'Prices are above 0.', the first: source_row 7, unit_price None; "
        "also failed: sales.prices_positive"
    )


def test_a_record_has_the_columns_of_its_table() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert quality.records([FAILED], load="shop", upload_id="u1", attempt="a1", checked_at=at) == [
        (
            *("shop", "u1", "a1", "sales", "prices_positive", "error", False, 2),
            '[{"source_row": "7", "unit_price": null}]',
            datetime(2026, 3, 1, 12),
        )
    ]
