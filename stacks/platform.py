"""One environment of one shop: its stacks, and which of them needs what of another."""

import aws_cdk as cdk
from constructs import Construct

from stacks.analytics import AnalyticsStack
from stacks.api import ApiStack
from stacks.data import DataStack
from stacks.ingest import IngestStack
from stacks.search import SearchStack
from tradewind.config import Config
from tradewind.deployment import Deployment


class Platform(cdk.Stage):
    """Everything that `config` asks for, at the place that `deployment` says."""

    def __init__(self, scope: Construct, id: str, *, config: Config, deployment: Deployment) -> None:
        super().__init__(scope, id, env=_environment(deployment))
        self.data = DataStack(self, "Data", config=config, deployment=deployment)
        self.ingest = IngestStack(
            self,
            "Ingest",
            config=config,
            deployment=deployment,
            lake=self.data.lake,
            loads=self.data.loads,
            stream=self.data.stream,
            records=self.data.events,
            alarms=self.data.alarms,
        )
        self.search = SearchStack(
            self,
            "Search",
            config=config,
            deployment=deployment,
            products=self.data.products,
            lake=self.data.lake,
            alarms=self.data.alarms,
        )
        self.api = ApiStack(
            self,
            "Api",
            config=config,
            deployment=deployment,
            stream=self.data.stream,
            records=self.data.events,
            keys=self.data.keys,
            products=self.data.products,
            lake=self.data.lake,
            indexes=self.search.indexes,
            cluster=self.search.cluster,
            alarms=self.data.alarms,
        )
        self.analytics = AnalyticsStack(self, "Analytics", config=config, deployment=deployment)
        # By name and not by reference, hence said here: what these stacks use must be there before them.
        for user in (self.ingest, self.search, self.api, self.analytics):
            user.add_stack_dependency(self.data, reason="uses its buckets, stream, tables and database by their names")
        cdk.Tags.of(self).add("shop", config.shop.name)
        cdk.Tags.of(self).add("env", config.env)


def _environment(deployment: Deployment) -> cdk.Environment | None:
    """Return the account and region, or None where the templates take whichever they are deployed to."""
    if cdk.Token.is_unresolved(deployment.account) or cdk.Token.is_unresolved(deployment.region):
        return None
    return cdk.Environment(account=deployment.account, region=deployment.region)
