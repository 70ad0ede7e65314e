"""What an AWS client's error means to the person at the terminal."""

import os

from botocore import exceptions


def explain(error: Exception) -> str:
    """Return one line: what failed and the way out."""
    local = os.environ.get("TRADEWIND_ENV", "local") == "local"
    if isinstance(
        error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError | exceptions.ProfileNotFound
    ):
        return f"AWS credentials: {_text(error)}: choose a profile (AWS_PROFILE=... or aws configure)"
    if isinstance(error, exceptions.NoRegionError):
        return "AWS region: none is set: set AWS_REGION or give the profile one"
    if isinstance(error, exceptions.EndpointConnectionError | exceptions.ConnectionError | exceptions.HTTPClientError):
        if local:
            return (
                "the local cloud stopped answering: start it again with `make up`; what it answered as stored is kept"
            )
        return f"AWS cannot be reached: {_text(error)}: check the network, then try again"
    if isinstance(error, exceptions.ClientError):
        return _of_service(error, local=local)
    return f"{type(error).__name__}: {_text(error)}"


def _of_service(error: exceptions.ClientError, *, local: bool) -> str:
    code = error.response.get("Error", {}).get("Code", "")
    told = error.response.get("Error", {}).get("Message", "")
    missing = (
        "NoSuchBucket",
        "ResourceNotFoundException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
    )
    if code in missing:
        way_out = "make up" if local else "make deploy ENV=" + os.environ["TRADEWIND_ENV"]
        return f"{error.operation_name}: the stacks are not deployed ({told or code}): run `{way_out}`"
    if code in ("ExpiredToken", "ExpiredTokenException"):
        return f"AWS credentials: {told}: log in again"
    return f"{error.operation_name}: {code}: {told}"


def _text(error: Exception) -> str:
    return str(error).rstrip(".")
