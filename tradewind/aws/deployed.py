"""What a deployment says of itself, where it may not be deployed yet."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tradewind.aws import clients, wiring
from tradewind.deployment import Deployment
from tradewind.events.accounts import Accounts
from tradewind.sales.loads import Load

if TYPE_CHECKING:
    from tradewind.keys import KeyRecord


def registered_loads() -> list[Load] | None:
    """Return the loads of the registry, None where the stacks are not deployed yet."""
    try:
        return wiring.load_store().list()
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise


def registered_keys() -> "list[KeyRecord] | None":
    """Return the records of all keys, None where the stacks are not deployed yet."""
    try:
        return wiring.key_store().list()
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise


def event_accounts() -> Accounts | None:
    """Return what became of the events, None where the stacks are not deployed yet."""
    try:
        return wiring.event_accounts().read()
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise


def published_indexes(env: str) -> "Sequence[Mapping[str, Any]] | None":
    """Return what is published under each name, by name; None where the stacks are not deployed yet."""
    from tradewind.aws.published_indexes import published
    from tradewind.search.onnx_encoder import encoder_folder, encoder_name

    try:
        return published(
            wiring.catalog_store(),
            wiring.snapshot_store(),
            has_cluster=lambda: wiring.cluster_of_functions(env) is not None,
            current_encoder=encoder_name(encoder_folder(os.environ)),  # what `make up` and `make deploy` take along
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ResourceNotFoundException", "NoSuchBucket"):
            return None
        raise


def stack_output(env: str, stack: str, output: str) -> str | None:
    """Return an output of a deployed stack, None where it is not deployed."""
    name = Deployment(env=env, account="", region="").stack(stack)
    try:
        (found,) = clients.cloudformation().describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
    return outputs.get(output)
