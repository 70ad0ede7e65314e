"""The real workbook: every row and every penny has its place, in every format."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.real_data import shared_path
from tradewind.config import Limits
from tradewind.sales.cleaning import CleanedLoad, clean
from tradewind.sales.loads import Counts
from tradewind.sales.reading import open_sales
from tradewind.sales.splitting import split

ROWS = 541_909
COUNTS = Counts(
    read=ROWS, sales=524_877, returns=9_251, quarantined={"duplicate": 5_268, "adjustment": 3, "no_price": 2_510}
)
MONEY = {
    "sale": Decimal("10631048.744"),
    "return": Decimal("-893979.730"),
    "duplicate": Decimal("21740.980"),
    "adjustment": Decimal("-11062.060"),
    "no_price": Decimal("0.000"),
    "other": Decimal("0.000"),
}


def cleaned(parts: list[Path], into: Path) -> tuple[CleanedLoad, list[tuple[Any, ...]]]:
    """Return the load, and fingerprints of all clean rows and of all quarantined cells."""
    with duckdb.connect(config={"threads": 2}) as con:
        assert open_sales(con, parts, columns={}, limits=Limits()) == ROWS
        load = clean(con, load="Online Retail", into=into)
        fingerprints = "select count(*), cast(sum(hash(t)) as varchar) from"
        return load, con.execute(f"{fingerprints} sales t union all {fingerprints} sales_quarantine t").fetchall()


@pytest.fixture(scope="module")
def from_workbook(tmp_path_factory: pytest.TempPathFactory) -> tuple[CleanedLoad, list[tuple[Any, ...]]]:
    workbook = shared_path("data/online_retail/online_retail.xlsx")
    return cleaned([workbook], tmp_path_factory.mktemp("workbook"))


def test_counts_and_money_are_those_of_the_raw_file(
    from_workbook: tuple[CleanedLoad, list[tuple[Any, ...]]],
) -> None:
    load = from_workbook[0]
    assert load.counts == COUNTS
    assert load.money == MONEY
    assert sum(load.money.values()) == Decimal("9747747.934")
    assert (len(load.months), load.months[0], load.months[-1]) == (13, "2010-12", "2011-12")


@pytest.mark.parametrize("kind", ["parquet", "csv", "three parts"])
def test_every_format_and_any_split_give_the_same_rows(
    kind: str, from_workbook: tuple[CleanedLoad, list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    parquet = shared_path("data/online_retail/online_retail.parquet")
    parts = {
        "parquet": lambda: [parquet],
        "csv": lambda: [as_csv(parquet, tmp_path / "sales.csv")],
        "three parts": lambda: split(parquet, 3, tmp_path / "parts"),
    }[kind]()
    assert cleaned(parts, tmp_path) == from_workbook


def as_csv(parquet: Path, path: Path) -> Path:
    # customers and prices are floating-point numbers in this file: 17850.0, 0.0
    query = f"""
        select * replace (
            cast(CustomerID as bigint) as CustomerID,
            regexp_replace(cast(UnitPrice as varchar), '\\.0$', '') as UnitPrice
        )
        from '{parquet}'
    """
    duckdb.connect().execute(f"copy ({query}) to '{path}'")
    return path
