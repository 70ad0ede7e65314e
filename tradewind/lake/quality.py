"""Data-quality checks: the SQL files beside a table, run over what was staged, and what they found."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tradewind.lake import sql

# Runs a statement of the engine's own dialect: (column names, rows).
Rows = Callable[[str], tuple[Sequence[str], Sequence[Sequence[object]]]]

SAMPLE_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check found; `sample` holds the first failing rows as column -> text."""

    table: str
    check: str
    severity: sql.Severity
    description: str
    failing_rows: int
    sample: tuple[dict[str, str | None], ...] = ()

    @property
    def passed(self) -> bool:
        return self.failing_rows == 0


def run_checks(rows: Rows, tables: Iterable[str], *, engine: sql.Engine) -> list[CheckResult]:
    """Return the result of every check of `tables`, by table and name; `rows` runs SQL where their relations are."""
    return [run_check(rows, table, name, engine=engine) for table in tables for name in sql.check_names(table)]


def run_check(rows: Rows, table: str, name: str, *, engine: sql.Engine) -> CheckResult:
    check = sql.read_check(table, name)
    statement = sql.transpile(check.sql, engine).rstrip().rstrip(";")
    _, counted = rows(f"select count(*) from ({statement}) failing")  # noqa: S608 - our own file
    failing = int(str(counted[0][0]))
    sample: tuple[dict[str, str | None], ...] = ()
    if failing:
        names, found = rows(f"select * from ({statement}) failing limit {SAMPLE_ROWS}")  # noqa: S608
        sample = tuple(_texts(names, row) for row in found)
    return CheckResult(
        table=table,
        check=name,
        severity=check.severity,
        description=check.description,
        failing_rows=failing,
        sample=sample,
    )


def failures(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Return the results that keep a load from being published."""
    return [result for result in results if not result.passed and result.severity == "error"]


def failure_text(failed: Sequence[CheckResult]) -> str:
    """Return what failed, for a person: the first check with its rows, and the names of the others."""
    first = failed[0]
    row = ", ".join(f"{column} {value}" for column, value in first.sample[0].items()) if first.sample else ""
    others = ", ".join(f"{result.table}.{result.check}" for result in failed[1:])
    text = f"{first.failing_rows} rows against '{first.description}'" + (f", the first: {row}" if row else "")
    return text + (f"; also failed: {others}" if others else "")


def records(
    results: Iterable[CheckResult], *, load: str, upload_id: str, attempt: str, checked_at: datetime
) -> list[tuple[object, ...]]:
    """Return one row a result, in the order of the columns of table `quality_checks`; `checked_at` without zone."""
    return [
        (
            load,
            upload_id,
            attempt,
            result.table,
            result.check,
            result.severity,
            result.passed,
            result.failing_rows,
            json.dumps(result.sample, ensure_ascii=False),
            checked_at.replace(tzinfo=None),
        )
        for result in results
    ]


def _texts(names: Sequence[str], row: Sequence[object]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in zip(names, row, strict=True)}
