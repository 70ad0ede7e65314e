"""The door of the events: the function that answers the clients, and its routes of the HTTP API."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as http
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from stacks.constructs.acknowledged import acknowledge
from stacks.constructs.alarms import AlarmTopic
from stacks.constructs.function import Function
from stacks.constructs.layers import Layers
from stacks.constructs.registry import KeyRecords
from stacks.events.records import EventRecords
from stacks.events.settings import limits
from stacks.events.stream import EventStream
from tradewind.config import Config
from tradewind.deployment import Deployment

# What the clients call. The paths themselves are matched in tradewind/events/collecting/dialects.py.
PATHS = (
    "/v1/{proxy+}",
    "/pixel/{proxy+}",
    "/beacon/{proxy+}",
    "/sourceConfig",
    "/sourceConfig/{proxy+}",
    "/ubi_events",
    "/ubi_queries",
    "/ubi/{proxy+}",
    # More exact than the search API's /1/{proxy+}, so these win.
    "/1/events",
    "/1/usertokens/{token}",
    *(f"/{name}{path}" for name in ("s1", "s2") for path in ("/1/events", "/1/usertokens/{token}")),
)

_LIMITS = (
    "max_body",
    "max_batch",
    "max_batch_events",
    "max_event",
    "max_depth",
    "record_bytes",
    "key_cache_seconds",
)


class Collector(Construct):
    """`collect_events` behind `api`; it also answers whatever no other route takes, with a 404 in JSON."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        deployment: Deployment,
        layers: Layers,
        api: http.HttpApi,
        stream: EventStream,
        records: EventRecords,
        keys: KeyRecords,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(scope, id)
        self.function = Function(
            self,
            "CollectEvents",
            name="collect_events",
            config=config,
            deployment=deployment,
            layers=layers,
            layer_names=("domain", "collector"),
            alarms=alarms,
            timeout=cdk.Duration.seconds(20),  # the API waits 30
            memory_mib=1024,  # more memory is more of a processor: clients wait for the answer
            environment={
                **stream.environment,
                **records.collecting,
                **keys.environment,
                **limits(config, *_LIMITS),
            },
        )
        stream.grant_put(self.function.role)
        records.grant_collect(self.function.role)
        keys.grant_read(self.function.role)  # the key that signed a secured one has to be found
        integration = integrations.HttpLambdaIntegration("Collect", self.function.function)
        routes = [route for path in PATHS for route in api.add_routes(path=path, integration=integration)]
        routes.append(
            http.HttpRoute(self, "Else", http_api=api, route_key=http.HttpRouteKey.DEFAULT, integration=integration)
        )
        for route in routes:
            acknowledge(route, "APIG4", because="The function asks for the write key, which clients send in three ways")
