"""A Glue job that runs PySpark: script, our packages, pinned modules, a role of its own, an alarm when it fails."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from stacks.constructs.acknowledged import acknowledge, acknowledge_names
from stacks.constructs.alarms import AlarmTopic
from stacks.constructs.bundling import ROOT, bundled, domain_bundling, target_of
from tradewind.config import Config
from tradewind.errors import InputError

# What our packages import in a Glue job and Glue 5.0 does not bring; the versions are those of requirements.txt.
ADDITIONAL_MODULES = ("sqlglot",)

_GLUE_LOGS = "/aws-glue/jobs/*"


class SparkJob(Construct):
    """The Glue 5.0 job `glue_jobs/<script>`; workers come and go with the work, up to `max_workers`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        script: str,
        config: Config,
        alarms: AlarmTopic,
        arguments: Mapping[str, str],
        max_retries: int,
        max_workers: int = 10,
        max_concurrent_runs: int = 4,
        timeout: cdk.Duration,
    ) -> None:
        super().__init__(scope, id)
        self._name = name
        target = target_of(config.env)
        code = assets.Asset(self, "Script", path=_script(script))
        packages = assets.Asset(
            self,
            "Packages",
            **bundled(ROOT / "layers" / "domain", domain_bundling(target, prefix=""), target=target),
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
        self._grant_assets(code, packages)
        self._grant_logs()
        job = glue.CfnJob(
            self,
            "Job",
            name=name,
            role=self.role.role_arn,
            command=glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=code.s3_object_url
            ),
            glue_version="5.0",
            worker_type="G.1X",
            number_of_workers=max_workers,
            timeout=timeout.to_minutes(),
            max_retries=max_retries,
            execution_property=glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=max_concurrent_runs),
            default_arguments={
                "--job-language": "python",
                "--extra-py-files": packages.s3_object_url,
                "--additional-python-modules": ",".join(pinned(ADDITIONAL_MODULES)),
                "--enable-auto-scaling": "true",
                "--enable-metrics": "true",
                "--enable-continuous-cloudwatch-log": "true",
                "--job-bookmark-option": "job-bookmark-disable",
                **arguments,
            },
        )
        logs_are_encrypted = "CloudWatch Logs encrypts with its own key; the logs hold counts and names, no rows"
        acknowledge(job, "GL1", because=logs_are_encrypted)
        acknowledge(job, "GL3", because="The job keeps no bookmarks: the manifest of a load says what to read")
        self._tell_failures(alarms)

    def grant_start(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` start runs of this job and ask how they go."""
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["glue:StartJobRun", "glue:GetJobRun"],
            resource_arns=[f"arn:{cdk.Aws.PARTITION}:glue:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:job/{self._name}"],
        )

    def _grant_assets(self, *files: assets.Asset) -> None:
        # Not Asset.grant_read: it allows s3:GetObject* on everything that was ever deployed.
        iam.Grant.add_to_principal(
            grantee=self.role,
            actions=["s3:GetObject"],
            resource_arns=[file.bucket.arn_for_objects(file.s3_object_key) for file in files],
        )

    def _grant_logs(self) -> None:
        arn = f"arn:{cdk.Aws.PARTITION}:logs:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:log-group:{_GLUE_LOGS}"
        iam.Grant.add_to_principal(
            grantee=self.role,
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            resource_arns=[arn],
        )
        iam.Grant.add_to_principal(
            grantee=self.role,
            actions=["cloudwatch:PutMetricData"],
            resource_arns=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": "Glue"}},
        )
        acknowledge_names(self.role, arn, because="Glue names the log groups of its jobs itself")
        acknowledge_names(self.role, "*", because="Metrics have no resources; the namespace is bounded")

    def _tell_failures(self, alarms: AlarmTopic) -> None:
        events.Rule(
            self,
            "Failed",
            event_pattern=events.EventPattern(
                source=["aws.glue"],
                detail_type=["Glue Job State Change"],
                detail={"jobName": [self._name], "state": ["FAILED", "TIMEOUT", "ERROR"]},
            ),
            targets=[targets.SnsTopic(alarms.topic)],
        )


def pinned(modules: tuple[str, ...]) -> list[str]:
    """Return `modules` as the lines of requirements.txt that pin them. Raises: InputError for one that it does not."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    versions = {line.partition("==")[0]: line.split()[0] for line in lines if "==" in line}
    for module in modules:
        if module not in versions:
            raise InputError("module of a Glue job", repr(module), "add it to requirements.in and compile it")
    return [versions[module] for module in modules]


def _script(name: str) -> str:
    path = ROOT / "glue_jobs" / name
    if not path.is_file():
        raise InputError("script of a Glue job", repr(name), f"write it at {path.relative_to(ROOT)}")
    return str(path)
