"""The lake: its bucket, the bucket of query results, the bucket of access logs, and who may do what in each zone."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.acknowledged import acknowledge, acknowledge_names
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.errors import InputError
from tradewind.lake import layout

_READ = ("s3:GetObject",)
_REPLACE = ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject")

_DELIVER = ("s3:PutObject", "s3:AbortMultipartUpload")

# What the cleanings write, copy, replace and delete.
_CLEANED_ZONES = (layout.CLEAN_SALES, layout.QUARANTINE_SALES, layout.QUALITY_CHECKS, layout.STAGING)
_CLEANED_EVENTS = (
    layout.CLEAN_EVENTS,
    layout.CLEAN_INTERACTIONS,
    layout.QUARANTINE_EVENTS,
    layout.INDEX,
    f"{layout.STAGING}events/",
)
_DELIVERED = (layout.RAW_EVENTS, layout.UNDELIVERED_EVENTS)

_NAMELESS = "The keys of a zone are not known before its files come; the zone bounds the permission"


class Lake(Construct):
    """Encrypted private buckets that refuse plain HTTP; `removal_policy` says what outlives the stack."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        deployment: Deployment,
        removal_policy: cdk.RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        self._deployment = deployment
        days = config.retention
        logs_bucket = _bucket(
            self,
            "AccessLogs",
            name=deployment.access_logs_bucket,
            removal_policy=removal_policy,
            expires=days.logs_days,
        )
        acknowledge(logs_bucket, "S1", because="The bucket of access logs cannot log into itself without end")
        self.bucket = _bucket(
            self,
            "Bucket",
            name=deployment.lake_bucket,
            removal_policy=removal_policy,
            access_logs=logs_bucket,
            versioned=config.retain_data,
            rules=_lifecycle(config),
        )
        _announce_objects(self.bucket)
        self.results = _bucket(
            self,
            "Results",
            name=deployment.results_bucket,
            removal_policy=cdk.RemovalPolicy.DESTROY,  # repeatable: every file in it can be asked for again
            access_logs=logs_bucket,
            expires=days.results_days,
        )

    @property
    def arn(self) -> str:
        # From the computed name and not from the bucket: a policy then holds no reference between stacks.
        return f"arn:{cdk.Aws.PARTITION}:s3:::{self._deployment.lake_bucket}"

    @property
    def environment(self) -> dict[str, str]:
        """Return what a function that uses the lake finds in its environment."""
        return {"LAKE_BUCKET": self._deployment.lake_bucket}

    def grant_clean_sales(self, grantee: iam.IRole) -> None:
        """Let `grantee` read raw sales, and write, replace and delete what is cleaned from them. Raw stays as it is."""
        self._grant(grantee, _READ, (layout.RAW_SALES,))
        self._grant(grantee, _REPLACE, _CLEANED_ZONES)
        self._grant_list(grantee, (layout.RAW_SALES, *_CLEANED_ZONES))

    def grant_clean_events(self, grantee: iam.IRole) -> None:
        """Let `grantee` read raw events, and write, replace and delete what is cleaned from them."""
        self._grant(grantee, _READ, (layout.RAW_EVENTS,))
        self._grant(grantee, _REPLACE, _CLEANED_EVENTS)
        self._grant_list(grantee, (layout.RAW_EVENTS, *_CLEANED_EVENTS))

    def grant_deliver_events(self, grantee: iam.IRole) -> None:
        """Let `grantee` add raw events, and what could not become any; it reads and replaces nothing."""
        self._grant_deliver(grantee, _DELIVERED)

    def _grant_deliver(self, grantee: iam.IRole, zones: Sequence[str]) -> None:
        self._grant(grantee, _DELIVER, zones)
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
            resource_arns=[self.arn],
        )
        self._grant_list(grantee, zones)

    def grant_deliver_product_changes(self, grantee: iam.IRole) -> None:
        """Let `grantee` add changes of products, and what could not become any; it reads and replaces nothing."""
        self._grant_deliver(grantee, (layout.RAW_PRODUCT_CHANGES, layout.UNDELIVERED_PRODUCT_CHANGES))

    @property
    def judging(self) -> dict[str, str]:
        """What a reader of judgements has to know."""
        return {"JUDGEMENTS_BUCKET": self._deployment.lake_bucket}

    def grant_read_judgements(self, grantee: iam.IRole) -> None:
        """Let `grantee` read the judgements of searches."""
        self._grant(grantee, ("s3:GetObject",), (layout.JUDGEMENTS,))
        # Without it S3 answers 403 for judgements that are not there.
        self._grant_list(grantee, (layout.JUDGEMENTS,))

    def grant_crawl(self, grantee: iam.IRole) -> None:
        """Let `grantee` look at the raw zone."""
        self._grant(grantee, _READ, ("raw/",))
        self._grant_list(grantee, ("raw/",))

    def _grant(self, grantee: iam.IRole, actions: Sequence[str], prefixes: Sequence[str]) -> None:
        arns = [self._arn(f"/{prefix}*") for prefix in prefixes]
        iam.Grant.add_to_principal(grantee=grantee, actions=list(actions), resource_arns=arns)
        for arn in arns:
            acknowledge_names(grantee, arn, because=_NAMELESS)

    def _grant_list(self, grantee: iam.IRole, prefixes: Sequence[str]) -> None:
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["s3:ListBucket"],
            resource_arns=[self.arn],
            conditions={"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}},
        )

    def _arn(self, rest: str) -> str:
        return f"{self.arn}{rest}"


def _bucket(
    scope: Construct,
    id: str,
    *,
    name: str,
    removal_policy: cdk.RemovalPolicy,
    access_logs: s3.IBucket | None = None,
    versioned: bool = False,
    expires: int | None = None,
    rules: Sequence[s3.LifecycleRule] = (),
) -> s3.Bucket:
    rules = [*rules, s3.LifecycleRule(abort_incomplete_multipart_upload_after=cdk.Duration.days(7))]
    if expires:
        rules.append(s3.LifecycleRule(expiration=cdk.Duration.days(expires)))
    return s3.Bucket(
        scope,
        id,
        bucket_name=name,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        versioned=versioned,
        removal_policy=removal_policy,
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix=f"{id.lower()}/" if access_logs else None,
        lifecycle_rules=rules,
    )


def _lifecycle(config: Config) -> list[s3.LifecycleRule]:
    """Return one rule for each zone that is not kept for ever.

    Raises: InputError where the index of seen events would go before duplicates are sought in it.
    """
    days = config.retention
    # An event may lie in the stream for long, and is compared with those received some days before and after.
    least = days.stream_days + 2 * config.events.duplicate_days + 1
    if days.index_days < least:
        way_out = f"keep it {least} days or more: stream_days and twice duplicate_days, and one"
        raise InputError("Config.retention.index_days", str(days.index_days), way_out)
    zones = {"raw/": days.raw_days, "clean/": days.clean_days, "quarantine/": days.quarantine_days}
    zones |= {layout.INDEX: days.index_days, layout.STAGING: days.staging_days}
    rules = [
        s3.LifecycleRule(prefix=prefix, expiration=cdk.Duration.days(kept)) for prefix, kept in zones.items() if kept
    ]
    rules.append(s3.LifecycleRule(noncurrent_version_expiration=cdk.Duration.days(days.replaced_days)))
    return rules


def _announce_objects(bucket: s3.Bucket) -> None:
    """Send the bucket's events to EventBridge, by the property: the option of the construct adds a function."""
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )
