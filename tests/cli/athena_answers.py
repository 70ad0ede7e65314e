"""An Athena that answers with pages given beforehand, as the real API lays them out."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from mypy_boto3_athena import AthenaClient


class CannedAthena:
    """Knows one answer: columns and pages of rows, or a state with a reason."""

    def __init__(
        self,
        columns: Sequence[tuple[str, str]] = (),
        pages: Sequence[Sequence[Sequence[str | None]]] = ((),),
        *,
        states: Sequence[str] = ("SUCCEEDED",),
        reason: str = "",
        statement: str = "DML",
        scanned: int = 0,
    ) -> None:
        self._columns = columns
        self._pages = pages
        self._states = list(states)
        self._reason = reason
        self._statement = statement
        self._scanned = scanned
        self.asked: list[str] = []
        self.stopped: list[str] = []

    def client(self) -> AthenaClient:
        return cast(AthenaClient, self)

    class exceptions:  # noqa: N801 as botocore has it
        class InvalidRequestException(Exception):
            pass

    def start_query_execution(self, *, QueryString: str, **_: Any) -> dict[str, str]:  # noqa: N803
        self.asked.append(QueryString)
        return {"QueryExecutionId": "q1"}

    def stop_query_execution(self, *, QueryExecutionId: str) -> None:  # noqa: N803
        self.stopped.append(QueryExecutionId)

    def get_query_execution(self, *, QueryExecutionId: str) -> dict[str, Any]:  # noqa: N803
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        return {
            "QueryExecution": {
                "QueryExecutionId": QueryExecutionId,
                "StatementType": self._statement,
                "Status": {"State": state, "StateChangeReason": self._reason},
                "Statistics": {"DataScannedInBytes": self._scanned, "TotalExecutionTimeInMillis": 1500},
            }
        }

    def get_paginator(self, _operation: str) -> "CannedAthena":
        return self

    def paginate(self, *, QueryExecutionId: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        info = [{"Name": name, "Type": kind} for name, kind in self._columns]
        header = [[name for name, _ in self._columns]] if self._statement == "DML" else []
        for number, page in enumerate(self._pages):
            rows = [*(header if number == 0 else []), *page]
            data = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows]
            yield {
                "QueryExecutionId": QueryExecutionId,
                "ResultSet": {"ResultSetMetadata": {"ColumnInfo": info}, "Rows": data},
            }
