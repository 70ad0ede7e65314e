"""Findings of cdk-nag that are accepted, each at the construct that causes it and with its reason."""

from aws_cdk import Acknowledgment, Aws, Validations
from constructs import IConstruct

# How cdk-nag writes the pseudo parameters of CloudFormation.
_PSEUDO = {
    Aws.PARTITION: "<AWS::Partition>",
    Aws.REGION: "<AWS::Region>",
    Aws.ACCOUNT_ID: "<AWS::AccountId>",
}


def acknowledge(construct: IConstruct, finding: str, *, because: str) -> None:
    """Accept one AwsSolutions finding ("GL1") of `construct` and of nothing else."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{finding}", reason=because))


def acknowledge_names(role: IConstruct, arn: str, *, because: str) -> None:
    """Accept that a policy of `role` names its resources by a pattern, `arn`. There is no such verb for actions."""
    for token, name in _PSEUDO.items():
        arn = arn.replace(token, name)
    acknowledge(role, f"IAM5[Resource::{arn}]", because=because)
