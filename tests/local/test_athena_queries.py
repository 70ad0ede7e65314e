"""The Athena API over a lake in a folder: statements in, states, results and bytes scanned out."""

import csv
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from local.athena.api import InvalidRequest, QueryApi
from local.athena.engine import Engine
from local.athena.executions import Execution, ExecutionLog
from tests.local.folder_lake import FolderLake, monthly_sales


class Shop:
    """An Athena with one workgroup, asked as a client would."""

    def __init__(self, root: Path, lake: FolderLake, *, scan_limit: int | None = None, enforced: bool = True) -> None:
        self.root = root
        self.lake = lake
        group: dict[str, Any] = {
            "EnforceWorkGroupConfiguration": enforced,
            "ResultConfiguration": {"OutputLocation": "s3://results/queries/"},
        }
        if scan_limit is not None:
            group["BytesScannedCutoffPerQuery"] = scan_limit
        groups = {"tradewind": {"Name": "tradewind", "State": "ENABLED", "Configuration": group}, "primary": {}}
        engine = Engine(lake, scratch=root / "running")
        self.api = QueryApi(lake, engine, ExecutionLog(root / "executions"), workgroup=groups.get)

    def ask(self, operation: str, **body: Any) -> dict[str, Any]:
        answer = self.api.call(operation, body)
        assert answer is not None
        return answer

    def run(self, sql: str, **body: Any) -> dict[str, Any]:
        """Return the finished execution of `sql`."""
        body = {"WorkGroup": "tradewind", "QueryExecutionContext": {"Database": "tradewind"}, **body}
        query_id = self.ask("StartQueryExecution", QueryString=sql, **body)["QueryExecutionId"]
        while True:
            execution = self.ask("GetQueryExecution", QueryExecutionId=query_id)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return dict(execution)
            time.sleep(0.01)

    def rows(self, sql: str, **body: Any) -> list[list[str | None]]:
        """Return the rows of `sql`, without a header."""
        execution = self.run(sql, **body)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        answer = self.ask("GetQueryResults", QueryExecutionId=execution["QueryExecutionId"])
        rows = [[datum.get("VarCharValue") for datum in row["Data"]] for row in answer["ResultSet"]["Rows"]]
        return rows[1:] if execution["StatementType"] == "DML" else rows

    def reason(self, sql: str, **body: Any) -> str:
        """Return why `sql` failed."""
        execution = self.run(sql, **body)
        assert execution["Status"]["State"] == "FAILED", execution["Status"]
        return str(execution["Status"]["StateChangeReason"])

    def scanned(self, sql: str) -> int:
        execution = self.run(sql)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        return int(execution["Statistics"]["DataScannedInBytes"])


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, monthly_sales(tmp_path))


def test_a_query_adds_up_the_lake(shop: Shop) -> None:
    # Twelve months of 10.500 and 0.250.
    assert shop.rows("SELECT count(*), sum(total_price) FROM sales") == [["24", "129.000"]]


def test_the_result_object_is_where_athena_puts_it_and_written_as_athena_writes_it(shop: Shop) -> None:
    execution = shop.run("""SELECT 'a "b",c' AS text, NULL AS nothing, 1e10 AS big, '' AS empty""")
    query_id = execution["QueryExecutionId"]
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://results/queries/{query_id}.csv"
    body = (shop.root / "results/queries" / f"{query_id}.csv").read_text()
    assert body == '"text","nothing","big","empty"\n"a ""b"",c",,"1.0E10",""\n'
    assert (shop.root / "results/queries" / f"{query_id}.csv.metadata").exists()


def test_types_have_athenas_names_and_values_athenas_form(shop: Shop) -> None:
    execution = shop.run(
        "SELECT DECIMAL '1.50' AS d, TIMESTAMP '2024-01-02 03:04:05.678' AS t, DATE '2024-01-02' AS day, true AS yes,"
        " ARRAY[1,2] AS list, BIGINT '1' AS n, CAST('2024-01-02 00:00:00 UTC' AS timestamp with time zone) AS z"
    )
    answer = shop.ask("GetQueryResults", QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]
    columns = [(c["Name"], c["Type"], c["Precision"], c["Scale"]) for c in answer["ResultSetMetadata"]["ColumnInfo"]]
    assert columns[:2] == [("d", "decimal", 3, 2), ("t", "timestamp", 3, 0)]
    assert [each[1] for each in columns[2:]] == ["date", "boolean", "array", "bigint", "timestamp with time zone"]
    assert [datum["VarCharValue"] for datum in answer["Rows"][1]["Data"]] == [
        "1.50", "2024-01-02 03:04:05.678", "2024-01-02", "true", "[1, 2]", "1", "2024-01-02 00:00:00.000 UTC",
    ]  # fmt: skip


