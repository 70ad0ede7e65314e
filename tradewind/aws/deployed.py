"""What a deployment says of itself, where it may not be deployed yet."""

from botocore.exceptions import ClientError

from tradewind.aws import clients, wiring
from tradewind.deployment import Deployment
from tradewind.sales.loads import Load


def registered_loads() -> list[Load] | None:
    """Return the loads of the registry, None where the stacks are not deployed yet."""
    try:
        return wiring.load_store().list()
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
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
