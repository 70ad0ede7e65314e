"""Names the stacks and hands each what it needs. Calls no AWS.

`cdk synth -c env=local|dev|prod`; without it, dev.
"""

import os

import aws_cdk as cdk
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from stacks.platform import Platform
from tradewind.config import config_for
from tradewind.deployment import LOCAL, Deployment


def deployment_of(env: str) -> Deployment:
    """Return where `env` lives: the local cloud, or the account and region of the caller's profile.

    The CDK command line tells both. Without them the templates take whichever they are deployed to.
    """
    if env == "local":
        return LOCAL
    account = os.environ.get("CDK_DEFAULT_ACCOUNT") or cdk.Aws.ACCOUNT_ID
    region = os.environ.get("CDK_DEFAULT_REGION") or cdk.Aws.REGION
    return Deployment(env=env, account=account, region=region)


def main() -> None:
    app = cdk.App(analytics_reporting=False)
    env = app.node.try_get_context("env") or "dev"
    Platform(app, "Tradewind", config=config_for(env, os.environ), deployment=deployment_of(env))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


main()