def test_a_column_without_a_name_is_called_by_its_position(shop: Shop) -> None:
    execution = shop.run("SELECT 1 AS a, 2, count(*) FROM sales")
    answer = shop.ask("GetQueryResults", QueryExecutionId=execution["QueryExecutionId"])
    assert [datum["VarCharValue"] for datum in answer["ResultSet"]["Rows"][0]["Data"]] == ["a", "_col1", "_col2"]


def test_results_come_in_pages_of_which_the_first_begins_with_the_header(shop: Shop) -> None:
    query_id = shop.run("SELECT x, 'a\nb' FROM UNNEST(sequence(1, 5)) AS t(x) ORDER BY x")["QueryExecutionId"]
    seen: list[str] = []
    page = shop.ask("GetQueryResults", QueryExecutionId=query_id, MaxResults=2)
    while True:
        seen += [row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]]
        if "NextToken" not in page:
            break
        page = shop.ask("GetQueryResults", QueryExecutionId=query_id, MaxResults=2, NextToken=page["NextToken"])
    assert seen == ["x", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    "where",
    [
        "month = '2011-03'",
        "month IN ('2011-03')",
        "month BETWEEN '2011-03' AND '2011-03'",
        "month > '2011-02' AND month < '2011-04'",
        "month LIKE '2011-03%'",
        "month = date_format(DATE '2011-03-05', '%Y-%m')",
    ],
)
def test_a_query_of_one_month_reads_that_month_alone(shop: Shop, where: str) -> None:
    sql = "SELECT invoice_no, quantity, total_price, invoice_date FROM sales"
    others = [path for path in (shop.root / "lake/sales").rglob("*.parquet") if "2011-03" not in str(path)]
    whole = shop.scanned(sql)
    assert shop.rows(f"{sql} WHERE {where} ORDER BY 1")[0][:2] == ["A3", "7"]
    one = shop.scanned(f"{sql} WHERE {where}")
    assert 0 < one < whole / 6
    # What is not parquet at all is not noticed, because it is not read. (The first file tells the columns.)
    for path in others[1:]:
        if "2011-01" not in str(path):
            path.write_bytes(b"not parquet")
    assert len(shop.rows(f"{sql} WHERE {where}")) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "WITH s AS (SELECT * FROM sales) SELECT sum(total_price) FROM s WHERE month = '2011-03'",
        "SELECT sum(s.total_price) FROM sales s JOIN (VALUES '2011-03') m(month) ON s.month = m.month",
        "SELECT revenue FROM monthly WHERE month = '2011-03'",
    ],
)
def test_a_month_is_picked_through_with_joins_and_views(shop: Shop, sql: str) -> None:
    view = "CREATE VIEW monthly AS SELECT month, sum(total_price) AS revenue FROM sales GROUP BY month"
    assert shop.run(view)["Status"]["State"] == "SUCCEEDED"
    assert shop.rows(sql) == [["10.750"]]
    assert shop.scanned(sql) < shop.scanned("SELECT sum(total_price), max(month) FROM sales") / 4


def test_fewer_columns_are_fewer_bytes(shop: Shop) -> None:
    shop.lake.put_rows("wide/a.parquet", "SELECT i::BIGINT AS a, md5(i::VARCHAR) AS b FROM range(20000) t(i)")
    shop.lake.add_table("wide", {"a": "bigint", "b": "string"})
    assert shop.scanned("SELECT sum(a) FROM wide") < shop.scanned("SELECT sum(a), max(b) FROM wide") / 2


def test_an_object_that_was_deleted_or_replaced_is_seen_at_once(shop: Shop) -> None:
    (shop.root / "lake/sales/month=2011-03/a-00000.parquet").unlink()
    assert shop.rows("SELECT count(*) FROM sales WHERE month = '2011-03'") == [["0"]]
    replacement = "SELECT 'C' AS invoice_no, 1::INTEGER AS quantity, 5::DECIMAL(18,3) AS total_price"
    shop.lake.put_rows("sales/month=2011-04/a-00000.parquet", replacement)
    assert shop.rows("SELECT sum(total_price) FROM sales WHERE month = '2011-04'") == [["5.000"]]


def test_values_outside_the_projection_are_not_seen(shop: Shop) -> None:
    shop.lake.put_rows("sales/month=1999-01/a.parquet", "SELECT 'old' AS invoice_no")
    shop.lake.put_rows("sales/month=elsewhere/a.parquet", "SELECT 'odd' AS invoice_no")
    assert shop.rows("SELECT count(*) FROM sales") == [["24"]]


