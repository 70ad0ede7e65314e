"""app.py itself, as the CDK command line runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from stacks.constructs.bundling import ROOT
from tests.stacks.templates import context


def synthesize(outdir: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run app.py without credentials and without a way to AWS."""
    without_aws = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    env = environ.pop("env", None)
    settings = {
        **without_aws,
        "CDK_OUTDIR": str(outdir),
        "CDK_CONTEXT_JSON": json.dumps({**context(), **({"env": env} if env else {})}),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # the discard port: a call would fail
        **environ,
    }
    return subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )


def data_template(outdir: Path) -> dict[str, Any]:
    (path,) = (outdir / "assembly-Tradewind").glob("TradewindData*.template.json")
    return json.loads(path.read_text())  # type: ignore[no-any-return]


def test_without_a_profile_the_templates_fit_any_account(tmp_path: Path) -> None:
    run = synthesize(tmp_path)
    assert run.returncode == 0, run.stderr
    lake = data_template(tmp_path)["Outputs"]["LakeBucket"]["Value"]
    assert lake == {"Fn::Join": ["", ["tradewind-dev-lake-", {"Ref": "AWS::AccountId"}, "-", {"Ref": "AWS::Region"}]]}


def test_the_profile_says_account_and_region(tmp_path: Path) -> None:
    run = synthesize(tmp_path, env="prod", CDK_DEFAULT_ACCOUNT="111122223333", CDK_DEFAULT_REGION="eu-west-1")
    assert run.returncode == 0, run.stderr
    lake = data_template(tmp_path)["Outputs"]["LakeBucket"]["Value"]
    assert lake == "tradewind-prod-lake-111122223333-eu-west-1"


def test_an_unknown_environment_is_named(tmp_path: Path) -> None:
    run = synthesize(tmp_path, env="staging")
    assert run.returncode != 0
    assert "environment 'staging': choose one of local, dev, prod" in run.stderr
