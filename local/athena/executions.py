"""Query executions: what GetQueryExecution shows, kept on disk so that a restart does not forget them."""

import json
import os
import re
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local.athena.engine import Outcome
from local.athena.types import ResultColumn

_VERSION = "Athena engine version 3"
ENGINE_VERSION = {"SelectedEngineVersion": _VERSION, "EffectiveEngineVersion": _VERSION}
_KEPT = 1_000
_OVER = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass(kw_only=True)
class Execution:
    """One query and what became of it. Times are seconds since 1970."""

    id: str
    sql: str
    workgroup: str
    database: str
    catalog: str
    output: str
    submitted: float
    token: str | None = None
    state: str = "QUEUED"
    reason: str = ""
    began: float | None = None
    completed: float | None = None
    location: str = ""
    manifest: str | None = None
    scanned: int = 0
    columns: tuple[ResultColumn, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        if not self.location:
            kind, _ = _statement_type(self.sql)
            self.location = f"{self.output}/{self.id}.{'csv' if kind == 'DML' else 'txt'}"

    @property
    def milliseconds(self) -> int:
        return round(((self.completed or self.submitted) - self.submitted) * 1000)

    def begin(self, now: float) -> None:
        self.state, self.began = "RUNNING", now

    def succeed(self, outcome: Outcome, now: float) -> None:
        self.location, self.manifest = outcome.location, outcome.manifest
        self.scanned, self.columns = outcome.scanned, outcome.columns
        self.completed = now
        self.state = "SUCCEEDED"  # last: whoever sees it sees the rest

    def end(self, state: str, reason: str, now: float) -> None:
        self.reason, self.completed = reason, now
        self.state = state

    def shown(self) -> dict[str, Any]:
        """Return the record of GetQueryExecution."""
        kind, sub_kind = _statement_type(self.sql)
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted}
        if self.reason:
            status["StateChangeReason"] = self.reason
        if self.state == "FAILED":
            user = 2 if not self.reason.startswith("GENERIC_INTERNAL") else 1
            status["AthenaError"] = {"ErrorCategory": user, "ErrorMessage": self.reason, "Retryable": user == 1}
        if self.completed is not None:
            status["CompletionDateTime"] = self.completed
        running = round(((self.completed or self.submitted) - (self.began or self.submitted)) * 1000)
        statistics: dict[str, Any] = {
            "DataScannedInBytes": self.scanned,
            "EngineExecutionTimeInMillis": running,
            "QueryQueueTimeInMillis": self.milliseconds - running,
            "TotalExecutionTimeInMillis": self.milliseconds,
        }
        if self.manifest:
            statistics["DataManifestLocation"] = self.manifest
        return {
            "QueryExecutionId": self.id,
            "Query": self.sql,
            "StatementType": kind,
            "SubstatementType": sub_kind,
            "ResultConfiguration": {"OutputLocation": self.location},
            "QueryExecutionContext": {"Database": self.database, "Catalog": self.catalog},
            "Status": status,
            "Statistics": statistics,
            "WorkGroup": self.workgroup,
            "EngineVersion": ENGINE_VERSION,
        }


class ExecutionLog:
    """The last executions, one file each in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        loaded = sorted((_loaded(file) for file in folder.glob("*.json")), key=lambda each: each.submitted)
        self._executions = {execution.id: execution for execution in loaded}
        for execution in loaded:
            if execution.state not in _OVER:
                reason = "GENERIC_INTERNAL_ERROR: the local cloud was stopped while the query ran: start it again"
                execution.end("FAILED", reason, execution.submitted)
                self.save(execution)

    def add(self, execution: Execution) -> None:
        with self._lock:
            self._executions[execution.id] = execution
            forgotten = [self._executions.pop(each) for each in list(self._executions)[:-_KEPT]]
        for each in forgotten:
            self._file(each.id).unlink(missing_ok=True)
        self.save(execution)

    def save(self, execution: Execution) -> None:
        partial = self._file(execution.id).with_suffix(f".{threading.get_ident()}.tmp")
        partial.write_text(json.dumps(asdict(execution)), encoding="utf-8")
        os.replace(partial, self._file(execution.id))  # noqa: PTH105 - says atomic more plainly than Path.replace

    def get(self, query_id: str) -> Execution | None:
        return self._executions.get(query_id)

    def with_token(self, token: str) -> Execution | None:
        return next((each for each in list(self._executions.values()) if each.token == token), None)

    def newest_first(self, workgroup: str) -> list[str]:
        return [each.id for each in reversed(list(self._executions.values())) if each.workgroup == workgroup]

    def _file(self, query_id: str) -> Path:
        return self._folder / f"{query_id}.json"


def _loaded(file: Path) -> Execution:
    record = json.loads(file.read_text(encoding="utf-8"))
    return Execution(**{**record, "columns": tuple(ResultColumn(**column) for column in record["columns"])})


_TYPES = (
    (r"(?:SELECT|WITH|VALUES|TABLE|\()", "DML", "SELECT"),
    (r"UNLOAD", "DML", "UNLOAD"),
    (r"CREATE\s+TABLE\b.*\bAS\b", "DDL", "CREATE_TABLE_AS_SELECT"),
    (r"CREATE\s+EXTERNAL\s+TABLE", "DDL", "CREATE_TABLE"),
    (r"CREATE\s+(?:OR\s+REPLACE\s+)?VIEW", "DDL", "CREATE_VIEW"),
    (r"DROP\s+VIEW", "DDL", "DROP_VIEW"),
    (r"DROP\s+TABLE", "DDL", "DROP_TABLE"),
    (r"SHOW", "UTILITY", "SHOW"),
    (r"DESC(?:RIBE)?", "UTILITY", "DESCRIBE_TABLE"),
    (r"EXPLAIN", "UTILITY", "EXPLAIN"),
    (r"(?:INSERT|DELETE|UPDATE|MERGE)", "DML", "INSERT"),
)


def _statement_type(sql: str) -> tuple[str, str]:
    text = re.sub(r"^(?:\s|--[^\n]*\n|/\*.*?\*/)+", "", sql, flags=re.DOTALL)
    for pattern, kind, sub_kind in _TYPES:
        if re.match(pattern, text, re.IGNORECASE | re.DOTALL):
            return kind, sub_kind
    return "DDL", "OTHER"