def test_a_column_that_a_file_lacks_is_null_there(shop: Shop) -> None:
    shop.lake.put_rows("grown/a.parquet", "SELECT 1 AS a")
    shop.lake.put_rows("grown/b.parquet", "SELECT 2 AS a, 'x' AS b")
    shop.lake.add_table("grown", {"a": "int", "b": "string"})
    assert shop.rows("SELECT a, b FROM grown ORDER BY a") == [["1", None], ["2", "x"]]


def test_a_view_is_cast_to_the_types_it_declares_and_may_read_views(shop: Shop) -> None:
    shop.run(
        "CREATE VIEW monthly AS "
        "SELECT month, CAST(sum(total_price) AS decimal(18,3)) AS revenue FROM sales GROUP BY month"
    )
    shop.run("CREATE OR REPLACE VIEW best AS SELECT max(revenue) AS most FROM monthly")
    assert shop.rows("SELECT most FROM best") == [["10.750"]]
    assert shop.rows("DESCRIBE monthly") == [["month", "string", ""], ["revenue", "decimal(18,3)", ""]]
    assert shop.rows("SHOW VIEWS") == [["best"], ["monthly"]]
    assert "View already exists" in shop.reason("CREATE VIEW best AS SELECT 1 AS one")
    shop.run("DROP VIEW best")
    assert shop.rows("SHOW TABLES") == [["monthly"], ["sales"]]


def test_a_with_query_hides_a_table_of_its_name_but_reads_it_itself(shop: Shop) -> None:
    sql = "WITH sales AS (SELECT * FROM sales WHERE month = '2011-01') SELECT count(*) FROM sales"
    assert shop.rows(sql) == [["2"]]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT * FROM nope", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.tradewind.nope' does not exist"),
        ("SELECT * FROM nowhere.sales", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nowhere' does not exist"),
        ("SELECT month,\n  nope FROM sales", "COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved"),
        ("SELECT nofunc(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'nofunc' not registered"),
        ("SELECT quantity/0 FROM sales", "Division by zero"),
        ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: "),
        ("selct * from sales", "SYNTAX_ERROR: line 1:1: mismatched input 'selct'. Expecting: 'SELECT'"),
        ("selct", "SYNTAX_ERROR: line 1:1: mismatched input 'selct'. Expecting: 'SELECT'"),
        ("EXPLAIN SELECT 1", "NOT_SUPPORTED: line 1:1: EXPLAIN is not run by the local engine: use it on AWS"),
        (
            "INSERT INTO sales SELECT 1",
            "INSERT is not run by the local engine: write objects under the table's location",
        ),
        ("SELECT * FROM read_text('/etc/hostname')", "PERMISSION_DENIED: "),
        ("DROP TABLE nope", "TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.tradewind.nope' does not exist"),
    ],
)
def test_a_query_that_athena_refuses_fails_with_its_words(shop: Shop, sql: str, reason: str) -> None:
    assert reason in shop.reason(sql)


def test_a_query_over_the_scan_limit_is_cancelled_and_leaves_no_result(tmp_path: Path) -> None:
    shop = Shop(tmp_path, monthly_sales(tmp_path), scan_limit=2_000)
    over = shop.run("SELECT * FROM sales")
    assert over["Status"]["State"] == "CANCELLED"
    assert over["Status"]["StateChangeReason"] == "Bytes scanned limit was exceeded"
    assert not list((tmp_path / "results").glob("**/*.csv"))
    assert shop.run("SELECT * FROM sales WHERE month = '2011-03'")["Status"]["State"] == "SUCCEEDED"


def test_an_enforced_workgroup_decides_where_results_go(tmp_path: Path) -> None:
    mine = {"ResultConfiguration": {"OutputLocation": "s3://mine/x/"}}
    enforced = Shop(tmp_path / "a", monthly_sales(tmp_path / "a")).run("SELECT 1", **mine)
    free = Shop(tmp_path / "b", monthly_sales(tmp_path / "b"), enforced=False).run("SELECT 1", **mine)
    assert enforced["ResultConfiguration"]["OutputLocation"].startswith("s3://results/queries/")
    assert free["ResultConfiguration"]["OutputLocation"].startswith("s3://mine/x/")


def test_a_query_without_a_place_for_its_result_is_refused(shop: Shop) -> None:
    with pytest.raises(InvalidRequest, match="No output location provided"):
        shop.run("SELECT 1", WorkGroup="primary")
    with pytest.raises(InvalidRequest, match="WorkGroup other is not found"):
        shop.run("SELECT 1", WorkGroup="other")


def test_parameters_take_the_place_of_question_marks_outside_literals(shop: Shop) -> None:
    sql = "SELECT count(*), '?' FROM sales WHERE month = ? AND quantity > ?"
    assert shop.rows(sql, ExecutionParameters=["'2011-03'", "2"]) == [["1", "?"]]


