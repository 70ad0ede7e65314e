"""One text, three engines: every SQL file gives the same rows on DuckDB, PySpark 3.5 and a real Trino.

The data is the real workbook, cleaned, and the demo's events. Every row of every result is compared: text and
timestamps as they are, money to the last decimal of its type, doubles exactly (tolerance 0: divisions, which IEEE 754
rounds in one way).
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.analytics.engines import (
    RELATIONS,
    Lake,
    Trino,
    duckdb_over,
    run_on_spark,
    trino_over,
    trino_type,
)
from tests.analytics.event_rows import demo_events, designed_events, keep_what_cleaning_reads, raw_rows
from tests.analytics.hand_rows import create_table, insert
from tests.events_cleaning.shop import Shop
from tests.real_data import shared_path
from tradewind.config import Limits
from tradewind.lake import sql
from tradewind.lake.tables import QUALITY_CHECKS, RAW_PRODUCT_CHANGES, VIEWS
from tradewind.sales.cleaning import clean
from tradewind.sales.reading import open_sales

# The engines start once: run in parallel, these tests stay on one worker (--dist loadgroup or loadfile).
pytestmark = pytest.mark.xdist_group("parity")

# What the workbook holds, by line_type or reason: rows and money.
KNOWN = {
    "sale": (524_877, "10631048.744"),
    "return": (9_251, "-893979.730"),
    "adjustment": (3, "-11062.060"),
    "no_price": (2_510, "0.000"),
    "duplicate": (5_268, "21740.980"),
}
EVENT_FILES = ("added_events", "arrived", "events", "interactions", "judged", "links", "sessions")


def statements() -> dict[str, str]:
    """Return every file of analytics/sql as a statement, by a name that can be a table's."""
    checks = [(table, name) for table in ("sales", "sales_quarantine") for name in sql.check_names(table)]
    return {
        "clean_sales": sql.read_sql("sales/clean_sales.sql"),
        "date_order": sql.read_sql("sales/date_order.sql"),
        **{f"view_{view.name}": f"select * from {view.name}" for view in VIEWS},
        **{f"query_{name}": sql.read_sql(f"queries/{name}.sql") for name in sql.query_names()},
        **{f"check_{table}_{name}": sql.read_check(table, name).sql for table, name in checks},
        **{f"events_{name}": sql.read_sql(f"events/{name}.sql") for name in EVENT_FILES},
    }


STATEMENTS = statements()
# Spark says something else: the digest of a digest, days for minutes, whole seconds. Events are cleaned on DuckDB only.
NOT_ON_SPARK = ("events_arrived", "events_judged", "events_sessions")
ON_SPARK = {name: text for name, text in STATEMENTS.items() if name not in NOT_ON_SPARK}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake with the real workbook and the demo's events: raw rows, and what cleaning makes of them."""
    workbook = shared_path("data/online_retail/online_retail.xlsx")
    lake = Lake(tmp_path_factory.mktemp("parity"))
    for name in RELATIONS:
        lake.files(name).mkdir(parents=True)
    con = duckdb.connect()
    con.execute("set threads = 2")
    open_sales(con, [workbook], columns={}, limits=Limits())
    clean(con, load="Online Retail.xlsx", into=lake.root / "made")
    for month in (lake.root / "made/clean").iterdir():
        month.rename(lake.files("sales") / month.name)
    create_table(con, "quality_checks", QUALITY_CHECKS.columns)
    _add_product_changes(con, lake)
    for name in ("raw_sales", "load_settings", "sales_quarantine", "quality_checks"):
        con.execute(f"copy {name} to '{lake.files(name)}/00000.parquet' (format parquet)")
    con.close()
    _add_events(lake)
    return lake


