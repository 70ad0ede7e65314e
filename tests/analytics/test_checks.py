"""Each data-quality check: silent on good rows, and naming the row on one bad example."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import duckdb
import pytest

from tests.analytics.hand_rows import Line, Quarantined, database, return_of
from tradewind.lake import sql

RAW_LINE: dict[str, object] = {
    "source_row": 1,
    "invoice_no": "100",
    "stock_code": "10001",
    "description": "LAMP",
    "quantity": "2",
    "invoice_date": "2011-01-31 10:00:00",
    "unit_price": "1.5",
    "customer_id": "1",
    "country": "Norway",
}

GOOD_LINE = Line()
GOOD_QUARANTINED = Quarantined()


@dataclass(frozen=True, kw_only=True)
class Load:
    """What was staged of a load: by default one good line, one good quarantined row and the two rows they come from."""

    lines: tuple[Line, ...] = (GOOD_LINE,)
    quarantined: tuple[Quarantined, ...] = (GOOD_QUARANTINED,)
    raw: tuple[dict[str, object], ...] = field(default=(RAW_LINE, GOOD_QUARANTINED.raw()))

    def database(self) -> duckdb.DuckDBPyConnection:
        return database(self.lines, self.quarantined, raw=self.raw)


def with_line(**changes: object) -> Load:
    return Load(lines=(replace_line(GOOD_LINE, **changes),))


def replace_line(like: Line, **changes: object) -> Line:
    return replace(like, **changes)  # type: ignore[arg-type]


def with_quarantined(**changes: object) -> Load:
    return Load(quarantined=(replace(GOOD_QUARANTINED, **changes),))  # type: ignore[arg-type]


def in_days(days: int) -> str:
    return (datetime.now() + timedelta(days=days)).strftime("%Y-%m-%d 00:00:00")


GOOD_RETURN = replace(return_of(GOOD_LINE, units=1, day="2011-02-03"), source_row=3)
FILE_OF_TEN = tuple(RAW_LINE | {"source_row": row} for row in range(1, 11))

# (table, check) -> (a load that breaks it, the first column of the failing rows)
BROKEN: dict[tuple[str, str], tuple[Load, list[object]]] = {
    ("sales", "keys_present"): (with_line(stock_code=None), [1]),
    ("sales", "rows_unique"): (Load(lines=(GOOD_LINE, GOOD_LINE)), ["a.csv"]),
    ("sales", "line_types_known"): (with_line(line_type="adjustment"), [1]),
    ("sales", "invoices_match_line_types"): (with_line(invoice_no="C100"), [1]),
    ("sales", "quantities_match_line_types"): (with_line(quantity=-2), [1]),
    ("sales", "prices_positive"): (with_line(unit_price="-1.5"), [1]),
    ("sales", "totals_multiplied"): (with_line(total_price="3.001"), [1]),
    ("sales", "merchandise_matches_code"): (with_line(stock_code="POST"), [1]),
    ("sales", "texts_clean"): (with_line(description="LAMP "), [1]),
    ("sales", "months_match_dates"): (with_line(month="2011-02"), [1]),
    ("sales", "rows_reconcile"): (Load(lines=()), [1]),
    ("sales", "money_reconciles"): (with_line(quantity=3), [1]),
    ("sales", "dates_plausible"): (with_line(invoice_date=in_days(3)), [1]),
    ("sales", "customers_present"): (with_line(customer_id=None), [1]),
    ("sales", "descriptions_present"): (with_line(description=None), [1]),
    ("sales_quarantine", "reasons_known"): (with_quarantined(reason="strange"), [2]),
    ("sales_quarantine", "details_present"): (with_quarantined(reason="other"), [2]),
    ("sales_quarantine", "rows_unique"): (Load(quarantined=(GOOD_QUARANTINED, GOOD_QUARANTINED)), ["a.csv"]),
    ("sales_quarantine", "cells_kept"): (with_quarantined(description=None), [2]),
    ("sales_quarantine", "share_small"): (Load(), [2]),
}

ALL_CHECKS = [(table, name) for table in ("sales", "sales_quarantine") for name in sql.check_names(table)]


def failing(table: str, name: str, load: Load) -> list[object]:
    """Return the first column of the rows that check `name` of `table` finds in `load`."""
    check = sql.read_check(table, name)
    rows = load.database().execute(sql.transpile(check.sql, "duckdb")).fetchall()
    return [row[0] for row in rows]


def test_every_check_has_an_example_that_breaks_it() -> None:
    assert sorted(BROKEN) == sorted(ALL_CHECKS)


@pytest.mark.parametrize(("table", "name"), BROKEN)
def test_a_broken_load_is_found_with_its_row(table: str, name: str) -> None:
    load, expected = BROKEN[table, name]
    assert failing(table, name, load) == expected


@pytest.mark.parametrize(("table", "name"), ALL_CHECKS)
def test_a_good_load_passes(table: str, name: str) -> None:
    raw = (*FILE_OF_TEN[:1], GOOD_QUARANTINED.raw(), *FILE_OF_TEN[2:], RAW_LINE | {"source_row": 11})
    returned = RAW_LINE | {"source_row": 3, "invoice_no": "c900", "quantity": "-1", "invoice_date": "2011-02-03 12:00"}
    sales = [replace_line(GOOD_LINE, source_row=row["source_row"]) for row in raw if row["source_row"] not in (2, 3)]
    rows = [returned if row["source_row"] == 3 else row for row in raw]
    assert failing(table, name, Load(lines=(*sales, GOOD_RETURN), raw=tuple(rows))) == []


@pytest.mark.parametrize(("table", "name"), ALL_CHECKS)
def test_nothing_staged_of_an_empty_file_passes(table: str, name: str) -> None:
    assert failing(table, name, Load(lines=(), quarantined=(), raw=())) == []


@pytest.mark.parametrize(("table", "name"), ALL_CHECKS)
def test_a_check_says_how_severe_it_is_and_what_it_means(table: str, name: str) -> None:
    check = sql.read_check(table, name)
    assert check.severity in ("error", "warning")
    assert check.description.endswith(".")
    assert check.name == name


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("quantities_match_line_types", Load(lines=(replace_line(GOOD_RETURN, quantity=1),))),
        ("invoices_match_line_types", Load(lines=(replace_line(GOOD_RETURN, invoice_no="900"),))),
    ],
)
def test_a_broken_return_is_found_too(name: str, load: Load) -> None:
    assert failing("sales", name, load) == [3]


def test_a_row_in_both_places_does_not_reconcile() -> None:
    load = Load(quarantined=(GOOD_QUARANTINED, replace(GOOD_QUARANTINED, source_row=1)))
    assert failing("sales", "rows_reconcile", load) == [1]


def test_a_row_that_the_file_does_not_have_does_not_reconcile() -> None:
    assert failing("sales", "rows_reconcile", Load(raw=(RAW_LINE,))) == [2]


def test_money_that_quarantine_lost_does_not_reconcile() -> None:
    lost = replace(GOOD_QUARANTINED, reason="duplicate", unit_price="1.5", total_price=None)
    assert failing("sales", "money_reconciles", Load(quarantined=(lost,), raw=(RAW_LINE, lost.raw()))) == [2]


def test_text_where_a_number_should_be_is_not_a_matter_of_money() -> None:
    textual = replace(GOOD_QUARANTINED, quantity="two", reason="other", detail="quantity: two", total_price=None)
    assert failing("sales", "money_reconciles", Load(quarantined=(textual,), raw=(RAW_LINE, textual.raw()))) == []


def test_a_date_to_come_is_only_a_warning() -> None:
    assert failing("sales", "dates_plausible", with_line(invoice_date=in_days(3))) == [1]
    assert sql.read_check("sales", "dates_plausible").severity == "warning"


def test_a_tenth_of_the_file_in_quarantine_is_no_warning() -> None:
    assert failing("sales_quarantine", "share_small", Load(raw=FILE_OF_TEN)) == []


def _half(guests: int) -> Load:
    return Load(lines=tuple(replace_line(GOOD_LINE, customer_id=None if n < guests else "1") for n in range(4)))


@pytest.mark.parametrize(("guests", "expected"), [(2, []), (3, [4])])
def test_guests_are_a_warning_when_they_are_more_than_half(guests: int, expected: list[object]) -> None:
    assert failing("sales", "customers_present", _half(guests)) == expected