def test_a_table_made_of_a_query_holds_its_rows_and_is_listed_in_its_manifest(shop: Shop) -> None:
    sql = "CREATE TABLE monthly WITH (external_location = 's3://lake/monthly', format = 'PARQUET') AS "
    execution = shop.run(
        sql + "SELECT month, sum(quantity) AS units, sum(total_price) AS revenue FROM sales GROUP BY month"
    )
    assert execution["Status"]["State"] == "SUCCEEDED"
    manifest = execution["Statistics"]["DataManifestLocation"].removeprefix("s3://")
    [written] = (shop.root / manifest).read_text().splitlines()
    assert written.startswith("s3://lake/monthly/")
    assert shop.rows("SELECT sum(units), sum(revenue) FROM monthly") == [["108", "129.000"]]
    types = {row[0]: row[1] for row in shop.rows("DESCRIBE monthly")}
    assert types == {"month": "string", "units": "bigint", "revenue": "decimal(38,3)"}
    assert "already exists" in shop.reason(sql + "SELECT 1 AS a")


def test_an_unload_writes_files_and_makes_no_table(shop: Shop) -> None:
    shop.run("UNLOAD (SELECT month FROM sales) TO 's3://lake/out/' WITH (format = 'PARQUET', compression = 'ZSTD')")
    [file] = (shop.root / "lake/out").iterdir()
    assert duckdb.read_parquet(str(file)).fetchall().count(("2011-03",)) == 2
    assert shop.rows("SHOW TABLES") == [["sales"]]


def test_an_external_table_over_csv_reads_quoted_values(shop: Shop) -> None:
    shop.lake.put("lake", "names/a.csv", b'id,name\n1,"Lamp, red"\n2,\n', "text/csv")
    shop.run(
        "CREATE EXTERNAL TABLE names (id string, name string) ROW FORMAT SERDE "
        "'org.apache.hadoop.hive.serde2.OpenCSVSerde' LOCATION 's3://lake/names/' "
        "TBLPROPERTIES ('skip.header.line.count'='1')"
    )
    assert shop.rows("SELECT name FROM names WHERE id = '1'") == [["Lamp, red"]]


def test_a_query_can_be_stopped_and_is_listed_newest_first(shop: Shop) -> None:
    first = shop.run("SELECT 1")["QueryExecutionId"]
    numbers = "UNNEST(sequence(1, 100000))"
    sql = f"SELECT count(*) FROM {numbers} a(x), {numbers} b(y) WHERE x * y = 7"
    second = shop.ask("StartQueryExecution", WorkGroup="tradewind", QueryString=sql)["QueryExecutionId"]
    shop.ask("StopQueryExecution", QueryExecutionId=second)
    stopped = shop.ask("GetQueryExecution", QueryExecutionId=second)["QueryExecution"]
    assert stopped["Status"]["State"] == "CANCELLED"
    assert shop.ask("ListQueryExecutions", WorkGroup="tradewind")["QueryExecutionIds"] == [second, first]
    with pytest.raises(InvalidRequest, match="has not yet finished"):
        shop.ask("GetQueryResults", QueryExecutionId=second)


def test_the_same_request_token_starts_one_query(shop: Shop) -> None:
    body = {"WorkGroup": "tradewind", "QueryString": "SELECT 1", "ClientRequestToken": "t" * 32}
    assert shop.ask("StartQueryExecution", **body) == shop.ask("StartQueryExecution", **body)


def test_a_restart_remembers_results_and_says_which_queries_it_cut_off(shop: Shop) -> None:
    done = shop.run("SELECT 'kept' AS word")["QueryExecutionId"]
    cut = Execution(
        id="cut", sql="SELECT 1", workgroup="tradewind", database="d", catalog="c", output="s3://r/q", submitted=0
    )
    cut.begin(1)
    ExecutionLog(shop.root / "executions").add(cut)
    again = Shop(shop.root, shop.lake)
    answer = again.ask("GetQueryResults", QueryExecutionId=done)
    assert answer["ResultSet"]["Rows"][1]["Data"] == [{"VarCharValue": "kept"}]
    status = again.ask("GetQueryExecution", QueryExecutionId="cut")["QueryExecution"]["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"].endswith("the local cloud was stopped while the query ran: start it again")


def test_an_unknown_query_is_an_invalid_request(shop: Shop) -> None:
    with pytest.raises(InvalidRequest, match="QueryExecution abc was not found"):
        shop.ask("GetQueryExecution", QueryExecutionId="abc")


def test_the_result_file_is_a_csv_that_anybody_reads(shop: Shop) -> None:
    execution = shop.run("SELECT invoice_no, total_price FROM sales WHERE month = '2011-01' ORDER BY 1")
    path = shop.root / execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://")
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [["invoice_no", "total_price"], ["A1", "10.500"], ["B1", "0.250"]]
