"""The unzipped size of the function `clean_sales` with its layers, as it is deployed to AWS (arm64)."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aws_cdk as cdk

from benchmarks.measure import ROOT, Figure, figure, report
from stacks.platform import Platform
from tradewind.config import config_for
from tradewind.deployment import Deployment

GOAL_MB = 150
FUNCTION = "clean_sales"

_LOGICAL_ID_HASH = re.compile("[0-9A-F]{8}$")


def figures() -> list[Figure]:
    """Return the figure from the assets of the synthesized dev environment."""
    deployment = Deployment(env="dev", account=cdk.Aws.ACCOUNT_ID, region=cdk.Aws.REGION)
    with TemporaryDirectory(prefix="tradewind-bench-") as folder:
        context = {**json.loads((ROOT / "cdk.json").read_text())["context"], "aws:cdk:enable-asset-metadata": True}
        app = cdk.App(outdir=folder, context=context, analytics_reporting=False)
        Platform(app, "Tradewind", config=config_for("dev"), deployment=deployment)
        app.synth()
        sizes = package_sizes(Path(folder), deployment.function(FUNCTION))
    parts = ", ".join(f"{_LOGICAL_ID_HASH.sub('', name)} {size / 1e6:.1f}" for name, size in sizes.items())
    return [
        figure(
            f"{FUNCTION} package",
            ours=sum(sizes.values()) / 1e6,
            goal=GOAL_MB,
            unit="MB",
            how=f"function and layers unzipped, arm64, Python 3.13, without the runtime's own; MB of {parts}",
        )
    ]


def package_sizes(assembly: Path, function_name: str) -> dict[str, int]:
    """Return the bytes of the code and of each layer of a function, by the names in its template.

    Raises: LookupError where no template of `assembly` has the function.
    """
    for template in sorted(assembly.rglob("*.template.json")):
        resources = json.loads(template.read_text())["Resources"]
        for name, resource in resources.items():
            if resource["Type"] == "AWS::Lambda::Function" and _is(resource, function_name):
                layers = [layer["Ref"] for layer in resource["Properties"].get("Layers", [])]
                return {each: _asset_bytes(assembly, resources[each]) for each in (name, *layers)}
    raise LookupError(f"function must be in a template of {assembly}, got none called {function_name!r}")


def _is(resource: Mapping[str, Any], function_name: str) -> bool:
    return bool(resource["Properties"].get("FunctionName") == function_name)


def _asset_bytes(assembly: Path, resource: Mapping[str, Any]) -> int:
    name = Path(resource["Metadata"]["aws:asset:path"]).name
    folder = next(assembly.rglob(name))
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main() -> int:
    return report("package", figures())


if __name__ == "__main__":
    sys.exit(main())
