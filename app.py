"""Names the stacks and hands each what it needs. Calls no AWS.

`cdk synth -c env=local|dev|prod`; without it, dev.
"""

import json
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


def context_env() -> str:
    """Return what `-c env=` says, before there is an app to ask."""
    context = json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))
    return str(context.get("env", "dev"))


def new_app(env: str) -> cdk.App:
    """Return an app that checks its templates: cdk-nag's AwsSolutions and the CDK's own rules.

    The local cloud gets the same templates unchecked: the checks take 10 s, and `make check` does them for dev.
    """
    if env == "local":
        return cdk.App(analytics_reporting=False, tree_metadata=False, builtin_cloud_formation_validation=False)
    app = cdk.App(analytics_reporting=False)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def main() -> None:
    env = context_env()
    app = new_app(env)
    Platform(app, "Tradewind", config=config_for(env, os.environ), deployment=deployment_of(env))
    app.synth()


main()
