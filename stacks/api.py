"""The shop's HTTP API."""

import aws_cdk as cdk
import jsii
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as http
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.catalog.indexes import Indexes
from stacks.constructs.acknowledged import acknowledge
from stacks.constructs.alarms import PERIOD, AlarmTopic
from stacks.constructs.catalog_table import CatalogTable
from stacks.constructs.function import Function, log_group_of
from stacks.constructs.lake import Lake
from stacks.constructs.layers import Layers
from stacks.constructs.registry import KeyRecords
from stacks.events.collector import Collector
from stacks.events.records import EventRecords
from stacks.events.stream import EventStream
from stacks.search_api import SearchApi
from stacks.search_cluster import SearchCluster
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.protocols import cors

# Requests a second of all callers together, and at once; well under an account's 10,000 and 5,000.
_RATE = 500
_BURST = 1000
_TOO_MANY_ERRORS = 10  # in five minutes: a single one is a client's second try


class ApiStack(cdk.Stack):
    """Stateless. Says `ApiUrl`, a bare origin."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        deployment: Deployment,
        stream: EventStream,
        records: EventRecords,
        keys: KeyRecords,
        products: CatalogTable,
        lake: Lake,
        indexes: Indexes,
        cluster: SearchCluster | None,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(scope, id, stack_name=deployment.stack(id), description="Tradewind: the shop's HTTP API")
        layers = Layers(self, "Layers", config=config)
        self.report_health = Function(
            self,
            "ReportHealth",
            name="report_health",
            config=config,
            deployment=deployment,
            layers=layers,
            layer_names=("domain", "edge"),
            alarms=alarms,
            timeout=cdk.Duration.seconds(5),
        )
        self.api = _api(self, config, deployment)
        routes = self.api.add_routes(
            path="/health",
            methods=[http.HttpMethod.GET],
            integration=integrations.HttpLambdaIntegration("Health", self.report_health.function),
        )
        for route in routes:
            acknowledge(route, "APIG4", because="Whoever asks may know that the API answers; it tells nothing else")
        self.collector = Collector(
            self,
            "Collector",
            config=config,
            deployment=deployment,
            layers=layers,
            api=self.api,
            stream=stream,
            records=records,
            keys=keys,
            alarms=alarms,
        )
        self.search = SearchApi(
            self,
            "Search",
            config=config,
            deployment=deployment,
            layers=layers,
            api=self.api,
            products=products,
            indexes=indexes,
            lake=lake,
            stream=stream,
            records=records,
            keys=keys,
            alarms=alarms,
        )
        if cluster is not None:
            cluster.let_search(self.search.search, layers)
        alarms.when_at_least(
            self,
            "ServerErrors",
            metric=self.api.metric_server_error(period=PERIOD, statistic="Sum"),
            threshold=_TOO_MANY_ERRORS,
            says="the API answered 5xx; clients of events try again, but not for ever",
        )
        cdk.CfnOutput(self, "ApiUrl", value=self.api.api_endpoint)


def _api(stack: ApiStack, config: Config, deployment: Deployment) -> http.HttpApi:
    api = http.HttpApi(
        stack,
        "Http",
        api_name=f"tradewind-{config.env}",
        create_default_stage=False,
        cors_preflight=http.CorsPreflightOptions(
            allow_origins=list(config.allowed_origins),
            allow_methods=[http.CorsHttpMethod(method) for method in cors.ALLOWED_METHODS],
            allow_headers=list(cors.ALLOWED_HEADERS),
            expose_headers=list(cors.EXPOSED_HEADERS),
            max_age=cdk.Duration.seconds(cors.MAX_AGE_SECONDS),
        ),
    )
    access_logs = log_group_of(stack, f"/tradewind/{config.env}/api", days=config.retention.logs_days)
    http.HttpStage(
        stack,
        "Stage",
        http_api=api,
        stage_name="$default",
        auto_deploy=True,
        throttle=http.ThrottleSettings(rate_limit=_RATE, burst_limit=_BURST),
        access_log_settings=AccessLog(access_logs),
    )
    return api


@jsii.implements(http.IAccessLogSettings)
class AccessLog:
    """Access logs as JSON, without caller and user (an interface with behaviour: a dict would not do)."""

    def __init__(self, group: logs.LogGroup) -> None:
        self._destination = http.LogGroupLogDestination(group)

    @property
    def destination(self) -> http.LogGroupLogDestination:
        return self._destination

    @property
    def format(self) -> apigateway.AccessLogFormat:
        return apigateway.AccessLogFormat.json_with_standard_fields(
            caller=False,
            http_method=True,
            ip=True,
            protocol=True,
            request_time=True,
            resource_path=True,
            response_length=True,
            status=True,
            user=False,
        )
