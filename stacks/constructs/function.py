"""The one Lambda construct: what every function has is set here and nowhere else."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.acknowledged import acknowledge, acknowledge_names
from stacks.constructs.alarms import PERIOD, AlarmTopic
from stacks.constructs.bundling import ROOT
from stacks.constructs.layers import LayerName, Layers
from stacks.constructs.sources import Source
from stacks.constructs.work_queue import DeadLetters
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.errors import InputError

# The days that CloudWatch Logs takes, up to two years.
_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)


class Function(Construct):
    """The function of folder `lambdas/<name>`: handler.py with `handler`.

    Has a role of its own without managed policies, a log group, tracing, alarms on errors and throttles, and dead
    letters: those of the source that it consumes, else its own for asynchronous calls. `at_once` bounds how many calls
    work at the same time; calls that wait for their turn are then no alarm.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        config: Config,
        deployment: Deployment,
        layers: Layers,
        layer_names: Sequence[LayerName],
        alarms: AlarmTopic,
        timeout: cdk.Duration,
        memory_mib: int = 512,
        temporary_mib: int = 512,
        environment: Mapping[str, str] | None = None,
        consumes: Source | None = None,
        at_once: int | None = None,
    ) -> None:
        super().__init__(scope, id)
        physical_name = deployment.function(name)
        log_group = log_group_of(self, f"/aws/lambda/{physical_name}", days=config.retention.logs_days)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(self.role)
        own_dead_letters = None
        if consumes is None:
            own_dead_letters = DeadLetters(self, "DeadLetters", name=f"{physical_name}-dead-letters", alarms=alarms)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=physical_name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=layers.architecture,
            handler="handler.handler",
            code=lambda_.Code.from_asset(str(_folder(name)), exclude=["__pycache__", "*.pyc"]),
            role=self.role,
            layers=layers.named(*layer_names),
            timeout=timeout,
            memory_size=memory_mib,
            ephemeral_storage_size=cdk.Size.mebibytes(temporary_mib),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            reserved_concurrent_executions=at_once,
            dead_letter_queue=own_dead_letters.queue if own_dead_letters else None,
            environment={
                "TRADEWIND_ENV": config.env,
                "POWERTOOLS_SERVICE_NAME": name,
                "POWERTOOLS_LOG_LEVEL": "INFO",
                **(environment or {}),
            },
        )
        acknowledge_names(self.role, "*", because="X-Ray has no resources that a policy could name")
        acknowledge(self.function, "L1", because="Python 3.13 is the newest for which every dependency set has wheels")
        self._add_alarms(alarms, physical_name, waits=at_once is not None)
        if consumes:
            consumes.feed(self.function)

    def _add_alarms(self, alarms: AlarmTopic, name: str, *, waits: bool) -> None:
        alarms.when_at_least_one(
            self, "Errors", metric=self.function.metric_errors(period=PERIOD), says=f"{name} failed"
        )
        if waits:
            return
        alarms.when_at_least_one(
            self, "Throttles", metric=self.function.metric_throttles(period=PERIOD), says=f"{name} was throttled"
        )


def log_group_of(scope: Construct, name: str, *, days: int) -> logs.LogGroup:
    """Return a log group that keeps `days` days. Raises: InputError for a number that CloudWatch does not take."""
    if days not in _RETENTION_DAYS:
        takes = ", ".join(str(number) for number in _RETENTION_DAYS)
        raise InputError("Config.retention.logs_days", str(days), f"choose one of {takes}")
    group = logs.LogGroup(scope, "Logs", log_group_name=name, removal_policy=cdk.RemovalPolicy.DESTROY)
    resource = group.node.default_child
    assert isinstance(resource, logs.CfnLogGroup)
    resource.retention_in_days = days
    return group


def _folder(name: str) -> str:
    folder = ROOT / "lambdas" / name
    if not (folder / "handler.py").is_file():
        raise InputError("function", repr(name), f"write its handler in {folder.relative_to(ROOT)}/handler.py")
    return str(folder)
