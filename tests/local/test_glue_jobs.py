"""Glue job runs: order, arguments, failures, and what a missing Java or the end of the server does to them."""

import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.glue_jobs.api import JobApi, JobError
from local.glue_jobs.runner import Runner
from local.glue_jobs.runs import OVER, Run, RunLog
from local.glue_jobs.runtime.awsglue.utils import GlueArgumentError, getResolvedOptions
from local.glue_jobs.spark import Machine
from tests.local.running_cloud import eventually

READY = Machine(java_home=Path("/opt/java"), python=Path(sys.executable))
WITHOUT_JAVA = Machine(java_home=None, python=Path(sys.executable))


class FolderCloud:
    """Jobs whose scripts are files; a role's credentials name the role."""

    endpoint = "http://127.0.0.1:1"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.jobs: dict[str, dict[str, Any]] = {}
        self.announced: list[tuple[str, str]] = []

    def add(self, name: str, script: str, **job: Any) -> None:
        (self.root / f"{name}.py").write_text(script)
        self.jobs[name] = {"Command": {"ScriptLocation": f"s3://code/{name}.py"}, "Role": "arn:role/job", **job}

    def job(self, name: str) -> Mapping[str, Any] | None:
        return self.jobs.get(name)

    def fetch(self, location: str) -> bytes | None:
        path = self.root / location.removeprefix("s3://code/")
        return path.read_bytes() if path.exists() else None

    def credentials(self, role: str, *, session: str) -> Mapping[str, str]:
        return {"AWS_ACCESS_KEY_ID": f"key of {role}"}

    def announce(self, run: Run) -> None:
        self.announced.append((run.job, run.state))


