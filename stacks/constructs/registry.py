"""The tables of the shop's records: loads and keys."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from tradewind.config import Config


class RecordTable(Construct):
    """A DynamoDB table with one text key, point-in-time recovery and encryption at rest.

    Data is deleted only with two switches: `removal_policy` and `Config.deletion_protection`.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, key: str, config: Config, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self.table = dynamodb.TableV2(
            self,
            "Table",
            table_name=name,
            partition_key=dynamodb.Attribute(name=key, type=dynamodb.AttributeType.STRING),
            billing=dynamodb.Billing.on_demand(),
            encryption=dynamodb.TableEncryptionV2.dynamo_owned_key(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=config.deletion_protection,
            removal_policy=removal_policy,
        )

    def _grant(self, grantee: iam.IGrantable, *actions: str) -> None:
        iam.Grant.add_to_principal(
            grantee=grantee, actions=[f"dynamodb:{action}" for action in actions], resource_arns=[self.table.table_arn]
        )


class LoadRegistry(RecordTable):
    """What is known of each load: state, counts, live upload."""

    @property
    def environment(self) -> dict[str, str]:
        return {"LOADS_TABLE": self.name}

    def grant_register(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read and change the records of loads."""
        self._grant(grantee, "GetItem", "PutItem", "DeleteItem", "Scan")
