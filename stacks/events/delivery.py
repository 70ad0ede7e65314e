"""From the stream into the lake: Firehose gathers, has the records transformed, and writes Parquet."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.acknowledged import acknowledge
from stacks.constructs.alarms import PERIOD, AlarmTopic
from stacks.constructs.function import Function, log_group_of
from stacks.constructs.lake import Lake
from stacks.constructs.parquet import parquet_of
from stacks.events.stream import EventStream
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.lake import layout, tables

_Delivery = firehose.CfnDeliveryStream

_FILE_MB = 128  # the most; converted files take at least 64
# transform_records answers up to seven times the bytes that it gets, and Lambda answers 6 MB at most.
_BATCH_MB = 0.5
_BATCH_SECONDS = 10
_RETRIES = 3
_LATE = cdk.Duration.minutes(15)
_LOG_STREAM = "deliveries"


class EventDelivery(Construct):
    """Firehose under a role of its own; what it cannot transform or convert goes to quarantine/undelivered/."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        deployment: Deployment,
        stream: EventStream,
        lake: Lake,
        transform: Function,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(scope, id)
        self._name = deployment.events_delivery
        self._config = config
        self._deployment = deployment
        self._transform = transform
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"))
        stream.grant_read(self.role)
        lake.grant_deliver_events(self.role)
        self._grant_transform()
        delivery = _Delivery(
            self,
            "Delivery",
            delivery_stream_name=self._name,
            delivery_stream_type="KinesisStreamAsSource",
            kinesis_stream_source_configuration=_Delivery.KinesisStreamSourceConfigurationProperty(
                kinesis_stream_arn=stream.arn, role_arn=self.role.role_arn
            ),
            extended_s3_destination_configuration=self._destination(lake),
        )
        delivery.node.add_dependency(self.role.node.find_child("DefaultPolicy"))  # Firehose tries the role at once
        acknowledge(delivery, "KDF1", because="Records that come from a stream are encrypted by the stream's own key")
        alarms.when_at_least(
            self,
            "Late",
            metric=self._freshness(),
            threshold=_LATE.to_seconds(),
            says=f"{self._name} writes events into the lake too late",
        )

    def _destination(self, lake: Lake) -> _Delivery.ExtendedS3DestinationConfigurationProperty:
        return _Delivery.ExtendedS3DestinationConfigurationProperty(
            bucket_arn=lake.arn,
            role_arn=self.role.role_arn,
            prefix=f"{layout.RAW_EVENTS}received_date=!{{timestamp:yyyy-MM-dd}}/",
            error_output_prefix=f"{layout.UNDELIVERED_EVENTS}!{{firehose:error-output-type}}/",
            file_extension=".parquet",
            buffering_hints=_Delivery.BufferingHintsProperty(
                interval_in_seconds=self._config.events.buffer_seconds, size_in_m_bs=_FILE_MB
            ),
            compression_format="UNCOMPRESSED",  # the columns within a Parquet file are compressed
            encryption_configuration=_Delivery.EncryptionConfigurationProperty(no_encryption_config="NoEncryption"),
            processing_configuration=self._processing(),
            data_format_conversion_configuration=parquet_of(
                tables.RAW_EVENTS, deployment=self._deployment, role=self.role
            ),
            cloud_watch_logging_options=self._logging(),
        )

    def _processing(self) -> _Delivery.ProcessingConfigurationProperty:
        values = {
            "LambdaArn": self._transform.function.function_arn,
            "NumberOfRetries": str(_RETRIES),
            "BufferSizeInMBs": str(_BATCH_MB),
            "BufferIntervalInSeconds": str(min(_BATCH_SECONDS, self._config.events.buffer_seconds)),
        }
        parameters = [
            _Delivery.ProcessorParameterProperty(parameter_name=name, parameter_value=value)
            for name, value in values.items()
        ]
        return _Delivery.ProcessingConfigurationProperty(
            enabled=True, processors=[_Delivery.ProcessorProperty(type="Lambda", parameters=parameters)]
        )

    def _logging(self) -> _Delivery.CloudWatchLoggingOptionsProperty:
        group = log_group_of(self, f"/aws/kinesisfirehose/{self._name}", days=self._config.retention.logs_days)
        stream = logs.LogStream(
            self, "Deliveries", log_group=group, log_stream_name=_LOG_STREAM, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        iam.Grant.add_to_principal(
            grantee=self.role,
            actions=["logs:PutLogEvents"],
            resource_arns=[self._arn("logs", f"log-group:/aws/kinesisfirehose/{self._name}:log-stream:{_LOG_STREAM}")],
        )
        return _Delivery.CloudWatchLoggingOptionsProperty(
            enabled=True, log_group_name=group.log_group_name, log_stream_name=stream.log_stream_name
        )

    def _grant_transform(self) -> None:
        arn = self._transform.function.function_arn
        iam.Grant.add_to_principal(
            grantee=self.role,
            actions=["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"],
            resource_arns=[arn, f"{arn}:$LATEST"],  # Firehose calls a version, and this is the only one
        )

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{cdk.Aws.PARTITION}:{service}:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:{resource}"

    def _freshness(self) -> cloudwatch.Metric:
        """Return the age of the oldest record that is not in the lake yet, in seconds."""
        return cloudwatch.Metric(
            namespace="AWS/Firehose",
            metric_name="DeliveryToS3.DataFreshness",
            dimensions_map={"DeliveryStreamName": self._name},
            period=PERIOD,
            statistic="Maximum",
        )