class Jobs:
    """A runner over a folder, asked as a client would; `machine` may change while it runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cloud = FolderCloud(root)
        self.machine = READY
        self.start()

    def start(self) -> None:
        self.log = RunLog(self.root / "runs")
        self.runner = Runner(
            self.log, self.cloud, scratch=self.root / "running", logs=self.root / "logs", machine=lambda: self.machine
        )
        self.api = JobApi(self.log, self.runner, self.cloud)
        self.runner.start()

    def restart(self) -> None:
        self.runner.close()
        self.start()

    def begin(self, job: str, **arguments: str) -> str:
        given = {f"--{name}": value for name, value in arguments.items()}
        answer = self.api.call("StartJobRun", {"JobName": job, "Arguments": given})
        assert answer is not None
        return str(answer["JobRunId"])

    def run(self, job: str, run_id: str) -> dict[str, Any]:
        answer = self.api.call("GetJobRun", {"JobName": job, "RunId": run_id})
        assert answer is not None
        return dict(answer["JobRun"])

    def until(self, job: str, run_id: str, state: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while not state(run := self.run(job, run_id)) and time.monotonic() < deadline:
            time.sleep(0.02)
        return run

    def finished(self, job: str, run_id: str) -> dict[str, Any]:
        return self.until(job, run_id, lambda run: run["JobRunState"] in OVER)


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    running = Jobs(tmp_path)
    yield running
    running.runner.close()


def test_a_job_gets_its_defaults_the_runs_arguments_and_its_name(jobs: Jobs) -> None:
    script = (
        "import sys, pathlib\nfrom awsglue.utils import getResolvedOptions\n"
        f"a = getResolvedOptions(sys.argv, ['JOB_NAME', 'load', 'size'])\n"
        f"pathlib.Path({str(jobs.root / 'seen')!r}).write_text(repr(sorted(a.items())))\n"
    )
    jobs.cloud.add("clean", script, DefaultArguments={"--size": "small", "--load": "none"})
    run = jobs.finished("clean", jobs.begin("clean", load="Online Retail é+.xlsx"))
    assert run["JobRunState"] == "SUCCEEDED", run
    expected = [("JOB_NAME", "clean"), ("load", "Online Retail é+.xlsx"), ("size", "small")]
    assert (jobs.root / "seen").read_text() == repr(expected)
    assert eventually(lambda: jobs.cloud.announced) == [("clean", "SUCCEEDED")]


def test_a_job_acts_under_its_role_and_sees_nothing_else_of_the_servers_environment(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the server's own")
    jobs.cloud.add("who", "import os\nprint(os.environ['AWS_ACCESS_KEY_ID'], os.environ.get('AWS_SECRET_ACCESS_KEY'))")
    run_id = jobs.begin("who")
    jobs.finished("who", run_id)
    assert (jobs.root / "logs" / f"{run_id}.log").read_text() == "key of arn:role/job None\n"


def test_packages_of_the_job_can_be_imported(jobs: Jobs) -> None:
    with zipfile.ZipFile(jobs.root / "pack.zip", "w") as archive:
        archive.writestr("greeting.py", "WORD = 'hello'")
    jobs.cloud.add(
        "greet", "import greeting\nprint(greeting.WORD)", DefaultArguments={"--extra-py-files": "s3://code/pack.zip"}
    )
    run_id = jobs.begin("greet")
    assert jobs.finished("greet", run_id)["JobRunState"] == "SUCCEEDED"
    assert (jobs.root / "logs" / f"{run_id}.log").read_text() == "hello\n"


def test_a_failure_is_told_with_the_scripts_last_words(jobs: Jobs) -> None:
    jobs.cloud.add("bad", "raise ValueError('price x: give a number')")
    run = jobs.finished("bad", jobs.begin("bad"))
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("ValueError: price x: give a number")
    assert eventually(lambda: jobs.cloud.announced) == [("bad", "FAILED")]


def test_a_missing_script_fails_the_run_and_names_it(jobs: Jobs) -> None:
    jobs.cloud.jobs["gone"] = {"Command": {"ScriptLocation": "s3://code/gone.py"}}
    run = jobs.finished("gone", jobs.begin("gone"))
    assert run["ErrorMessage"] == "s3://code/gone.py: there is no such object; deploy again"


def test_without_java_a_run_waits_says_why_and_begins_when_java_is_there(jobs: Jobs) -> None:
    jobs.machine = WITHOUT_JAVA
    jobs.cloud.add("clean", "print('ran')")
    run_id = jobs.begin("clean")
    waiting = jobs.until("clean", run_id, lambda run: "ErrorMessage" in run)
    assert waiting["JobRunState"] == "WAITING"
    assert waiting["ErrorMessage"].startswith("Java 17 is needed for Spark and is not there: ")
    jobs.machine = READY
    jobs.begin("clean")  # anything that wakes the runner; else it looks every few seconds
    done = jobs.finished("clean", run_id)
    assert done["JobRunState"] == "SUCCEEDED"
    assert "ErrorMessage" not in done


def test_without_its_python_environment_a_run_waits_and_says_why(jobs: Jobs) -> None:
    jobs.machine = Machine(java_home=Path("/opt/java"), python=None)
    jobs.cloud.add("clean", "")
    waiting = jobs.until("clean", jobs.begin("clean"), lambda run: "ErrorMessage" in run)
    assert ".venvs/glue is needed for Spark and is not there: run `make up`" in waiting["ErrorMessage"]


def test_a_run_that_the_servers_end_cut_off_begins_again(jobs: Jobs) -> None:
    marker = jobs.root / "begun"
    script = f"import pathlib, time\np = pathlib.Path({str(marker)!r})\n"
    script += "if not p.exists():\n    p.touch()\n    time.sleep(600)"
    jobs.cloud.add("slow", script)
    run_id = jobs.begin("slow")
    jobs.until("slow", run_id, lambda run: marker.exists())
    jobs.restart()
    done = jobs.finished("slow", run_id)
    assert (done["JobRunState"], done["Attempt"]) == ("SUCCEEDED", 2)


def test_runs_are_worked_off_one_at_a_time_in_their_order(jobs: Jobs) -> None:
    line = f"import pathlib, sys\nwith pathlib.Path({str(jobs.root / 'order')!r}).open('a') as f: f.write(sys.argv[-1])"
    jobs.cloud.add("count", line)
    ids = [jobs.begin("count", n=str(n)) for n in range(3)]
    for run_id in ids:
        assert jobs.finished("count", run_id)["JobRunState"] == "SUCCEEDED"
    assert (jobs.root / "order").read_text() == "012"
    answer = jobs.api.call("GetJobRuns", {"JobName": "count"})
    assert answer is not None
    assert [run["Id"] for run in answer["JobRuns"]] == ids[::-1]


def test_a_run_can_be_stopped_and_stays_stopped_after_a_restart(jobs: Jobs) -> None:
    jobs.cloud.add("slow", "import time\ntime.sleep(600)")
    run_id = jobs.begin("slow")
    jobs.until("slow", run_id, lambda run: run["JobRunState"] == "RUNNING")
    stop = {"JobName": "slow", "JobRunIds": [run_id, "jr_other"]}
    answer = jobs.api.call("BatchStopJobRun", stop)
    assert answer is not None
    assert answer["SuccessfulSubmissions"] == [{"JobName": "slow", "JobRunId": run_id}]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorMessage"] == "run jr_other: there is none of this job"
    jobs.restart()
    assert jobs.run("slow", run_id)["JobRunState"] == "STOPPED"


def test_a_run_that_is_stopped_while_it_begins_does_not_begin_again(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The record of RUNNING was written after that of STOPPED, so that the next start ran the job again.
    begins, save = threading.Event(), RunLog.save

    def slow_save(log: RunLog, run: Run) -> None:
        if run.state != "RUNNING":
            return save(log, run)
        as_it_was = replace(run)
        begins.set()
        time.sleep(0.3)
        return save(log, as_it_was)

    monkeypatch.setattr(RunLog, "save", slow_save)
    jobs.cloud.add("slow", "import time\ntime.sleep(600)")
    run_id = jobs.begin("slow")
    assert begins.wait(60)
    jobs.api.call("BatchStopJobRun", {"JobName": "slow", "JobRunIds": [run_id]})
    time.sleep(0.5)
    jobs.restart()
    assert jobs.run("slow", run_id)["JobRunState"] == "STOPPED"


def test_a_run_that_is_killed_is_tried_again_as_often_as_the_job_says(jobs: Jobs) -> None:
    ids = jobs.root / "ids"
    die = "import os, sys\nrun_id = sys.argv[sys.argv.index('--JOB_RUN_ID') + 1]\n"
    die += f"with open({str(ids)!r}, 'a') as f: f.write(run_id + ' ')\nos.kill(os.getpid(), 9)"
    jobs.cloud.add("dies", die, MaxRetries=2)
    run_id = jobs.begin("dies")
    done = jobs.finished("dies", run_id)
    assert (done["JobRunState"], done["Attempt"]) == ("FAILED", 3)
    assert ids.read_text().split() == [run_id, f"{run_id}_attempt_1", f"{run_id}_attempt_2"]
    assert eventually(lambda: jobs.cloud.announced) == [("dies", "FAILED")]


def test_a_job_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    # The starter is killed as nobody should; its end of the pipe closes and the job goes.
    script, pid_file = tmp_path / "job.py", tmp_path / "pid"
    script.write_text(
        f"import os, pathlib, time\npathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    )
    runtime = Path("local/glue_jobs/runtime/run_job.py").resolve()
    command = [sys.executable, str(runtime), str(script)]
    start = f"import subprocess\nsubprocess.Popen({command!r}, stdin=subprocess.PIPE, start_new_session=True).wait()"
    starter = subprocess.Popen([sys.executable, "-c", start])
    deadline = time.monotonic() + 30
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    job = int(pid_file.read_text())
    starter.kill()
    starter.wait()
    while _is_alive(job) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_alive(job)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def test_an_unknown_job_or_run_is_not_found(jobs: Jobs) -> None:
    with pytest.raises(JobError) as error:
        jobs.begin("nope")
    assert error.value.code == "EntityNotFoundException"
    jobs.cloud.add("clean", "")
    with pytest.raises(JobError, match="Job run jr_x not found"):
        jobs.run("clean", "jr_x")


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(GlueArgumentError, match="--load"):
        getResolvedOptions(["job.py", "--JOB_NAME", "x"], ["load"])
    assert getResolvedOptions(["job.py", "--load=a b", "--other", "1"], ["load"]) == {"load": "a b"}
