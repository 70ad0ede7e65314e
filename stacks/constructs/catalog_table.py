"""The table of the catalogue, and who may do what with it."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.acknowledged import acknowledge_names
from stacks.constructs.registry import RecordTable
from tradewind.config import Config
from tradewind.deployment import Deployment

# BatchGetItem and Query read; a transaction needs the rights to the writes that it holds.
_READ = ("GetItem", "BatchGetItem", "Query")
_EDIT = (*_READ, "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
_FOLLOW = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")


class CatalogTable(Construct):
    """Records, settings, synonyms and rules of every index, and the open tasks; docs/search.md says how."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, deployment: Deployment, removal_policy: cdk.RemovalPolicy
    ) -> None:
        super().__init__(scope, id)
        self._table = RecordTable(
            self,
            "Records",
            name=deployment.catalog_table,
            key="pk",
            sort_key="sk",
            tells_changes=True,
            config=config,
            removal_policy=removal_policy,
        )

    @property
    def environment(self) -> dict[str, str]:
        return {"CATALOG_TABLE": self._table.name}

    @property
    def stream_arn(self) -> str:
        """The stream of changes, old and new images. Its name holds the time at which it was made."""
        arn = self._table.table.table_stream_arn
        assert arn is not None
        return arn

    def grant_edit(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` do all that can be done with indexes."""
        self._grant(grantee, _EDIT)

    def grant_index(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read everything, close tasks and remove what no index has any more."""
        self._grant(grantee, _EDIT)

    def grant_read_names(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` ask which index a record is of."""
        self._grant(grantee, ("Query",))

    def grant_follow(self, grantee: iam.IRole) -> None:
        """Let `grantee` read the changes of the table."""
        arn = f"{self._arn}/stream/*"
        iam.Grant.add_to_principal(
            grantee=grantee, actions=[f"dynamodb:{action}" for action in _FOLLOW], resource_arns=[arn]
        )
        acknowledge_names(grantee, arn, because="The name of a table's stream is the time at which it was made")

    @property
    def _arn(self) -> str:
        # From the computed name and not from the table: a policy then holds no reference between stacks.
        return f"arn:{cdk.Aws.PARTITION}:dynamodb:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:table/{self._table.name}"

    def _grant(self, grantee: iam.IGrantable, actions: tuple[str, ...]) -> None:
        iam.Grant.add_to_principal(
            grantee=grantee, actions=[f"dynamodb:{action}" for action in actions], resource_arns=[self._arn]
        )
