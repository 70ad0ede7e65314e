"""How job runs sit in the emulator: jobs and roles are ministack's."""

import asyncio
import hashlib
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from ministack.services import glue, s3, sts

from local import services
from local.glue_jobs.api import JobApi, JobError
from local.glue_jobs.runner import Runner
from local.glue_jobs.runs import Run, RunLog
from tradewind.deployment import LOCAL_ACCOUNT, LOCAL_REGION

logger = logging.getLogger("tradewind.glue")


class EmulatedCloud:
    """ministack's jobs, objects, roles and events, in the account that the local cloud has."""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"

    def job(self, name: str) -> Mapping[str, Any] | None:
        return glue._jobs.get(name)  # type: ignore[no-any-return]

    def fetch(self, location: str) -> bytes | None:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        body = s3._get_object_data(bucket, key)
        return None if body is None else bytes(body)

    def credentials(self, role: str, *, session: str) -> Mapping[str, str]:
        """Return a session of `role`, as ministack makes one for a Lambda function."""
        digest = hashlib.sha256(f"{session}:{role}".encode()).hexdigest()
        access_key, secret, token = f"ASIA{digest[:16].upper()}", digest[16:56], digest
        name = role.rpartition("/")[2]
        sts.register_session(
            access_key,
            {
                "Arn": f"arn:aws:sts::{LOCAL_ACCOUNT}:assumed-role/{name}/{session[:64]}",
                "UserId": f"{name}:{session[:64]}",
                "SecretAccessKey": secret,
                "SessionToken": token,
            },
        )
        return {
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_SESSION_TOKEN": token,
            "AWS_DEFAULT_REGION": LOCAL_REGION,
            "AWS_REGION": LOCAL_REGION,
        }

    def announce(self, run: Run) -> None:
        severity = "INFO" if run.state == "SUCCEEDED" else "ERROR"
        detail = {
            "jobName": run.job,
            "severity": severity,
            "state": run.state,
            "jobRunId": run.id,
            "message": run.error,
        }
        entry = {"Source": "aws.glue", "DetailType": "Glue Job State Change", "Detail": json.dumps(detail)}
        try:
            self._events.put_events(Entries=[entry])
        except Exception as error:  # noqa: BLE001 - nobody listens while the server stops; the run itself is kept
            logger.warning("state of run %s was not announced: %s", run.id, error)

    @cached_property
    def _events(self) -> Any:
        return boto3.client(
            "events",
            endpoint_url=self.endpoint,
            region_name=LOCAL_REGION,
            aws_access_key_id=LOCAL_ACCOUNT,
            aws_secret_access_key="local",  # noqa: S106
        )


def register(home: Path) -> Callable[[], Awaitable[None]]:
    """Answer the operations on runs ahead of ministack's Glue."""
    log, cloud = RunLog(home / "glue" / "runs"), EmulatedCloud()
    runner = Runner(log, cloud, scratch=home / "glue" / "running", logs=home / "logs" / "glue")
    api = JobApi(log, runner, cloud)

    async def answer(request: services.Request) -> services.Response | None:
        try:
            body = await asyncio.to_thread(api.call, request.operation, request.body)
        except JobError as error:
            return services.refused(error.code, str(error))
        return None if body is None else services.Response(body)

    services.register("glue", answer)

    async def start() -> None:
        runner.start()

    return start
