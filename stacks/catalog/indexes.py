"""The bucket of the published indexes, and who may do what with it."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.acknowledged import acknowledge, acknowledge_names
from tradewind.config import Config
from tradewind.deployment import Deployment

_PREFIXES = ("objects/", "snapshots/", "indexes/")
_NAMELESS = "The keys of an index are not known before it is built; the folder bounds the permission"


class Indexes(Construct):
    """Objects, manifests, pointers: docs/search.md. Everything in it can be built again from the catalogue's table."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, deployment: Deployment, removal_policy: cdk.RemovalPolicy
    ) -> None:
        super().__init__(scope, id)
        self._name = deployment.indexes_bucket
        bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=self._name,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=removal_policy,
            lifecycle_rules=[s3.LifecycleRule(abort_incomplete_multipart_upload_after=cdk.Duration.days(7))],
        )
        acknowledge(bucket, "S1", because="Every shopper's function reads it all day; it holds the shop's offer")

    @property
    def environment(self) -> dict[str, str]:
        return {"INDEXES_BUCKET": self._name}

    def grant_read_snapshots(self, grantee: iam.IRole) -> None:
        """Let `grantee` read what is published."""
        self._grant(grantee, ("GetObject",))
        self._grant_list(grantee)

    def grant_publish(self, grantee: iam.IRole) -> None:
        """Let `grantee` read, publish and remove versions."""
        self._grant(grantee, ("GetObject", "PutObject", "DeleteObject"))
        self._grant_list(grantee)

    @property
    def _arn(self) -> str:
        # From the computed name and not from the bucket: a policy then holds no reference between stacks.
        return f"arn:{cdk.Aws.PARTITION}:s3:::{self._name}"

    def _grant(self, grantee: iam.IRole, actions: tuple[str, ...]) -> None:
        arns = [f"{self._arn}/{prefix}*" for prefix in _PREFIXES]
        iam.Grant.add_to_principal(grantee=grantee, actions=[f"s3:{action}" for action in actions], resource_arns=arns)
        for arn in arns:
            acknowledge_names(grantee, arn, because=_NAMELESS)

    def _grant_list(self, grantee: iam.IRole) -> None:
        # Without it S3 answers 403 for a pointer that is not there, and an unknown index looks like a failure.
        iam.Grant.add_to_principal(grantee=grantee, actions=["s3:ListBucket"], resource_arns=[self._arn])
