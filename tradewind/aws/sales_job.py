"""The Glue job that cleans large loads with Spark."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

_RETRY = re.compile(r"_attempt_([0-9]+)$")  # how Glue marks the id of a run that repeats another one


@dataclass(frozen=True, slots=True)
class JobRun:
    """A run as Glue tells of it; `waiting` says why it cannot begin, None where it can."""

    run_id: str
    state: str
    waiting: str | None


class SalesJob:
    """Runs of the job `clean_sales`."""

    def __init__(self, client: "GlueClient", job: str, places: Mapping[str, str]) -> None:
        """`places` are arguments of every run: where the lake, the registry and the queue are."""
        self._client = client
        self._job = job
        self._places = dict(places)

    def start(self, *, body: str, message_id: str) -> JobRun | None:
        """Start a run that works off a message, or return None while as many run as are allowed."""
        # Base64, because arguments travel through a command line and names may hold any character.
        message = base64.b64encode(body.encode()).decode()
        arguments = {**self._places, "--message": message, "--message_id": message_id}
        try:
            run_id = self._client.start_job_run(JobName=self._job, Arguments=arguments)["JobRunId"]
        except self._client.exceptions.ConcurrentRunsExceededException:
            return None
        return self.run(run_id)

    def run(self, run_id: str) -> JobRun:
        answer = self._client.get_job_run(JobName=self._job, RunId=run_id)["JobRun"]
        state = str(answer["JobRunState"])
        # Glue itself says WAITING while it queues a run; only with a reason does somebody have to act.
        reason = answer.get("ErrorMessage") if state == "WAITING" else None
        return JobRun(run_id, state, reason or None)


def delivery_number(argv: Sequence[str]) -> int:
    """Return how often a run with arguments `argv` got its message: 1, and one more for each retry that Glue made."""
    run_id = argv[argv.index("--JOB_RUN_ID") + 1] if "--JOB_RUN_ID" in argv else ""
    retry = _RETRY.search(run_id)
    return 1 + int(retry[1]) if retry else 1
