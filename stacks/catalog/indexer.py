"""The function that makes edits visible: woken by the table's stream, and every few minutes for what was forgotten."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.catalog.indexes import Indexes
from stacks.constructs.acknowledged import acknowledge
from stacks.constructs.alarms import AlarmTopic
from stacks.constructs.catalog_table import CatalogTable
from stacks.constructs.function import Function
from stacks.constructs.layers import Layers
from stacks.constructs.sources import StreamRecords
from stacks.constructs.work_queue import DeadLetters
from tradewind.config import Config
from tradewind.deployment import Deployment

# Any change of an open task (tradewind/aws/catalog/tasks.py); its removal is the indexer's own.
_TASKS = {
    "eventName": lambda_.FilterRule.or_("INSERT", "MODIFY"),
    "dynamodb": {"Keys": {"pk": {"S": lambda_.FilterRule.is_equal("task")}}},
}
_LONGEST = cdk.Duration.minutes(15)  # of Lambda
_SWEEP = cdk.Duration.minutes(5)


class Indexer(Construct):
    """`index_products`: one at a time, or two would build on the same version and one of them in vain."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        deployment: Deployment,
        layers: Layers,
        table: CatalogTable,
        indexes: Indexes,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(scope, id)
        gave_up = DeadLetters(
            self, "GaveUp", name=f"{deployment.function('index_products')}-dead-letters", alarms=alarms
        )
        acknowledge(gave_up.queue, "SQS3", because="It is a queue of dead letters: those of the stream's consumer")
        self.function = Function(
            self,
            "IndexProducts",
            name="index_products",
            config=config,
            deployment=deployment,
            layers=layers,
            layer_names=("domain", "edge", "search", "encoder"),
            alarms=alarms,
            timeout=_LONGEST,
            memory_mib=3008,  # most accounts begin with this as the most
            temporary_mib=10240,
            environment={
                **table.environment,
                **indexes.environment,
                **layers.encoder_environment,
                "ENCODE_SECONDS": str(config.search.encode_seconds),
                "MAX_RECORD": str(config.search.max_record),
            },
            consumes=StreamRecords(
                stream_arn=table.stream_arn,
                gave_up=gave_up,
                alarms=alarms,
                window=cdk.Duration.seconds(0),
                batch_size=1000,
                filters=(_TASKS,),
            ),
            at_once=1,
        )
        table.grant_follow(self.function.role)
        table.grant_index(self.function.role)
        indexes.grant_publish(self.function.role)
        events.Rule(
            self,
            "Sweep",
            description="Tasks of writers that died, vectors that are missing, versions that are old",
            schedule=events.Schedule.rate(_SWEEP),
            targets=[targets.LambdaFunction(self.function.function, retry_attempts=0)],
        )
