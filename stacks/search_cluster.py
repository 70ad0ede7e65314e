"""Tier B of search: an OpenSearch domain or a serverless collection, and who may use it."""

import json
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_opensearchserverless as serverless
from aws_cdk import aws_opensearchservice as opensearch
from constructs import Construct

from stacks.constructs.acknowledged import acknowledge, acknowledge_names
from stacks.constructs.function import Function
from stacks.constructs.layers import Layers
from tradewind.config import Config
from tradewind.deployment import Deployment

_NAMELESS = "The names of an index's versions are not known before they are made; the prefix bounds the permission"
_SIGNED = "Requests are signed and only our functions' roles have permissions; a VPC would need a NAT gateway"
_READ = ("ESHttpGet", "ESHttpHead", "ESHttpPost")  # searches are posted
_PUBLISH = (*_READ, "ESHttpPut", "ESHttpDelete")
_READ_COLLECTION = ("aoss:DescribeIndex", "aoss:ReadDocument")
_PUBLISH_COLLECTION = (
    *_READ_COLLECTION,
    "aoss:CreateIndex",
    "aoss:UpdateIndex",
    "aoss:DeleteIndex",
    "aoss:WriteDocument",
    "aoss:DescribeCollectionItems",
    "aoss:CreateCollectionItems",
    "aoss:UpdateCollectionItems",
)


class SearchCluster(Construct):
    """What a domain and a collection have in common: their users need a layer, an address and a permission."""

    @property
    def environment(self) -> dict[str, str]:
        raise NotImplementedError

    def _grant(self, function: Function, *, publishes: bool) -> None:
        raise NotImplementedError

    def let_search(self, function: Function, layers: Layers) -> None:
        """Let `function` search the indexes."""
        self._equip(function, layers, publishes=False)

    def let_publish(self, function: Function, layers: Layers) -> None:
        """Let `function` make, fill and remove indexes, and search them."""
        self._equip(function, layers, publishes=True)

    def _equip(self, function: Function, layers: Layers, *, publishes: bool) -> None:
        for name, value in self.environment.items():
            function.function.add_environment(name, value)
        function.function.add_layers(*layers.named("opensearch"))
        self._grant(function, publishes=publishes)


