"""Glue's operations on job runs."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from local.glue_jobs.runner import JobCloud, Runner
from local.glue_jobs.runs import Run, RunLog


class JobError(Exception):
    """What Glue refuses; `code` is the exception's name in the API."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class JobApi:
    """StartJobRun and its relatives over `runner`; jobs themselves are the cloud's."""

    def __init__(self, log: RunLog, runner: Runner, cloud: JobCloud) -> None:
        self._log = log
        self._runner = runner
        self._cloud = cloud
        self._starting = threading.Lock()
        self._operations: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "StartJobRun": self._start,
            "GetJobRun": lambda body: {"JobRun": self._run(body).shown()},
            "GetJobRuns": self._list,
            "BatchStopJobRun": self._stop,
        }

    def call(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the answer to `operation`; None for one that is not about runs.

        Raises: JobError
        """
        answer = self._operations.get(operation)
        return answer(body) if answer else None

    def _start(self, body: Mapping[str, Any]) -> dict[str, Any]:
        name = self._job_name(body)
        if before := body.get("JobRunId"):  # a retry of an earlier run
            earlier = self._run({"JobName": name, "RunId": before})
            body = {"Arguments": earlier.arguments, **body}
        arguments = {str(key): str(value) for key, value in (body.get("Arguments") or {}).items()}
        run = Run(id=f"jr_{uuid.uuid4().hex}", job=name, arguments=arguments, started=time.time())
        with self._starting:
            self._runner.begin(run)
        return {"JobRunId": run.id}

    def _list(self, body: Mapping[str, Any]) -> dict[str, Any]:
        runs = self._log.of_job(self._job_name(body))
        start, count = int(body.get("NextToken") or 0), int(body.get("MaxResults") or 200)
        answer: dict[str, Any] = {"JobRuns": [run.shown() for run in runs[start : start + count]]}
        return answer | ({"NextToken": str(start + count)} if start + count < len(runs) else {})

    def _stop(self, body: Mapping[str, Any]) -> dict[str, Any]:
        name = self._job_name(body)
        stopped, errors = [], []
        for run_id in body.get("JobRunIds") or []:
            run = self._log.get(run_id)
            if run is not None and run.job == name and self._runner.stop(run):
                stopped.append({"JobName": name, "JobRunId": run_id})
                continue
            why = f"run {run_id}: " + ("there is none of this job" if run is None else f"it is {run.state} already")
            detail = {"ErrorCode": "InvalidInputException", "ErrorMessage": why}
            errors.append({"JobName": name, "JobRunId": run_id, "ErrorDetail": detail})
        return {"SuccessfulSubmissions": stopped, "Errors": errors}

    def _run(self, body: Mapping[str, Any]) -> Run:
        run = self._log.get(str(body.get("RunId")))
        if run is None or run.job != body.get("JobName"):
            raise JobError("EntityNotFoundException", f"Job run {body.get('RunId')} not found")
        return run

    def _job_name(self, body: Mapping[str, Any]) -> str:
        name = str(body.get("JobName"))
        if self._cloud.job(name) is None:
            raise JobError("EntityNotFoundException", f"Failed to start job run due to missing metadata: {name}")
        return name