def _add_product_changes(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Add a product that is put, put once more, delivered again a day later, and removed."""
    create_table(con, "product_changes", RAW_PRODUCT_CHANGES.columns)
    put: dict[str, object] = {"index_name": "products", "object_id": "lamp", "change": "put", "body": '{"a": "ä"}'}
    put |= {"change_id": "c1", "changed_at": "2026-11-20 23:59:59"}
    removed = put | {"change_id": "c3", "change": "remove", "changed_at": "2026-11-21 10:00:00", "body": None}
    days = {"2026-11-20": [put, put | {"change_id": "c2"}], "2026-11-21": [put, removed]}
    for day, rows in days.items():
        folder = lake.files("raw_product_changes") / f"received_date={day}"
        folder.mkdir()
        insert(con, "product_changes", rows)
        con.execute(f"copy product_changes to '{folder}/00000.parquet' (format parquet)")
        con.execute("truncate product_changes")


def _add_events(lake: Lake) -> None:
    """Add the demo's events and the designed ones: cleaned in two runs, every second event in the first of them."""
    shop = Shop(lake.root / "made/events")
    rows = raw_rows([*demo_events(), *designed_events()])
    shop.arrives(rows[::2])
    shop.arrives(rows[1::2])
    for name in ("events", "interactions"):
        lake.files(name).rmdir()
        (shop.lake.folder / "clean" / name).rename(lake.files(name))
    before = Shop(lake.root / "made/before")
    before.arrives(rows[::2])
    second_half = shop.raw[1]
    keep_what_cleaning_reads(before, second_half, lake.root / "lake/cleaning")


@pytest.fixture(scope="module")
def ours(lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return DuckDB with the answer of each statement as a table of its name."""
    con = duckdb_over(lake)
    for name, text in STATEMENTS.items():
        con.execute(f"create table answer_{name} as {sql.transpile(text, 'duckdb')}")
    yield con
    con.close()


@pytest.fixture(scope="module")
def spark_answers(lake: Lake) -> tuple[Path, dict[str, list[tuple[str, str]]]]:
    into = lake.root / "spark"
    return into, run_on_spark(lake, ON_SPARK, into)


@pytest.fixture(scope="module")
def running_trino(lake: Lake) -> Iterator[Trino]:
    with trino_over(lake) as engine:
        yield engine


def assert_same_rows(con: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
    """Compare DuckDB's answer with the Parquet files of another engine, as bags of rows."""
    columns = [(row[0], row[1]) for row in con.execute(f"describe answer_{name}").fetchall()]
    files = [str(path) for path in folder.rglob("*") if path.is_file() and path.name[0] not in "._"]
    rows = con.execute(f"select count(*) from answer_{name}").fetchall()[0][0]
    if not files:  # an engine that has no rows need not write a file
        assert rows == 0
        return
    listed = ", ".join(f'cast("{column}" as {kind}) as "{column}"' for column, kind in columns)
    con.execute(f"create or replace temp view theirs as select {listed} from read_parquet({files})")
    assert con.execute(f"from answer_{name} except all from theirs limit 5").fetchall() == []
    assert con.execute(f"from theirs except all from answer_{name} limit 5").fetchall() == []


def test_the_cleaned_workbook_holds_what_is_known_of_it(ours: duckdb.DuckDBPyConnection) -> None:
    rows = ours.execute(
        "select coalesce(line_type, reason), count(*), sum(total_price) from answer_clean_sales group by all"
    ).fetchall()
    assert {kind: (count, str(money)) for kind, count, money in rows} == KNOWN


def test_every_check_that_is_an_error_passes_on_the_workbook(ours: duckdb.DuckDBPyConnection) -> None:
    names = [
        (table, name)
        for table in ("sales", "sales_quarantine")
        for name in sql.check_names(table)
        if sql.read_check(table, name).severity == "error"
    ]
    failed = [name for name in names if ours.execute(f"from answer_check_{'_'.join(name)} limit 1").fetchall()]
    assert failed == []


def test_the_views_together_hold_the_money_of_the_merchandise(ours: duckdb.DuckDBPyConnection) -> None:
    lines = ours.execute(
        "select sum(total_price) filter (line_type = 'sale'), sum(total_price) filter (line_type = 'return'),"
        " sum(total_price) from sales where is_merchandise"
    ).fetchall()
    for name in ("daily_sales", "popular_products", "sales_by_country"):
        totals = f"select sum(revenue), sum(returns_value), sum(net_revenue) from answer_view_{name}"
        assert ours.execute(totals).fetchall() == lines, name


# No check failed, and there is one load.
MAY_BE_EMPTY = {"query_failed_checks", "view_shared_invoices"}


def test_the_demo_gives_rows_to_every_view_query_and_step_of_the_cleaning(ours: duckdb.DuckDBPyConnection) -> None:
    of_events = [name for name in STATEMENTS if name.startswith(("view_", "query_", "events_"))]
    empty = {name for name in of_events if not ours.execute(f"from answer_{name} limit 1").fetchall()}
    assert empty <= MAY_BE_EMPTY


def test_the_views_of_events_agree_with_each_other(ours: duckdb.DuckDBPyConnection) -> None:
    (orders,) = ours.execute("select count(*), sum(revenue) from answer_view_orders").fetchall()
    for name in ("sessions", "attribution"):
        assert ours.execute(f"select sum(orders), sum(revenue) from answer_view_{name}").fetchall() == [orders], name
    (events,) = ours.execute("select count(*), count(*) filter (interaction = 'view') from events").fetchall()
    assert ours.execute("select sum(events), sum(views) from answer_view_daily_events").fetchall() == [events]


@pytest.mark.spark
@pytest.mark.parametrize("name", ON_SPARK)
def test_spark_gives_the_same_rows(
    name: str, ours: duckdb.DuckDBPyConnection, spark_answers: tuple[Path, dict[str, list[tuple[str, str]]]]
) -> None:
    assert_same_rows(ours, name, spark_answers[0] / name)


@pytest.mark.spark
def test_spark_returns_the_declared_columns(
    spark_answers: tuple[Path, dict[str, list[tuple[str, str]]]],
) -> None:
    # DuckDB's timestamps in Parquet say nothing of a zone; Spark has another name for those.
    returned = {
        view.name: [(name, kind.removesuffix("_ntz")) for name, kind in spark_answers[1][f"view_{view.name}"]]
        for view in VIEWS
    }
    assert returned == {view.name: [(column.name, column.type) for column in view.columns] for view in VIEWS}


@pytest.mark.trino
@pytest.mark.parametrize("name", STATEMENTS)
def test_trino_gives_the_same_rows(name: str, ours: duckdb.DuckDBPyConnection, running_trino: Trino) -> None:
    assert_same_rows(ours, name, running_trino.run(name, STATEMENTS[name]))


@pytest.mark.trino
def test_trino_returns_the_declared_columns(running_trino: Trino) -> None:
    # Trino writes blanks within rows, and maybe quotes.
    returned = {
        view.name: [(name, kind.replace(", ", ",").replace('"', "")) for name, kind in running_trino.columns(view.name)]
        for view in VIEWS
    }
    declared = {
        view.name: [(column.name, trino_type(column.type).replace('"', "")) for column in view.columns]
        for view in VIEWS
    }
    assert returned == declared


@pytest.mark.trino
@pytest.mark.parametrize("view", ["daily_events", "funnel"])
def test_a_date_of_a_view_reads_only_the_file_of_its_day(
    view: str, ours: duckdb.DuckDBPyConnection, running_trino: Trino
) -> None:
    day = "date '2025-12-10'"
    (rows,) = ours.execute(f"select count(*) from events where cast(occurred_at as date) = {day}").fetchall()[0]
    assert 0 < running_trino.rows_read(f"select * from {view} where date = {day}") <= rows


@pytest.mark.trino
def test_a_month_reads_only_its_own_rows(ours: duckdb.DuckDBPyConnection, running_trino: Trino) -> None:
    november, total = ours.execute("select count(*) filter (month = '2011-11'), count(*) from sales").fetchall()[0]
    assert 0 < november < total
    assert running_trino.rows_read("select sum(total_price) from sales where month = '2011-11'") == november
    assert running_trino.rows_read("select sum(total_price) from sales") == total


def test_a_month_opens_only_its_own_files(ours: duckdb.DuckDBPyConnection) -> None:
    plan = ours.execute("explain analyze select sum(total_price) from sales where month = '2011-11'").fetchall()[0][1]
    assert "Scanning Files: 1/13" in plan, plan
