"""The stream that every accepted event goes through."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from constructs import Construct

from stacks.constructs.alarms import PERIOD, AlarmTopic
from tradewind.config import Config
from tradewind.deployment import Deployment

_READ = ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")
_LOCAL_SHARDS = 2


class EventStream(Construct):
    """A Kinesis stream, encrypted with the account's own Kinesis key, that grows with what comes (on demand).

    In the local cloud it has a fixed number of shards: each is a file of its own there and grows nothing.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        deployment: Deployment,
        removal_policy: cdk.RemovalPolicy,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(scope, id)
        self._name = deployment.events_stream
        local = config.env == "local"
        kinesis.Stream(
            self,
            "Stream",
            stream_name=self._name,
            stream_mode=kinesis.StreamMode.PROVISIONED if local else kinesis.StreamMode.ON_DEMAND,
            shard_count=_LOCAL_SHARDS if local else None,
            retention_period=cdk.Duration.days(config.retention.stream_days),
            encryption=kinesis.StreamEncryption.MANAGED,
            removal_policy=removal_policy,
        )
        alarms.when_at_least_one(
            self,
            "Throttled",
            metric=self._metric("WriteProvisionedThroughputExceeded"),
            says=f"{self._name} took records more slowly than they came; the collector tries again, then answers 503",
        )

    @property
    def arn(self) -> str:
        # From the computed name and not from the stream: a policy then holds no reference between stacks.
        return f"arn:{cdk.Aws.PARTITION}:kinesis:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:stream/{self._name}"

    @property
    def environment(self) -> dict[str, str]:
        return {"EVENTS_STREAM": self._name}

    def grant_put(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` put records into the stream, and nothing else."""
        return self._grant(grantee, ("PutRecords",))

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read records from any place of the stream."""
        return self._grant(grantee, _READ)

    def _grant(self, grantee: iam.IGrantable, actions: tuple[str, ...]) -> iam.Grant:
        # No right to the key: everybody in the account who may use Kinesis may use aws/kinesis through it.
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=[f"kinesis:{action}" for action in actions], resource_arns=[self.arn]
        )

    def _metric(self, name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/Kinesis",
            metric_name=name,
            dimensions_map={"StreamName": self._name},
            period=PERIOD,
            statistic="Sum",
        )
