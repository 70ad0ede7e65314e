"""What must not be lost: the lake, its database, the stream, all records. And the topic of all alarms."""

import aws_cdk as cdk
from constructs import Construct

from stacks.constructs.alarms import AlarmTopic
from stacks.constructs.catalog import Catalog
from stacks.constructs.catalog_table import CatalogTable
from stacks.constructs.lake import Lake
from stacks.constructs.registry import KeyRecords, LoadRegistry
from stacks.events.records import EventRecords
from stacks.events.stream import EventStream
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.lake import tables


class DataStack(cdk.Stack):
    """Stateful; holds no code. Deleted only where both switches of Config allow it."""

    def __init__(self, scope: Construct, id: str, *, config: Config, deployment: Deployment) -> None:
        super().__init__(
            scope,
            id,
            stack_name=deployment.stack(id),
            description="Tradewind: lake, database, stream, records",
            termination_protection=config.deletion_protection,
        )
        removal_policy = cdk.RemovalPolicy.RETAIN if config.retain_data else cdk.RemovalPolicy.DESTROY
        self.alarms = AlarmTopic(self, "Alarms", email=config.alarm_email)
        self.lake = Lake(self, "Lake", config=config, deployment=deployment, removal_policy=removal_policy)
        self.catalog = Catalog(self, "Catalog", deployment=deployment, tables=tables.TABLES)
        self.loads = LoadRegistry(
            self, "Loads", name=deployment.loads_table, key="load", config=config, removal_policy=removal_policy
        )
        self.keys = KeyRecords(
            self, "Keys", name=deployment.keys_table, key="key_hash", config=config, removal_policy=removal_policy
        )
        self.stream = EventStream(
            self,
            "EventStream",
            config=config,
            deployment=deployment,
            removal_policy=removal_policy,
            alarms=self.alarms,
        )
        self.events = EventRecords(
            self, "EventRecords", config=config, deployment=deployment, removal_policy=removal_policy
        )
        self.products = CatalogTable(
            self, "Products", config=config, deployment=deployment, removal_policy=removal_policy
        )
        cdk.CfnOutput(self, "LakeBucket", value=deployment.lake_bucket)
        cdk.CfnOutput(self, "ResultsBucket", value=deployment.results_bucket)
