"""What holds for the cleaning of any rows, not of chosen ones."""

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sales.files import csv_file
from tradewind.config import Limits
from tradewind.sales.cleaning import CleanedLoad, clean
from tradewind.sales.reading import open_sales
from tradewind.sales.splitting import split

Cells = tuple[str, ...]

# Few values for each cell, so that duplicates, near duplicates and every rule come up often.
ROWS: st.SearchStrategy[Cells] = st.tuples(
    st.sampled_from(["1", "2", "C1", "c2", "A1", "", " 1", "1.0"]),
    st.sampled_from(["22423", "85123a", "POST", "", " "]),
    st.sampled_from(["LANTERN", " LANTERN ", ""]),
    st.sampled_from(["1", "-1", "0", "12", "x", "", "2.0", "99999999999"]),
    st.sampled_from(["2010-12-01 08:26:00", "2011-01-04", "25/12/2011 9:05", "?", ""]),
    st.sampled_from(["2.55", "0.0005", "0", "-1", "1e-7", "£1", "", "999999999999"]),
    st.sampled_from(["17850", "17850.0", ""]),
    st.sampled_from(["UK", ""]),
)
LOADS = st.lists(ROWS.filter(any), min_size=1, max_size=25)


class Cleaned:
    """The result of a load, as plain values."""

    def __init__(self, parts: Sequence[Path | tuple[str, bytes]]) -> None:
        with duckdb.connect() as con, TemporaryDirectory() as folder:
            open_sales(con, parts, columns={}, limits=Limits())
            self.load: CleanedLoad = clean(con, load="sales", into=Path(folder))
            self.sales = con.execute("select * from sales order by source_row").fetchall()
            self.quarantine = con.execute("select * from sales_quarantine order by source_row").fetchall()
            self.places = con.execute(
                "select source_row, line_type from sales union all select source_row, reason from sales_quarantine"
            ).fetchall()


def expected_place(cells: Cells) -> str:
    """Return the place of a row that is no duplicate: the rules again, without SQL."""
    invoice = cells[0].strip().upper().removesuffix(".0")
    quantity = {"1": 1, "-1": -1, "0": 0, "12": 12, "2.0": 2}.get(cells[3])
    price = {"2.55": "2.55", "0.0005": "0.0005", "0": "0", "-1": "-1", "1e-7": "0", "999999999999": "999999999999"}.get(
        cells[5]
    )
    complete = cells[1].strip() != "" and cells[4] not in ("?", "") and quantity is not None
    if complete and price is not None and Decimal(price) > 0:
        if invoice.isdigit() and quantity is not None and quantity > 0:
            return "sale"
        if invoice[:1] == "C" and invoice[1:].isdigit() and quantity is not None and quantity < 0:
            return "return"
    if invoice and not invoice.removeprefix("C").isdigit():
        return "adjustment"
    return "no_price" if price is not None and Decimal(price) <= 0 else "other"


@settings(max_examples=40, deadline=None)
@given(LOADS)
def test_every_row_is_in_exactly_the_place_that_the_rules_say(rows: list[Cells]) -> None:
    seen: set[Cells] = set()
    expected = []
    for number, cells in enumerate(rows, start=1):
        expected.append((number, "duplicate" if cells in seen else expected_place(cells)))
        seen.add(cells)
    assert sorted(Cleaned([csv_file(rows)]).places) == expected


@settings(max_examples=25, deadline=None)
@given(LOADS)
def test_counts_and_money_reconcile_to_the_rows(rows: list[Cells]) -> None:
    result = Cleaned([csv_file(rows)])
    counts = result.load.counts
    assert counts.read == len(rows) == counts.sales + counts.returns + counts.total_quarantined
    assert (counts.clean, counts.total_quarantined) == (len(result.sales), len(result.quarantine))
    assert sum(result.load.money.values()) == sum(total_of(cells) for cells in rows)


def total_of(cells: Cells) -> Decimal:
    """Return quantity x price of a raw row to the third decimal, 0 where a cell is no number."""
    if cells[3] not in ("1", "-1", "0", "12", "2.0") or cells[5] in ("£1", ""):
        return Decimal(0)
    price = Decimal(cells[5]).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return (Decimal(cells[3]) * price).quantize(Decimal("0.001"), ROUND_HALF_UP)


@settings(max_examples=25, deadline=None)
@given(LOADS, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing_but_which_duplicate_is_first(rows: list[Cells], random: object) -> None:
    shuffled = rows.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = Cleaned([csv_file(rows)]), Cleaned([csv_file(shuffled)])
    assert (first.load.counts, first.load.money) == (second.load.counts, second.load.money)
    assert without_row_numbers(first) == without_row_numbers(second)


def without_row_numbers(result: Cleaned) -> tuple[Counter[tuple[Any, ...]], Counter[tuple[Any, ...]]]:
    sales = Counter(tuple(cells[:11]) for cells in result.sales)
    # a duplicate's detail names the row that came first
    quarantine = Counter((*cells[:9], cells[8] == "duplicate" or cells[9], cells[10]) for cells in result.quarantine)
    return sales, quarantine


@settings(max_examples=12, deadline=None)
@given(LOADS, st.integers(1, 12))
def test_any_split_gives_the_same_result(rows: list[Cells], n: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv"
        path.write_bytes(csv_file(rows)[1])
        whole, parts = Cleaned([path]), Cleaned(split(path, n, Path(folder) / "parts"))
    assert (whole.load, whole.sales, whole.quarantine) == (parts.load, parts.sales, parts.quarantine)


@pytest.mark.parametrize("dates", [("25/12/2011", "1/2/2011"), ("1/2/2011", "25/12/2011")])
def test_the_date_order_is_one_for_the_load_wherever_the_telling_row_is(dates: tuple[str, str]) -> None:
    rows = [("1", "22423", "", "1", text, "1", "", "") for text in dates]
    assert sorted(str(cells[4]) for cells in Cleaned([csv_file(rows)]).sales) == [
        "2011-02-01 00:00:00",
        "2011-12-25 00:00:00",
    ]
