"""Job runs on disk: a run that was answered as started is there after any end of the server."""

import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

State = Literal["WAITING", "RUNNING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT"]
OVER: tuple[State, ...] = ("STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT")
_KEPT = 200


@dataclass(kw_only=True)
class Run:
    """One run of a job; times are seconds since 1970."""

    id: str
    job: str
    arguments: dict[str, str]
    started: float
    state: State = "WAITING"
    error: str = ""
    begun: float | None = None
    completed: float | None = None
    attempt: int = 0  # beginnings, those after an end of the server included
    failures: int = 0

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    def shown(self) -> dict[str, Any]:
        """Return the record of GetJobRun."""
        end = self.completed or self.begun or self.started
        record: dict[str, Any] = {
            "Id": self.id,
            "JobName": self.job,
            "Attempt": self.attempt,
            "StartedOn": self.started,
            "LastModifiedOn": end,
            "JobRunState": self.state,
            "Arguments": self.arguments,
            "ExecutionTime": round(end - (self.begun or end)),
            "PredecessorRuns": [],
            "LogGroupName": "/aws-glue/jobs",
            "GlueVersion": "5.0",
        }
        if self.error:
            record["ErrorMessage"] = self.error
        if self.completed is not None:
            record["CompletedOn"] = self.completed
        return record


class RunLog:
    """The runs, a file each in `folder`; oldest first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        loaded = (Run(**json.loads(file.read_text(encoding="utf-8"))) for file in folder.glob("*.json"))
        self._runs = {run.id: run for run in sorted(loaded, key=lambda run: run.started)}

    def add(self, run: Run) -> None:
        """Keep `run`; it is on disk when this returns."""
        self.save(run)
        with self._lock:
            self._runs[run.id] = run
            over = [each for each in self._runs.values() if each.is_over]
            forgotten = [self._runs.pop(each.id) for each in over[:-_KEPT]]
        for each in forgotten:
            self._file(each.id).unlink(missing_ok=True)

    def save(self, run: Run) -> None:
        partial = self._file(run.id).with_suffix(f".{threading.get_ident()}.tmp")
        with partial.open("w", encoding="utf-8") as file:
            json.dump(asdict(run), file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._file(run.id))

    def get(self, run_id: str) -> Run | None:
        return self._runs.get(run_id)

    def of_job(self, job: str) -> list[Run]:
        """Return the runs of `job`, newest first as Glue lists them."""
        return [run for run in reversed(list(self._runs.values())) if run.job == job]

    def unfinished(self) -> list[Run]:
        return [run for run in list(self._runs.values()) if not run.is_over]

    def _file(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.json"
