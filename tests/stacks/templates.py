"""The synthesized templates, and what a policy in them allows."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from stacks.constructs.bundling import ROOT
from stacks.platform import Platform
from tradewind.config import Config, config_for
from tradewind.deployment import LOCAL, Deployment

PROD = Deployment(env="prod", account="111122223333", region="eu-west-1")
DEV = Deployment(env="dev", account="111122223333", region="eu-west-1")
PLACES = {"local": LOCAL, "dev": DEV, "prod": PROD}
STACKS = ("Data", "Ingest", "Search", "Api", "Analytics")

# Stand for what CloudFormation knows when it deploys.
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::AccountId": "111122223333",
    "AWS::Region": "eu-west-1",
    "AWS::URLSuffix": "amazonaws.com",
}


def context() -> dict[str, Any]:
    """Return the context of cdk.json, without bundling: no test but those of the bundles needs one."""
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    return {**flags, "aws:cdk:bundling-stacks": []}


def platform(app: cdk.App, *, config: Config, deployment: Deployment) -> Platform:
    return Platform(app, "Tradewind", config=config, deployment=deployment)


@cache
def templates(env: str, outdir: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return the template of each stack of `env`, synthesized once."""
    app = cdk.App(
        context=context(),
        outdir=str(outdir) if outdir else None,
        analytics_reporting=False,
        tree_metadata=False,
        builtin_cloud_formation_validation=False,
    )
    place = PLACES[env]
    shop = platform(app, config=config_for(env), deployment=place)
    stacks = shop.synth().stacks_recursively
    return {stack.stack_name.removeprefix(f"Tradewind-{env}-"): stack.template for stack in stacks}


def resources(template: dict[str, Any], type: str) -> dict[str, dict[str, Any]]:
    """Return the resources of one type by logical id."""
    return {id: resource for id, resource in template["Resources"].items() if resource["Type"] == type}


def only(template: dict[str, Any], type: str, *, starting: str = "") -> dict[str, Any]:
    """Return the properties of the one resource of `type` whose logical id begins with `starting`."""
    found = [resource for id, resource in resources(template, type).items() if id.startswith(starting)]
    assert len(found) == 1, f"{len(found)} of {type} {starting}"
    properties: dict[str, Any] = found[0]["Properties"]
    return properties


@dataclass(frozen=True)
class Statement:
    """An Allow statement with its values as text."""

    actions: tuple[str, ...]
    arns: tuple[str, ...]
    conditions: dict[str, Any]


def text(value: Any) -> str:
    """Return a template's value as text; a reference becomes <LogicalId> or <LogicalId.Attribute>."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return _PSEUDO.get(name, f"<{name}>")
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::GetStackOutput": spec}:
            return f"<{spec['OutputName']}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text(part) for part in parts)
        case {"Fn::Sub": pattern}:
            return str(pattern)
    raise AssertionError(f"unknown value {value!r}")


def statements(template: dict[str, Any], role: str) -> list[Statement]:
    """Return what the policies attached to the role whose logical id begins with `role` allow."""
    found: list[Statement] = []
    for policy in resources(template, "AWS::IAM::Policy").values():
        attached = [text(name) for name in policy["Properties"]["Roles"]]
        if any(name.startswith(f"<{role}") for name in attached):
            found.extend(allowed(policy["Properties"]["PolicyDocument"]))
    assert found, f"no policy of {role}"
    return found


def allowed(document: dict[str, Any]) -> Iterator[Statement]:
    """Yield the Allow statements of a policy document."""
    for entry in document["Statement"]:
        if entry["Effect"] == "Allow":
            yield Statement(
                tuple(_listed(entry["Action"])),
                tuple(text(arn) for arn in _listed(entry.get("Resource", []))),
                entry.get("Condition", {}),
            )


def allows(found: Sequence[Statement], action: str, arn: str) -> bool:
    """Say whether one of the statements allows `action` on `arn`, whatever its conditions."""
    return any(
        any(fnmatchcase(action, pattern) for pattern in statement.actions)
        and any(fnmatchcase(arn, pattern) for pattern in statement.arns)
        for statement in found
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