class SearchDomain(SearchCluster):
    """An OpenSearch domain with k-NN. Its address is public and answers signed requests of permitted roles alone."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, deployment: Deployment, removal_policy: cdk.RemovalPolicy
    ) -> None:
        super().__init__(scope, id)
        size = config.search.cluster
        self._name = deployment.search_cluster
        zones = opensearch.ZoneAwarenessConfig(enabled=True, availability_zone_count=2) if size.nodes > 1 else None
        self.domain = opensearch.Domain(
            self,
            "Domain",
            domain_name=self._name,
            version=opensearch.EngineVersion.OPENSEARCH_2_19,
            capacity=opensearch.CapacityConfig(
                data_nodes=size.nodes, data_node_instance_type=size.instance, multi_az_with_standby_enabled=False
            ),
            ebs=opensearch.EbsOptions(volume_size=size.volume_gib, volume_type=ec2.EbsDeviceVolumeType.GP3),
            zone_awareness=zones,
            encryption_at_rest=opensearch.EncryptionAtRestOptions(enabled=True),
            node_to_node_encryption=True,
            enforce_https=True,
            tls_security_policy=opensearch.TLSSecurityPolicy.TLS_1_2_PFS,
            # The index in the address is what permissions are about: none in the body may get round it.
            advanced_options={"rest.action.multi.allow_explicit_index": "false"},
            removal_policy=removal_policy,
        )
        for finding in ("OS3", "OS5"):
            acknowledge(self.domain, finding, because=_SIGNED)
        acknowledge(self.domain, "OS4", because="Three more nodes only to elect: the embedded index answers")
        acknowledge(self.domain, "OS7", because="Nodes are in two zones where there are two (Config.search.cluster)")
        for slow in ("SEARCH", "INDEX"):
            finding = f"OS9[LogExport::{slow}_SLOW_LOGS]"
            acknowledge(self.domain, finding, because="Slow searches are seen in the traces that every search leaves")
        acknowledge(self.domain, "OS1", because=_SIGNED)

    @property
    def environment(self) -> dict[str, str]:
        return {"OPENSEARCH_URL": f"https://{self.domain.domain_endpoint}", "OPENSEARCH_KIND": "domain"}

    def _grant(self, function: Function, *, publishes: bool) -> None:
        # From the computed name: a policy then holds no reference between stacks.
        place = f"arn:{cdk.Aws.PARTITION}:es:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:domain/{self._name}"
        indexes = f"{place}/tradewind-*"
        actions = [f"es:{each}" for each in (_PUBLISH if publishes else _READ)]
        aliases = [f"{place}/_aliases"] if publishes else []
        iam.Grant.add_to_principal(grantee=function.role, actions=actions, resource_arns=[indexes, *aliases])
        acknowledge_names(function.role, indexes, because=_NAMELESS)


class SearchCollection(SearchCluster):
    """A serverless collection for vectors; sleeps and wakes by itself, and costs by use."""

    def __init__(self, scope: Construct, id: str, *, deployment: Deployment, removal_policy: cdk.RemovalPolicy) -> None:
        super().__init__(scope, id)
        self._name = deployment.search_cluster
        rules = [{"ResourceType": "collection", "Resource": [f"collection/{self._name}"]}]
        self.collection = serverless.CfnCollection(self, "Collection", name=self._name, type="VECTORSEARCH")
        self.collection.apply_removal_policy(removal_policy)
        policies = {
            "encryption": {"Rules": rules, "AWSOwnedKey": True},
            "network": [{"Rules": rules, "AllowFromPublic": True}],  # to signed requests of permitted roles
        }
        for kind, policy in policies.items():
            made = serverless.CfnSecurityPolicy(
                self, kind.capitalize(), name=self._name, type=kind, policy=json.dumps(policy)
            )
            self.collection.add_dependency(made)

    @property
    def environment(self) -> dict[str, str]:
        return {"OPENSEARCH_URL": self.collection.attr_collection_endpoint, "OPENSEARCH_KIND": "serverless"}

    def _grant(self, function: Function, *, publishes: bool) -> None:
        iam.Grant.add_to_principal(
            grantee=function.role, actions=["aoss:APIAccessAll"], resource_arns=[self.collection.attr_arn]
        )
        # With the function and not with the collection, which another stack has: neither may need the other's stack.
        serverless.CfnAccessPolicy(
            function,
            "CollectionAccess",
            name=f"{self._name}-{'publish' if publishes else 'search'}",
            type="data",
            policy=cdk.Stack.of(function).to_json_string([self._access(function.role.role_arn, publishes=publishes)]),
        )

    def _access(self, role_arn: str, *, publishes: bool) -> dict[str, object]:
        permissions: Sequence[str] = _PUBLISH_COLLECTION if publishes else _READ_COLLECTION
        of_indexes = [each for each in permissions if not each.endswith("CollectionItems")]
        of_collection = [each for each in permissions if each.endswith("CollectionItems")]
        rules = [{"ResourceType": "index", "Resource": [f"index/{self._name}/tradewind-*"], "Permission": of_indexes}]
        if of_collection:
            resource = [f"collection/{self._name}"]
            rules.append({"ResourceType": "collection", "Resource": resource, "Permission": of_collection})
        return {"Rules": rules, "Principal": [role_arn]}


class SearchServer(SearchCluster):
    """A server that somebody else runs, at an address that the configuration has: on the laptop."""

    def __init__(self, scope: Construct, id: str, *, url: str) -> None:
        super().__init__(scope, id)
        self._url = url

    @property
    def environment(self) -> dict[str, str]:
        return {"OPENSEARCH_URL": self._url, "OPENSEARCH_KIND": "server"}

    def _grant(self, function: Function, *, publishes: bool) -> None:
        """It knows no permissions."""


def search_cluster(
    scope: Construct, *, config: Config, deployment: Deployment, removal_policy: cdk.RemovalPolicy
) -> SearchCluster | None:
    """Return the cluster that `config.search.engine` asks for; None for the embedded engine."""
    match config.search.engine:
        case "domain":
            return SearchDomain(
                scope, "SearchDomain", config=config, deployment=deployment, removal_policy=removal_policy
            )
        case "serverless":
            return SearchCollection(scope, "SearchCollection", deployment=deployment, removal_policy=removal_policy)
        case "server":
            return SearchServer(scope, "SearchServer", url=config.search.server_url or "")
        case "embedded":
            return None
