"""A sales file in CSV to cleaned Parquet files: ours, the same SQL typed into DuckDB by hand, and pandas twice."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.measure import Figure, alternate, figure, report
from benchmarks.pandas_cleaning import COLUMNS, clean_with_pandas
from benchmarks.sales_data import SalesFiles, sales_files
from tradewind.config import Limits
from tradewind.lake.sql import read_sql, transpile
from tradewind.lake.tables import SALES, SALES_QUARANTINE
from tradewind.sales.cleaning import CLEAN_SQL, clean
from tradewind.sales.reading import open_sales

GOAL_BY_HAND = 1.15
GOAL_PANDAS = 0.25  # four times faster

LOAD = "bench"
_THREADS = 2

Clean = Callable[[Path, Path], None]


def figures(files: SalesFiles) -> list[Figure]:
    """Return the figures, after making sure that all sides write the same rows."""
    sides: dict[str, Clean] = {
        "ours": clean_ours,
        "by hand": clean_by_hand,
        "pandas": partial(clean_with_pandas, load=LOAD, reader="c"),
        "pandas with pyarrow": partial(clean_with_pandas, load=LOAD, reader="pyarrow"),
    }
    check_same(files.csv, sides)
    cost = alternate({name: partial(_in_a_new_folder, side, files.csv) for name, side in sides.items()})
    wall = ", ".join(f"{name} {taken.wall:.2f} s" for name, taken in cost.items())
    what = f"{files.what}, CSV of {files.csv.stat().st_size / 1e6:.0f} MB to Parquet files by month and quarantine"
    return [
        figure(
            "cleaning against the SQL by hand",
            ours=cost["ours"].cpu,
            rival=cost["by hand"].cpu,
            goal=GOAL_BY_HAND,
            unit="CPU s",
            how=f"{what}; rival: the same cleaning SQL in DuckDB, read_csv to partitioned COPY; wall: {wall}",
        ),
        *(
            figure(
                f"cleaning against {name}",
                ours=cost["ours"].cpu,
                rival=cost[name].cpu,
                goal=GOAL_PANDAS,
                unit="CPU s",
                how=f"{what}; rival: benchmarks/pandas_cleaning.py, vectorised, {reader}; the same rows, checked; "
                f"ours is {cost[name].cpu / cost['ours'].cpu:.1f} times faster",
            )
            for name, reader in (
                ("pandas", "read_csv as it comes"),
                ("pandas with pyarrow", "reader and strings of pyarrow"),
            )
        ),
    ]


def clean_ours(csv: Path, into: Path) -> None:
    with duckdb.connect(config={"threads": _THREADS}) as con:
        open_sales(con, [csv], columns={}, limits=Limits())
        clean(con, load=LOAD, into=into)


def clean_by_hand(csv: Path, into: Path) -> None:
    """Clean `csv` as somebody would who has the SQL file and a DuckDB prompt."""
    into.mkdir(parents=True, exist_ok=True)
    names = ", ".join(f"'{name}'" for name in COLUMNS)
    clean_columns = ", ".join(column.name for column in SALES.columns)
    quarantine_columns = ", ".join(
        f"raw_{name} as {name}" if name in COLUMNS else name for name in (c.name for c in SALES_QUARANTINE.columns)
    )
    with duckdb.connect(config={"threads": _THREADS}) as con:
        con.execute(
            f"""
            create table raw_sales as
            select row_number() over () as source_row, * from read_csv('{csv}', all_varchar = true, names = [{names}])
            """
        )
        con.execute(f"create table load_settings as select '{LOAD}' as load, 'mdy' as date_order")
        con.execute(f"create table judged as {transpile(read_sql(CLEAN_SQL), 'duckdb')}")
        con.execute(
            f"""
            copy (select {clean_columns}, month from judged where line_type is not null order by source_row)
            to '{into}/clean' (format parquet, compression zstd, partition_by (month))
            """
        )
        (into / "quarantine").mkdir()
        con.execute(
            f"""
            copy (select {quarantine_columns} from judged where reason is not null order by source_row)
            to '{into}/quarantine/00000.parquet' (format parquet, compression zstd)
            """
        )


def check_same(csv: Path, sides: dict[str, Clean]) -> None:
    """Raise AssertionError where two sides wrote different rows."""
    with TemporaryDirectory(prefix="tradewind-bench-") as name:
        for side, work in sides.items():
            work(csv, Path(name) / side)
        first, *others = (Path(name) / side for side in sides)
        for other in others:
            for zone, columns in (("clean", SALES.columns), ("quarantine", SALES_QUARANTINE.columns)):
                differing = _differing_rows(first / zone, other / zone, ", ".join(c.name for c in columns))
                if differing:
                    raise AssertionError(
                        f"{zone} rows of {other.name} must be those of {first.name}: {differing} differ"
                    )


def _differing_rows(one: Path, other: Path, columns: str) -> int:
    tables = [f"(select {columns} from read_parquet('{folder}/**/*.parquet'))" for folder in (one, other)]
    both_ways = " union all ".join(f"(from {a} except all from {b})" for a, b in (tables, tables[::-1]))
    (rows,) = duckdb.execute(f"select count(*) from ({both_ways})").fetchall()[0]
    return int(rows)


def _in_a_new_folder(work: Clean, csv: Path) -> None:
    with TemporaryDirectory(prefix="tradewind-bench-") as folder:
        work(csv, Path(folder) / "made")


def main() -> int:
    with sales_files() as files:
        return report("cleaning", figures(files))


if __name__ == "__main__":
    sys.exit(main())
