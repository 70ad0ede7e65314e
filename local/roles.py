"""What a role may do, for work that we do in its name without an HTTP call: stream consumers and Firehose."""

import hashlib

from ministack.core.iam_evaluator import EvalContext, _gather_role_policies, evaluate
from ministack.services import sts


def allows(role_arn: str, action: str, resource_arn: str, *, session: str) -> bool:
    """Return whether the role's own policies let it do `action` ("kinesis:GetRecords") on the resource."""
    account, name = _account(role_arn), _name(role_arn)
    context = EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource_arn,
        region=resource_arn.split(":")[3],
    )
    return bool(evaluate(context, _gather_role_policies(name, account)).decision == "Allow")


def credentials(role_arn: str, *, session: str) -> dict[str, str]:
    """Return keys with which calls to the cloud are the role's, as botocore's clients take them. They do not expire."""
    digest = hashlib.sha256(f"{role_arn}:{session}".encode()).hexdigest()
    key = f"ASIA{digest[:16].upper()}"
    secret, token = (hashlib.sha256(f"{part}:{digest}".encode()).hexdigest() for part in ("secret", "token"))
    name = _name(role_arn)
    found = {
        "Arn": f"arn:aws:sts::{_account(role_arn)}:assumed-role/{name}/{session}",
        "UserId": f"{name}:{session}",
        "SecretAccessKey": secret,
        "SessionToken": token,
    }
    sts.register_session(key, found)
    return {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}


def _account(role_arn: str) -> str:
    return role_arn.split(":")[4]


def _name(role_arn: str) -> str:
    return role_arn.rpartition("/")[2]
