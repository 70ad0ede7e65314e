"""Tables of records: any, and those of loads and keys."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from tradewind.config import Config


class RecordTable(Construct):
    """A DynamoDB table with text keys, point-in-time recovery and encryption at rest.

    `expires` names the attribute that says when an item may go (seconds since 1970); `tells_changes` gives it a stream
    of them. All data together is deleted only
    with two switches: `removal_policy` and `Config.deletion_protection`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: str,
        sort_key: str | None = None,
        expires: str | None = None,
        tells_changes: bool = False,
        config: Config,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self.table = dynamodb.TableV2(
            self,
            "Table",
            table_name=name,
            partition_key=_text(key),
            sort_key=_text(sort_key) if sort_key else None,
            time_to_live_attribute=expires,
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if tells_changes else None,
            billing=dynamodb.Billing.on_demand(),
            encryption=dynamodb.TableEncryptionV2.dynamo_owned_key(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=config.deletion_protection,
            removal_policy=removal_policy,
        )

    def grant(self, grantee: iam.IGrantable, *actions: str, beginning: str = "") -> None:
        """Let `grantee` do `actions` ("GetItem") with the items, or only those whose key begins so; for constructs that
        know what a table is for."""
        only = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{beginning}*"]}}
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=[f"dynamodb:{action}" for action in actions],
            resource_arns=[self.table.table_arn],
            conditions=only if beginning else None,
        )


class LoadRegistry(RecordTable):
    """What is known of each load: state, counts, live upload."""

    @property
    def environment(self) -> dict[str, str]:
        return {"LOADS_TABLE": self.name}

    def grant_register(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read and change the records of loads."""
        self.grant(grantee, "GetItem", "PutItem", "DeleteItem", "Scan")


class KeyRecords(RecordTable):
    """The hashes of the shop's keys and what each may do."""

    @property
    def environment(self) -> dict[str, str]:
        return {"KEYS_TABLE": self.name}

    def grant_look_up(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` ask for one key by its hash; it cannot list them."""
        self.grant(grantee, "GetItem")

    def grant_read(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read all records: any key that only reads may have signed a secured one."""
        self.grant(grantee, "GetItem", "Scan")

    def grant_administrate(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read all records, make keys and change them."""
        self.grant(grantee, "GetItem", "Scan", "PutItem")


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
