"""Search: the published indexes and what fills them."""

import aws_cdk as cdk
from constructs import Construct

from stacks.catalog.changes import ProductChanges
from stacks.catalog.indexer import Indexer
from stacks.catalog.indexes import Indexes
from stacks.constructs.alarms import AlarmTopic
from stacks.constructs.catalog_table import CatalogTable
from stacks.constructs.lake import Lake
from stacks.constructs.layers import Layers
from stacks.search_cluster import search_cluster
from tradewind.config import Config
from tradewind.deployment import Deployment


class SearchStack(cdk.Stack):
    """Rebuildable: what it makes follows from the catalogue's table."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        deployment: Deployment,
        products: CatalogTable,
        lake: Lake,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(
            scope, id, stack_name=deployment.stack(id), description="Tradewind: published indexes of the catalogue"
        )
        self.layers = Layers(self, "Layers", config=config)
        self.indexes = Indexes(
            self, "Indexes", config=config, deployment=deployment, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        self.indexer = Indexer(
            self,
            "Indexer",
            config=config,
            deployment=deployment,
            layers=self.layers,
            table=products,
            indexes=self.indexes,
            alarms=alarms,
        )
        self.cluster = search_cluster(
            self, config=config, deployment=deployment, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        if self.cluster is not None:
            self.cluster.let_publish(self.indexer.function, self.layers)
        self.changes = ProductChanges(
            self,
            "Changes",
            config=config,
            deployment=deployment,
            layers=self.layers,
            table=products,
            lake=lake,
            alarms=alarms,
        )
