"""The door of search: the function that answers queries, the one that changes indexes, and their routes."""

from collections.abc import Iterator
from dataclasses import fields

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as http
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from stacks.catalog.indexes import Indexes
from stacks.constructs.acknowledged import acknowledge
from stacks.constructs.alarms import AlarmTopic
from stacks.constructs.catalog_table import CatalogTable
from stacks.constructs.function import Function
from stacks.constructs.lake import Lake
from stacks.constructs.layers import Layers
from stacks.constructs.registry import KeyRecords
from stacks.events.records import EventRecords
from stacks.events.stream import EventStream
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.protocols.algolia.routes import gateway_paths

# Clients that want two names for one origin put one of these before each path.
_NAMES = ("", "/s1", "/s2")
_WITHIN = cdk.Duration.seconds(28)  # the API waits 30
_BECAUSE = "The functions ask for the key, which clients send in three ways"
_LIMITS = ("pointer_seconds", "key_cache_seconds", "max_body", "max_batch", "max_record", "development")


class SearchApi(Construct):
    """`search_products` and `edit_indexes` behind `api`; the first changes nothing, the second reads what is published
    to judge changes of settings."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        deployment: Deployment,
        layers: Layers,
        api: http.HttpApi,
        products: CatalogTable,
        indexes: Indexes,
        lake: Lake,
        stream: EventStream,
        records: EventRecords,
        keys: KeyRecords,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(scope, id)
        limits = _limits(config)
        self.search = Function(
            self,
            "SearchProducts",
            name="search_products",
            config=config,
            deployment=deployment,
            layers=layers,
            layer_names=("domain", "collector", "search", "encoder"),
            alarms=alarms,
            timeout=_WITHIN,
            memory_mib=1769,  # one whole processor: shoppers wait for the answer
            temporary_mib=4096,  # the index's files, two versions of them
            environment={
                **indexes.environment,
                **keys.environment,
                **stream.environment,
                **records.tracing,
                **records.counting,
                **layers.encoder_environment,
                **limits,
            },
        )
        indexes.grant_read_snapshots(self.search.role)
        keys.grant_read(self.search.role)
        stream.grant_put(self.search.role)
        records.grant_confirm(self.search.role)
        records.grant_count_queries(self.search.role)
        self.edit = Function(
            self,
            "EditIndexes",
            name="edit_indexes",
            config=config,
            deployment=deployment,
            layers=layers,
            layer_names=("domain", "collector", "search", "encoder"),
            alarms=alarms,
            timeout=_WITHIN,
            memory_mib=1769,  # one whole processor: the publish gate asks hundreds of queries
            temporary_mib=4096,  # for the gate, as above
            environment={
                **products.environment,
                **indexes.environment,
                **lake.judging,
                **keys.environment,
                **layers.encoder_environment,
                **limits,
            },
        )
        indexes.grant_read_snapshots(self.edit.role)
        lake.grant_read_judgements(self.edit.role)
        products.grant_edit(self.edit.role)
        keys.grant_administrate(self.edit.role)
        for route in self._routes(api):
            acknowledge(route, "APIG4", because=_BECAUSE)

    def _routes(self, api: http.HttpApi) -> Iterator[http.HttpRoute]:
        searching = integrations.HttpLambdaIntegration("Search", self.search.function)
        editing = integrations.HttpLambdaIntegration("Edit", self.edit.function)
        for name in _NAMES:
            for path, methods in gateway_paths("reads").items():
                allowed = [http.HttpMethod(method) for method in methods]
                yield from api.add_routes(path=name + path, methods=allowed, integration=searching)
            # The most exact path wins: without this one, settings would be an objectID.
            settings = f"{name}/1/indexes/{{index}}/settings"
            yield from api.add_routes(path=settings, methods=[http.HttpMethod.GET], integration=editing)
            yield from api.add_routes(path=f"{name}/1/{{proxy+}}", integration=editing)


def _limits(config: Config) -> dict[str, str]:
    """Return fields of `config.search` as variables: MAX_BODY for max_body; yes or no as true or false."""
    known = {field.name for field in fields(config.search)}
    assert known.issuperset(_LIMITS)
    told = {name: getattr(config.search, name) for name in _LIMITS}
    return {name.upper(): str(value).lower() if isinstance(value, bool) else str(value) for name, value in told.items()}
