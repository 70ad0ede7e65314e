"""The query operations of the Athena API."""

import contextvars
import datetime as dt
import re
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.athena.engine import Engine, Outcome, Running, Statement
from local.athena.executions import Execution, ExecutionLog
from local.athena.failures import QueryFailed, ScanLimitExceeded
from local.athena.lake import Lake, split_location
from local.athena.results import result_page
from local.athena.types import ResultColumn

_AT_ONCE = 3  # queries; more wait in the queue, as beyond Athena's quota. Bounded by MEMORY_LIMIT each.
_LONGEST_QUERY = 262_144  # bytes; Athena's quota

WorkGroup = Mapping[str, Any]


class InvalidRequest(Exception):
    """What Athena answers with InvalidRequestException."""


class QueryApi:
    """Athena's query operations over `engine`; `workgroup` returns a workgroup's record by name, or None."""

    def __init__(
        self, lake: Lake, engine: Engine, log: ExecutionLog, *, workgroup: Callable[[str], WorkGroup | None]
    ) -> None:
        self._lake = lake
        self._engine = engine
        self._log = log
        self._workgroup = workgroup
        self._running: dict[str, Running] = {}
        self._starting = threading.Lock()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="athena")
        self._operations: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "StartQueryExecution": self._start,
            "StopQueryExecution": self._stop,
            "GetQueryExecution": lambda body: {"QueryExecution": self._execution(body).shown()},
            "BatchGetQueryExecution": self._batch_get,
            "ListQueryExecutions": self._list,
            "GetQueryResults": self._results,
            "GetQueryRuntimeStatistics": self._runtime_statistics,
        }

    def call(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the answer to `operation`; None for one that is not about queries.

        Raises: InvalidRequest
        """
        answer = self._operations.get(operation)
        return answer(body) if answer else None

    def _start(self, body: Mapping[str, Any]) -> dict[str, Any]:
        sql = str(body.get("QueryString") or "")
        if not sql.strip() or len(sql.encode()) > _LONGEST_QUERY:
            raise InvalidRequest(f"QueryString of {len(sql.encode())} bytes: give 1 to {_LONGEST_QUERY}")
        token = body.get("ClientRequestToken")
        with self._starting:
            known = self._log.with_token(token) if token else None
            if known is not None:
                return {"QueryExecutionId": known.id}
            execution, limit = self._new_execution(sql, body)
            self._log.add(execution)
        running = self._running[execution.id] = Running()
        parameters = body.get("ExecutionParameters") or []
        # A thread of its own has no request, and so no account: it takes this one's along.
        context = contextvars.copy_context()
        self._threads.submit(context.run, self._run, execution, running, parameters, limit)
        return {"QueryExecutionId": execution.id}

    def _new_execution(self, sql: str, body: Mapping[str, Any]) -> tuple[Execution, int | None]:
        name = body.get("WorkGroup") or "primary"
        group = self._workgroup(name)
        if group is None:
            raise InvalidRequest(f"WorkGroup {name} is not found.")
        if group.get("State") == "DISABLED":
            raise InvalidRequest(f"WorkGroup {name} is disabled.")
        configuration = group.get("Configuration") or {}
        output = _output_location(configuration, body)
        context = dict(body.get("QueryExecutionContext") or {})
        execution = Execution(
            id=str(uuid.uuid4()),
            sql=sql,
            workgroup=name,
            database=str(context.get("Database") or "default").lower(),
            catalog=str(context.get("Catalog") or "awsdatacatalog").lower(),
            output=output,
            token=body.get("ClientRequestToken"),
            submitted=_now(),
        )
        limit = configuration.get("BytesScannedCutoffPerQuery")
        return execution, int(limit) if limit else None

    def _run(self, execution: Execution, running: Running, parameters: Sequence[str], limit: int | None) -> None:
        if running.is_cancelled():
            return
        execution.begin(_now())
        statement = Statement(
            query_id=execution.id,
            sql=_with_parameters(execution.sql, parameters),
            database=execution.database,
            output=execution.output,
            scan_limit=limit,
        )
        try:
            outcome: Outcome | str = self._engine.run(statement, running)
        except QueryFailed as failure:
            outcome = str(failure)
        except ScanLimitExceeded as failure:
            self._end(execution, "CANCELLED", str(failure))
            return
        except Exception as failure:  # noqa: BLE001 - a thread's end: what is unforeseen becomes the query's failure
            outcome = f"GENERIC_INTERNAL_ERROR: {type(failure).__name__}: {failure}"
        if running.is_cancelled():
            return
        if isinstance(outcome, str):
            self._end(execution, "FAILED", outcome[:1500])
        else:
            execution.succeed(outcome, _now())
            self._log.save(execution)
        self._running.pop(execution.id, None)

    def _end(self, execution: Execution, state: str, reason: str) -> None:
        execution.end(state, reason, _now())
        self._log.save(execution)
        self._running.pop(execution.id, None)

    def _stop(self, body: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._execution(body)
        if running := self._running.get(execution.id):
            running.cancel()
            self._end(execution, "CANCELLED", "Query cancelled by user")
        return {}

    def _batch_get(self, body: Mapping[str, Any]) -> dict[str, Any]:
        ids = body.get("QueryExecutionIds") or []
        found = {each: self._log.get(each) for each in ids}
        return {
            "QueryExecutions": [execution.shown() for execution in found.values() if execution],
            "UnprocessedQueryExecutionIds": [
                {"QueryExecutionId": each, "ErrorCode": "INVALID_INPUT", "ErrorMessage": _not_found(each)}
                for each, execution in found.items()
                if execution is None
            ],
        }

    def _list(self, body: Mapping[str, Any]) -> dict[str, Any]:
        ids = self._log.newest_first(body.get("WorkGroup") or "primary")
        start, count = int(body.get("NextToken") or 0), int(body.get("MaxResults") or 50)
        answer: dict[str, Any] = {"QueryExecutionIds": ids[start : start + count]}
        if start + count < len(ids):
            answer["NextToken"] = str(start + count)
        return answer

    def _results(self, body: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._execution(body)
        if execution.state == "FAILED":
            raise InvalidRequest(f"Query has failed. {execution.reason}")
        if execution.state != "SUCCEEDED":
            raise InvalidRequest(f"Query has not yet finished. Current state: {execution.state}")
        bucket, key = split_location(execution.location)
        held = next((each for each in self._lake.objects(bucket, key) if each.key == key), None)
        rows: list[tuple[str | None, ...]] = []
        token: str | None = None
        if held is not None:
            count = min(int(body.get("MaxResults") or 1000), 1000)
            rows, token = result_page(held.path, int(body.get("NextToken") or 0), count, quoted=key.endswith(".csv"))
        elif execution.columns:
            raise InvalidRequest(f"Could not find results: {execution.location} was deleted; run the query again")
        answer: dict[str, Any] = {
            "UpdateCount": 0,
            "ResultSet": {
                "Rows": [{"Data": [_datum(value) for value in row]} for row in rows],
                "ResultSetMetadata": {"ColumnInfo": [_column_info(column) for column in execution.columns]},
            },
        }
        return answer | ({"NextToken": token} if token else {})

    def _runtime_statistics(self, body: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._execution(body)
        return {
            "QueryRuntimeStatistics": {
                "Timeline": {"TotalExecutionTimeInMillis": execution.milliseconds},
                "Rows": {"InputBytes": execution.scanned},
            }
        }

    def _execution(self, body: Mapping[str, Any]) -> Execution:
        execution = self._log.get(str(body.get("QueryExecutionId")))
        if execution is None:
            raise InvalidRequest(_not_found(body.get("QueryExecutionId")))
        return execution


def _not_found(query_id: object) -> str:
    return f"QueryExecution {query_id} was not found"


def _output_location(configuration: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    of_group = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    of_caller = (body.get("ResultConfiguration") or {}).get("OutputLocation")
    # The console's default, as CloudFormation's: what the workgroup says wins unless it is told not to.
    enforced = str(configuration.get("EnforceWorkGroupConfiguration", False)).lower() == "true"
    location = of_group if enforced and of_group else of_caller or of_group
    if not location:
        raise InvalidRequest(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    return str(location).rstrip("/")


def _with_parameters(sql: str, parameters: Sequence[str]) -> str:
    """Return `sql` with each ? outside literals replaced by the next parameter, which brings its own quotes."""
    if not parameters:
        return sql
    given = iter(parameters)
    return re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"|\?", lambda m: next(given, "?") if m[0] == "?" else m[0], sql)


def _datum(value: str | None) -> dict[str, str]:
    return {} if value is None else {"VarCharValue": value}


def _column_info(column: ResultColumn) -> dict[str, Any]:
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column.name,
        "Label": column.name,
        "Type": column.type,
        "Precision": column.precision,
        "Scale": column.scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": column.type in ("varchar", "string"),
    }


def _now() -> float:
    return dt.datetime.now(dt.UTC).timestamp()
