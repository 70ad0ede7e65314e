"""The history of the catalogue: from the table's stream through Firehose into the lake."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from constructs import Construct

from stacks.constructs.acknowledged import acknowledge
from stacks.constructs.alarms import AlarmTopic
from stacks.constructs.catalog_table import CatalogTable
from stacks.constructs.function import Function
from stacks.constructs.lake import Lake
from stacks.constructs.layers import Layers
from stacks.constructs.parquet import parquet_of
from stacks.constructs.sources import StreamRecords
from stacks.constructs.work_queue import DeadLetters
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.lake import layout, tables

_Delivery = firehose.CfnDeliveryStream

_FILE_MB = 128
_RECORDS = {"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "record#"}]}}}}
_BATCH = 100  # records of up to 100 KB, old and new: Lambda takes 6 MB and splits what is more


class ProductChanges(Construct):
    """`record_product_changes` and the delivery stream that it puts into."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        deployment: Deployment,
        layers: Layers,
        table: CatalogTable,
        lake: Lake,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(scope, id)
        self._config = config
        self._deployment = deployment
        self._name = deployment.product_changes_delivery
        self._delivery(lake)
        gave_up = DeadLetters(
            self, "GaveUp", name=f"{deployment.function('record_product_changes')}-dead-letters", alarms=alarms
        )
        acknowledge(gave_up.queue, "SQS3", because="It is a queue of dead letters: those of the stream's consumer")
        self.function = Function(
            self,
            "RecordProductChanges",
            name="record_product_changes",
            config=config,
            deployment=deployment,
            layers=layers,
            layer_names=("domain", "edge"),
            alarms=alarms,
            timeout=cdk.Duration.minutes(1),
            environment={**table.environment, "PRODUCT_CHANGES_DELIVERY": self._name},
            consumes=StreamRecords(
                stream_arn=table.stream_arn,
                gave_up=gave_up,
                alarms=alarms,
                window=cdk.Duration.seconds(1 if config.env == "local" else 5),
                batch_size=_BATCH,
                filters=(_RECORDS,),
            ),
        )
        table.grant_follow(self.function.role)
        table.grant_read_names(self.function.role)
        iam.Grant.add_to_principal(
            grantee=self.function.role,
            actions=["firehose:PutRecordBatch"],
            resource_arns=[self._arn("firehose", f"deliverystream/{self._name}")],
        )

    def _delivery(self, lake: Lake) -> None:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"))
        lake.grant_deliver_product_changes(role)
        delivery = _Delivery(
            self,
            "Delivery",
            delivery_stream_name=self._name,
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=_Delivery.DeliveryStreamEncryptionConfigurationInputProperty(
                key_type="AWS_OWNED_CMK"
            ),
            extended_s3_destination_configuration=_Delivery.ExtendedS3DestinationConfigurationProperty(
                bucket_arn=lake.arn,
                role_arn=role.role_arn,
                prefix=f"{layout.RAW_PRODUCT_CHANGES}received_date=!{{timestamp:yyyy-MM-dd}}/",
                error_output_prefix=f"{layout.UNDELIVERED_PRODUCT_CHANGES}!{{firehose:error-output-type}}/",
                file_extension=".parquet",
                buffering_hints=_Delivery.BufferingHintsProperty(
                    interval_in_seconds=self._config.events.buffer_seconds, size_in_m_bs=_FILE_MB
                ),
                compression_format="UNCOMPRESSED",  # the columns within a Parquet file are compressed
                data_format_conversion_configuration=parquet_of(
                    tables.RAW_PRODUCT_CHANGES, deployment=self._deployment, role=role
                ),
            ),
        )
        delivery.node.add_dependency(role.node.find_child("DefaultPolicy"))  # Firehose tries the role at once

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{cdk.Aws.PARTITION}:{service}:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:{resource}"
