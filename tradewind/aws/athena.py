"""SQL through the Athena API: start, wait, read every page."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_athena.type_defs import QueryExecutionTypeDef, RowTypeDef

Row = tuple[str | None, ...]  # every value as Athena writes it, None for null

# aws.amazon.com/athena/pricing: $5 a TB scanned, at least 10 MB a query; statements without a scan are free.
DOLLARS_PER_TB = 5.0
_TB = 1024**4
_LEAST_BYTES = 10 * 1024**2

_FIRST_PAUSE = 0.02  # seconds; doubled up to the longest
_LONGEST_PAUSE = 1.0
_RUNNING = ("QUEUED", "RUNNING")


class QueryFailed(Exception):
    """Athena did not run the query; the text is Athena's reason."""


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a result with its Athena type (varchar, decimal, array ...)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """The answer to a query; `rows` reads page after page and can be run through once."""

    query_id: str
    columns: tuple[ResultColumn, ...]
    rows: Iterator[Row]
    scanned_bytes: int
    seconds: float
    reads_data: bool  # False for SHOW, DESCRIBE and DDL, which cost nothing


def cost_in_dollars(scanned_bytes: int, *, reads_data: bool) -> float:
    """Return Athena's price of a query: $5 x max(bytes, 10 MB) / TB."""
    return DOLLARS_PER_TB * max(scanned_bytes, _LEAST_BYTES) / _TB if reads_data else 0.0


def query(
    client: "AthenaClient", sql: str, *, database: str, workgroup: str, sleep: Callable[[float], None] = time.sleep
) -> QueryResult:
    """Run `sql` and return its result. Interrupted (Ctrl-C), it stops the query.

    Raises: QueryFailed with Athena's reason.
    """
    query_id = _start(client, sql, database=database, workgroup=workgroup)
    try:
        execution = _wait(client, query_id, sleep)
    except KeyboardInterrupt:
        client.stop_query_execution(QueryExecutionId=query_id)
        raise
    statistics = execution.get("Statistics", {})
    is_select = execution.get("StatementType") == "DML"
    columns, rows = _result(client, query_id, has_header=is_select)
    return QueryResult(
        query_id=query_id,
        columns=columns,
        rows=rows,
        scanned_bytes=statistics.get("DataScannedInBytes", 0),
        seconds=statistics.get("TotalExecutionTimeInMillis", statistics.get("EngineExecutionTimeInMillis", 0)) / 1000,
        reads_data=is_select,
    )


def _start(client: "AthenaClient", sql: str, *, database: str, workgroup: str) -> str:
    try:
        return client.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": database}, WorkGroup=workgroup
        )["QueryExecutionId"]
    except client.exceptions.InvalidRequestException as error:
        # Athena refuses some mistakes before it gives the query an id.
        raise QueryFailed(error.response["Error"]["Message"]) from error


def _wait(client: "AthenaClient", query_id: str, sleep: Callable[[float], None]) -> "QueryExecutionTypeDef":
    pause = _FIRST_PAUSE
    while True:
        execution = client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        status = execution["Status"]
        if status["State"] not in _RUNNING:
            break
        sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    if status["State"] != "SUCCEEDED":
        reason = status.get("StateChangeReason") or status.get("AthenaError", {}).get("ErrorMessage")
        raise QueryFailed(reason or f"the query ended as {status['State']} without a reason")
    return execution


def _result(
    client: "AthenaClient", query_id: str, *, has_header: bool
) -> tuple[tuple[ResultColumn, ...], Iterator[Row]]:
    pages = iter(client.get_paginator("get_query_results").paginate(QueryExecutionId=query_id))
    first = next(pages)["ResultSet"]
    info = first.get("ResultSetMetadata", {}).get("ColumnInfo", [])
    columns = tuple(ResultColumn(column["Name"], column["Type"]) for column in info)
    names = tuple(column.name for column in columns)

    def rows() -> Iterator[Row]:
        own = [_row(row) for row in first.get("Rows", [])]
        # The first row of a SELECT's first page repeats the names.
        yield from own[1:] if has_header and own and own[0] == names else own
        for page in pages:
            yield from (_row(row) for row in page["ResultSet"]["Rows"])

    return columns, rows()


def _row(row: "RowTypeDef") -> Row:
    return tuple(cell.get("VarCharValue") for cell in row.get("Data", []))
