"""`tradewind sql` from the person's side."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.athena_answers import CannedAthena
from tests.cli.conftest import Run
from tradewind.aws import clients
from tradewind.cli import target
from tradewind.cli.sql import hints, summary
from tradewind.cli.target import find_target

COLUMNS = (("country", "varchar"), ("revenue", "decimal"))
Answer = Callable[[CannedAthena], CannedAthena]


@pytest.fixture
def answer(home: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Let the command's Athena be the given one."""

    def use(athena: CannedAthena) -> CannedAthena:
        monkeypatch.setattr(target, "connect", lambda env: find_target(env, {"TRADEWIND_HOME": str(home)}))
        monkeypatch.setattr(clients, "athena", athena.client)
        return athena

    return use


def test_csv_goes_to_stdout_and_nothing_else(run: Run, answer: Answer) -> None:
    answer(CannedAthena(COLUMNS, [[["France", "2.500"]], [["Spain", "0.000"]]], scanned=2048))
    said = run("sql", "--format", "csv", "select 1")

    assert said.status == 0
    assert said.out == "country,revenue\nFrance,2.500\nSpain,0.000\n"
    assert said.err == "scanned 2.0 kB in 1.5 s; on AWS $0.000048 ($5 a TB, at least 10 MB a query)\n"


def test_a_table_is_the_default(run: Run, answer: Answer) -> None:
    answer(CannedAthena(COLUMNS, [[["France", "2.500"]]]))

    assert run("sql", "select 1").out == "country  revenue\n-------  -------\nFrance     2.500\n"


def test_a_mistake_gives_athenas_reason_and_no_trace(run: Run, answer: Answer) -> None:
    answer(CannedAthena(states=["FAILED"], reason="SYNTAX_ERROR: line 1:1: mismatched input 'selct'"))
    said = run("sql", "selct 1")

    assert (said.status, said.out) == (1, "")
    assert said.err.splitlines() == [
        "error: SYNTAX_ERROR: line 1:1: mismatched input 'selct'",
        "one statement of Athena's SQL (Trino); docs/sql.md has examples",
    ]


def test_a_missing_view_is_followed_by_those_there_are(run: Run, answer: Answer) -> None:
    reason = "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.tradewind.dayly_sales' does not exist"
    answer(CannedAthena(states=["FAILED"], reason=reason))
    said = run("sql", "select * from dayly_sales")

    assert said.err.splitlines() == [
        f"error: {reason}",
        "tables: raw_product_changes, sales, sales_quarantine, quality_checks, raw_events, events, interactions, "
        "events_quarantine",
        "views: product_changes, daily_sales, popular_products, sales_by_country, top_customers, customer_metrics, "
        "shared_invoices, orders, daily_events, funnel, sessions, top_pages, attribution, searches, top_queries, "
        "no_result_queries, search_clicks, click_through_by_rank, revenue_by_query, ubi_queries, ubi_events",
    ]


def test_the_query_can_come_from_stdin(run: Run, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    athena = answer(CannedAthena(COLUMNS))
    monkeypatch.setattr("sys.stdin", io.StringIO("select 'é';\n"))
    run("sql", "-")

    assert athena.asked == ["select 'é'"]


def test_the_query_can_come_from_a_file(run: Run, answer: Answer, tmp_path: Path) -> None:
    athena = answer(CannedAthena(COLUMNS))
    (tmp_path / "q.sql").write_text("-- orders\nselect 1\n;\n", encoding="utf-8-sig")
    run("sql", "--file", str(tmp_path / "q.sql"))

    assert athena.asked == ["-- orders\nselect 1"]


def test_a_missing_query_file_is_named(run: Run, home: Path, tmp_path: Path) -> None:
    said = run("sql", "--file", str(tmp_path / "q.sql"))

    assert (said.status, said.err) == (1, f"error: {tmp_path}/q.sql: No such file or directory\n")


def test_a_query_file_in_another_encoding_is_named(run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_bytes("select 'é'".encode("latin-1"))
    said = run("sql", "--file", str(tmp_path / "q.sql"))

    assert said.err == f"error: file '{tmp_path}/q.sql': it is not UTF-8 text; save it as UTF-8\n"


def test_an_empty_query_is_refused(run: Run, home: Path) -> None:
    said = run("sql", " ; ")

    assert said.err == "error: query '': give a statement, for example \"select * from daily_sales\"\n"


def test_no_query_at_all_is_wrong_usage(run: Run, home: Path) -> None:
    said = run("sql")

    assert said.status == 2
    assert said.err.endswith("Error: Give the query as an argument, or - for stdin, or --file; one of them.\n")


def test_a_stopped_cloud_says_how_to_start_it(run: Run, home: Path) -> None:
    said = run("sql", "select 1")

    assert (said.status, said.out) == (1, "")
    assert said.err == "error: the local cloud does not answer at http://127.0.0.1:9: start it with `make up`\n"


def test_a_statement_without_a_scan_is_free() -> None:
    assert summary(0, 0.25, reads_data=False) == (
        "scanned 0 B in 0.2 s; on AWS $0.000000 (statements that scan no data are free)"
    )


def test_an_unknown_column_tells_how_to_see_the_columns() -> None:
    assert hints("COLUMN_NOT_FOUND: line 1:8: Column 'foo' cannot be resolved") == [
        'a table\'s columns: tradewind sql "describe sales"'
    ]


@pytest.mark.parametrize(
    "statement", ["drop table sales", " -- gone\n DELETE from sales", "/* x */ Insert into sales select 1"]
)
def test_a_statement_that_changes_tables_is_refused(run: Run, statement: str) -> None:
    word = next(word for word in statement.split() if word.lower() in ("drop", "delete", "insert"))
    said = run("sql", statement)
    assert (said.status, said.out) == (1, "")
    assert said.err == (
        f"error: statement {word.upper()}: this command only reads; the stacks own the tables "
        "(use the Athena API for tables of your own)\n"
    )
