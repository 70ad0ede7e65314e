"""Raw rows into clean sales and quarantine: the one SQL text, and the files that hold its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from tradewind.lake.sql import read_sql, transpile
from tradewind.lake.tables import SALES, SALES_QUARANTINE
from tradewind.sales.columns import COLUMNS
from tradewind.sales.formats.cells import literal
from tradewind.sales.loads import REASONS, Counts

CLEAN_SQL = "sales/clean_sales.sql"

_FILE = "00000.parquet"
_PARQUET = "format parquet, compression zstd"
_CLEAN_COLUMNS = ", ".join(column.name for column in SALES.columns)
_QUARANTINE_COLUMNS = ", ".join(column.name for column in SALES_QUARANTINE.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanedLoad:
    """What a load became: rows and money of each line type and of each reason, and the months of its sales."""

    counts: Counts
    money: Mapping[str, Decimal]  # sale, return, and each reason -> sum of total_price, scale 3
    months: tuple[str, ...]  # 'YYYY-MM', sorted


def clean(con: duckdb.DuckDBPyConnection, *, load: str, into: Path) -> CleanedLoad:
    """Return what became of the rows of `raw_sales`, after writing them as Parquet files under `into`.

    Leaves `sales` (with its month) and `sales_quarantine` in `con`, for the checks. Writes
    clean/month=YYYY-MM/00000.parquet for each month and quarantine/00000.parquet; no file for no rows.
    """
    con.execute("update load_settings set load = ?", [load])
    _judge(con)
    months = tuple(month for (month,) in con.execute("select distinct month from sales order by month").fetchall())
    for month in months:
        _write(
            con,
            f"select {_CLEAN_COLUMNS} from sales where month = {literal(month)} order by source_row",  # noqa: S608
            into / "clean" / f"month={month}" / _FILE,
        )
    counts, money = _totals(con)
    if counts.total_quarantined:
        _write(con, "select * from sales_quarantine order by source_row", into / "quarantine" / _FILE)
    return CleanedLoad(counts=counts, money=money, months=months)


def _judge(con: duckdb.DuckDBPyConnection) -> None:
    """Run the cleaning SQL once. The raw cells are joined to the quarantined rows afterwards: these are few."""
    for relation, kind in (("sales", "view"), ("sales_quarantine", "table")):
        con.execute(f"drop {kind} if exists {relation}")
    con.execute(
        f"""
        create or replace table judged_sales as
        select {_CLEAN_COLUMNS}, month, reason, detail from ({transpile(read_sql(CLEAN_SQL), "duckdb")})
        """  # noqa: S608
    )
    con.execute(
        f"create view sales as select {_CLEAN_COLUMNS}, month from judged_sales where line_type is not null"  # noqa: S608
    )
    raw_cells = ", ".join(f"r.{name}" for name in COLUMNS)
    con.execute(
        f"""
        create table sales_quarantine as
        select {_QUARANTINE_COLUMNS}
        from (
            select {raw_cells}, j.reason, j.detail, j.total_price, j.source_row, j.load
            from judged_sales j join raw_sales r on r.source_row = j.source_row
            where j.reason is not null
        )
        """  # noqa: S608
    )


def _totals(con: duckdb.DuckDBPyConnection) -> tuple[Counts, dict[str, Decimal]]:
    totals = con.execute(
        """
        select coalesce(line_type, reason), count(*), cast(coalesce(sum(total_price), 0) as decimal(38, 3))
        from judged_sales group by 1
        """
    ).fetchall()
    rows = {outcome: int(count) for outcome, count, _ in totals}
    money = {outcome: total for outcome, _, total in totals}
    outcomes = ("sale", "return", *REASONS)
    counts = Counts(
        read=sum(rows.values()),
        sales=rows.get("sale", 0),
        returns=rows.get("return", 0),
        quarantined={reason: rows[reason] for reason in REASONS if reason in rows},
    )
    return counts, {outcome: money.get(outcome, Decimal("0.000")) for outcome in outcomes}


def _write(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    con.execute(f"copy ({query}) to {literal(str(path))} ({_PARQUET})")
