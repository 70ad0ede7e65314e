"""Runs jobs, one at a time, in the order they were started; a run that an end of the server cut off begins again."""

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from local.glue_jobs.runs import Run, RunLog, State
from local.glue_jobs.spark import RUNTIME, FindMachine, job_environment, this_machine

logger = logging.getLogger("tradewind.glue")
_LOOK_AGAIN = 10.0  # seconds between looks for a Java that was not there
_NOT_FOR_THE_SCRIPT = ("--extra-py-files", "--additional-python-modules", "--extra-jars", "--extra-files")


class JobCloud(Protocol):
    """What a run needs of the cloud it belongs to."""

    @property
    def endpoint(self) -> str: ...

    def job(self, name: str) -> Mapping[str, Any] | None: ...

    def fetch(self, location: str) -> bytes | None:
        """Return the bytes of an s3:// object, or None if it is not there."""
        ...

    def credentials(self, role: str, *, session: str) -> Mapping[str, str]:
        """Return AWS_* variables that act as `role`."""
        ...

    def announce(self, run: Run) -> None:
        """Tell EventBridge that `run` changed its state."""
        ...


class Runner:
    """Works the runs of `log` off in a thread of its own, once started."""

    def __init__(
        self, log: RunLog, cloud: JobCloud, *, scratch: Path, logs: Path, machine: FindMachine = this_machine
    ) -> None:
        self._log = log
        self._cloud = cloud
        self._scratch = scratch
        self._logs = logs
        self._machine = machine
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._current: str | None = None
        self._changing = threading.Lock()  # a run's state is changed and written by one thread at a time
        self._thread = threading.Thread(target=self._work, name="glue-jobs", daemon=True)

    def start(self) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._thread.start()

    def close(self) -> None:
        """End the run that is under way, if any, so that it begins again at the next start."""
        self._stopping.set()
        self._wake.set()
        self._kill()
        self._thread.join()

    def begin(self, run: Run) -> None:
        """Take `run` into the queue; it is kept when this returns."""
        self._log.add(run)
        self._wake.set()

    def stop(self, run: Run) -> bool:
        """End `run`; return whether it was still going."""
        if not self._finish(run, "STOPPED", ""):
            return False
        if self._current == run.id:
            self._kill()
        return True

    def _work(self) -> None:
        while not self._stopping.is_set():
            waiting = self._log.unfinished()
            if not waiting or not self._can_run(waiting):
                self._wake.wait(_LOOK_AGAIN if waiting else None)
                self._wake.clear()
                continue
            try:
                self._run(waiting[0])
            except Exception as error:  # one run's failure is told in it, and the next goes on
                logger.exception("run %s", waiting[0].id)
                self._finish(waiting[0], "FAILED", f"{type(error).__name__}: {error}")

    def _can_run(self, waiting: list[Run]) -> bool:
        missing = self._machine().missing
        for run in waiting:
            if run.error != (missing or "") or run.state != "WAITING":
                self._change(run, "WAITING", missing or "")
        return missing is None

    def _run(self, run: Run) -> None:
        job = self._cloud.job(run.job)
        if job is None:
            self._finish(run, "FAILED", f"job {run.job}: it was deleted before the run began")
            return
        folder = self._scratch / run.id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._logs.mkdir(parents=True, exist_ok=True)
        try:
            run.begun, run.attempt = time.time(), run.attempt + 1
            self._current = run.id
            if not self._change(run, "RUNNING", ""):
                return
            log_file = self._logs / f"{run.id}.log"
            state, error = self._attempt(run, job, folder, log_file)
            if self._stopping.is_set():
                return
            if state == "FAILED" and run.failures < int(job.get("MaxRetries") or 0):
                run.failures += 1
                self._change(run, "WAITING", "")  # the oldest run that waits is the next to begin
                return
            self._finish(run, state, error)
        finally:
            self._current = None
            shutil.rmtree(folder, ignore_errors=True)

    def _attempt(self, run: Run, job: Mapping[str, Any], folder: Path, log_file: Path) -> tuple[State, str]:
        arguments = run_arguments(job, run)
        try:
            script = self._fetched(str(job["Command"]["ScriptLocation"]), folder)
            packages = [
                self._fetched(each, folder) for each in arguments.get("--extra-py-files", "").split(",") if each
            ]
        except FileNotFoundError as error:
            return "FAILED", str(error)
        environment = job_environment(
            self._machine(),
            folder=folder,
            endpoint=self._cloud.endpoint,
            credentials=self._cloud.credentials(str(job.get("Role", "")), session=run.id),
            python_path=packages,
        )
        given = [part for name, value in arguments.items() if name not in _NOT_FOR_THE_SCRIPT for part in (name, value)]
        command = [environment["PYSPARK_PYTHON"], str(RUNTIME / "run_job.py"), str(script), *given]
        with log_file.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,  # held open: run_job.py ends when it closes
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if run.is_over:  # stopped while its process was being made
            self._kill()
        try:
            code = self._process.wait(timeout=float(job.get("Timeout") or 2880) * 60)
        except subprocess.TimeoutExpired:
            self._kill()
            return "TIMEOUT", f"the run took longer than the job's {job.get('Timeout')} minutes"
        finally:
            self._kill()  # the JVM, should it have outlived its Python
        return ("SUCCEEDED", "") if code == 0 else ("FAILED", _last_words(log_file, code))

    def _fetched(self, location: str, folder: Path) -> Path:
        body = self._cloud.fetch(location)
        if body is None:
            raise FileNotFoundError(f"{location}: there is no such object; deploy again")
        path = folder / location.rpartition("/")[2]
        path.write_bytes(body)
        return path

    def _finish(self, run: Run, state: State, error: str) -> bool:
        """Return whether `run` ended with `state`; it may have ended otherwise before."""
        run.completed = run.completed or time.time()
        if not self._change(run, state, error):
            return False
        self._cloud.announce(run)
        return True

    def _change(self, run: Run, state: State, error: str) -> bool:
        """Return whether `run` has `state` now, on disk too; a run that is over stays as it ended."""
        with self._changing:
            if run.is_over:
                return False
            run.state, run.error = state, error
            self._log.save(run)
            return True

    def _kill(self) -> None:
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


def run_arguments(job: Mapping[str, Any], run: Run) -> dict[str, str]:
    """Return what the script gets, later ones first: the run's own, the job's name, the job's defaults."""
    defaults = {str(name): str(value) for name, value in (job.get("DefaultArguments") or {}).items()}
    run_id = f"{run.id}_attempt_{run.failures}" if run.failures else run.id  # as Glue names a retry
    fixed = {str(name): str(value) for name, value in (job.get("NonOverridableArguments") or {}).items()}
    return {**defaults, "--JOB_NAME": run.job, "--JOB_RUN_ID": run_id, **run.arguments, **fixed}


def _last_words(log_file: Path, code: int) -> str:
    lines = [line for line in log_file.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    if not lines:
        return f"the job ended with status {code} and said nothing; its log is {log_file}"
    return f"{lines[-1][:1500]} (log: {log_file})"
