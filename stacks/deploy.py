"""`make deploy ENV=dev|prod` and `make teardown ENV=...`: the CDK command line, with a look before it.

python -m stacks.deploy dev            shows what would change, asks where stored data is at stake, deploys
python -m stacks.deploy dev --teardown deletes; needs both switches of Config and CONFIRM=dev
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from stacks.constructs.bundling import ROOT
from tradewind.aws import clients
from tradewind.config import Config, config_for
from tradewind.deployment import Deployment
from tradewind.errors import InputError

_CDK = (str(ROOT / "node_modules" / ".bin" / "cdk"),)
_ALL_STACKS = "**"  # --all means the stacks outside a stage

# Resources that hold what cannot be computed again.
_STATEFUL = (
    "AWS::S3::Bucket",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::Kinesis::Stream",
    "AWS::KMS::Key",
)
# A line of `cdk diff`: [~] TYPE path LogicalId replace | may be replaced | destroy | orphan
_CHANGE = re.compile(
    r"^\s*\[[~+-]\]\s+(?P<type>\S+)\s+(?P<resource>.+?)\s+(?P<fate>replace|may be replaced|destroy|orphan)$"
)


@dataclass(frozen=True, slots=True)
class Loss:
    """A resource with data that a deployment would replace or delete."""

    type: str
    resource: str
    fate: str

    def __str__(self) -> str:
        return f"{self.type} {self.resource} ({self.fate})"


class Shell(Protocol):
    """Runs a command in the repository's root, showing its output, and returns (exit status, output).

    With `keep`, the output is kept as well; without, the command has the terminal and may ask its own questions.
    """

    def __call__(self, command: Sequence[str], *, environ: Mapping[str, str], keep: bool) -> tuple[int, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the deployment reaches the world through."""

    shell: Shell
    caller: Callable[[], Deployment]  # where the credentials lead, with the environment's name
    ask: Callable[[str], str] | None  # None: nobody is there to be asked
    empty_bucket: Callable[[str], None]
    say: Callable[[str], None] = print


def losses(diff: str) -> list[Loss]:
    """Return what a diff says of stateful resources: replaced, maybe replaced, deleted or given up."""
    found = [match for line in diff.splitlines() if (match := _CHANGE.match(line.rstrip()))]
    return [Loss(m["type"], m["resource"], m["fate"]) for m in found if m["type"] in _STATEFUL]


def deploy(env: str, doors: Doors, environ: Mapping[str, str]) -> None:
    """Show the changes, ask before stored data is replaced, deploy.

    Raises: InputError where something must be done first.
    """
    _account_environment(env)
    place = doors.caller()
    doors.say(f"{env}: account {place.account}, region {place.region}")
    where = _placed(environ, place)
    diff = _cdk(doors, where, "diff", env)
    lost = losses(diff)
    if lost:
        _confirm_losses(lost, env, doors, environ)
    _cdk(doors, where, "deploy", env, "--require-approval", "never" if doors.ask is None else "broadening")


def teardown(env: str, doors: Doors, environ: Mapping[str, str]) -> None:
    """Delete the stacks of `env` and what they hold.

    Raises: InputError while one of the switches is off: `retain_data`, `deletion_protection`, CONFIRM.
    """
    config = _account_environment(env)
    for switch in ("retain_data", "deletion_protection"):
        if getattr(config, switch):
            way_out = f"its data is kept; set {switch}=False for it in tradewind/config.py, deploy that, then tear down"
            raise InputError(f"Config.{switch} of {env}", "True", way_out)
    if environ.get("CONFIRM") != env:
        raise InputError(
            "CONFIRM", repr(environ.get("CONFIRM", "")), f"say CONFIRM={env} to delete {env} and all its data"
        )
    place = doors.caller()
    doors.say(f"{env}: deleting everything in account {place.account}, region {place.region}")
    for bucket in (place.lake_bucket, place.results_bucket, place.indexes_bucket, place.access_logs_bucket):
        doors.empty_bucket(bucket)
    _cdk(doors, _placed(environ, place), "destroy", env, "--force")


def _account_environment(env: str) -> Config:
    if env == "local":
        raise InputError("ENV", "'local'", "`make up` deploys it; choose dev or prod")
    return config_for(env)


def _confirm_losses(lost: Sequence[Loss], env: str, doors: Doors, environ: Mapping[str, str]) -> None:
    doors.say("This deployment replaces or deletes resources that hold data:")
    for loss in lost:
        doors.say(f"  {loss}")
    if environ.get("CONFIRM_REPLACE") == env:
        return
    if doors.ask is None:
        raise InputError(
            "CONFIRM_REPLACE", "not set", f"say CONFIRM_REPLACE={env} if the data may go; see the list above"
        )
    answer = doors.ask(f"Type {env} to go on: ")
    if answer.strip() != env:
        raise InputError("answer", repr(answer), f"nothing was deployed; type {env} to go on")


def _placed(environ: Mapping[str, str], place: Deployment) -> dict[str, str]:
    return {**environ, "AWS_REGION": place.region, "NO_COLOR": "1"}


def _cdk(doors: Doors, environ: Mapping[str, str], verb: str, env: str, *options: str) -> str:
    command = [*_CDK, verb, _ALL_STACKS, "-c", f"env={env}", *options]
    status, output = doors.shell(command, environ=environ, keep=verb == "diff")
    if status:
        raise InputError(
            f"cdk {verb}", f"exit status {status}", "see its output above; docs/deploy.md lists what is needed"
        )
    return output


def run_shown(command: Sequence[str], *, environ: Mapping[str, str], keep: bool) -> tuple[int, str]:
    """Run a command as `Shell` says."""
    if not keep:
        return subprocess.run(command, cwd=ROOT, env=dict(environ), check=False).returncode, ""
    with subprocess.Popen(
        command, cwd=ROOT, env=dict(environ), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            sys.stdout.write(line)
            lines.append(line)
    return process.returncode, "".join(lines)


def caller_of(env: str) -> Deployment:
    """Return where the caller's credentials lead. Raises: InputError where there are none that work."""
    way_out = "choose a profile with AWS_PROFILE, or log in (aws sso login, aws configure); see docs/deploy.md"
    try:
        sts = clients.sts()
        account = sts.get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise InputError("AWS credentials", f"({error})", way_out) from error
    return Deployment(env=env, account=account, region=sts.meta.region_name)


def empty_bucket(name: str) -> None:
    """Delete every object and version of a bucket; one that is not there is empty."""
    s3 = clients.s3()
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if entries:
                objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
                s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})  # type: ignore[typeddict-item]
    except s3.exceptions.NoSuchBucket:
        return


def main(arguments: Sequence[str]) -> int:
    words = [word for word in arguments if word != "--teardown"]
    env = words[0] if words else ""
    doors = Doors(
        shell=run_shown,
        caller=lambda: caller_of(env),
        ask=input if sys.stdin.isatty() else None,
        empty_bucket=empty_bucket,
    )
    action = teardown if "--teardown" in arguments else deploy
    try:
        action(env, doors, os.environ)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
