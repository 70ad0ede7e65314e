"""The rules that templates are held to: cdk-nag's AwsSolutions and cfn-lint."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import Validations
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks

from tests.stacks.templates import PLACES, STACKS, context, platform, templates
from tradewind.config import config_for

# The CDK's function waits for its role twice: by a reference and by name. It adds nothing and hurts nothing.
CDK_WRITES_SO = "W3005"


def checked_app(outdir: Path) -> cdk.App:
    app = cdk.App(context=context(), outdir=str(outdir), analytics_reporting=False, tree_metadata=False)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def findings(outdir: Path) -> list[str]:
    reports = json.loads((outdir / "validation-report.json").read_text())["pluginReports"]
    return [violation["ruleName"] for report in reports for violation in report["violations"]]


def test_the_checks_see_a_bucket_that_is_not_as_it_should_be(tmp_path: Path) -> None:
    app = checked_app(tmp_path)
    s3.Bucket(cdk.Stack(app, "Careless"), "Bucket")
    with pytest.raises(RuntimeError, match="AwsSolutions-S10"):
        app.synth()
    assert "AwsSolutions-S10" in findings(tmp_path)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[cdk.App, Path]:
    outdir = tmp_path_factory.mktemp("checked")
    app = checked_app(outdir)
    platform(app, config=config_for("prod"), deployment=PLACES["prod"])
    app.synth()  # raises where anything is found
    return app, outdir


def test_nothing_is_found_in_prod(checked: tuple[cdk.App, Path]) -> None:
    assert findings(checked[1]) == []


def acknowledged(app: cdk.App) -> list[tuple[str, str, str]]:
    """Return (path, finding, reason) of all that is accepted."""
    found: list[tuple[str, str, str]] = []
    for construct in app.node.find_all():
        for entry in construct.node.metadata:
            if entry.type == Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
                found.extend((construct.node.path, finding, reason) for finding, reason in entry.data.items())
    return found


def test_what_is_accepted_is_counted(checked: tuple[cdk.App, Path]) -> None:
    rules = Counter(
        finding.partition("AwsSolutions-")[2].partition("[")[0] for _, finding, _ in acknowledged(checked[0])
    )
    assert rules == {
        "S1": 2,  # the bucket of access logs, and that of the indexes, which is made again from the catalogue
        "L1": 10,  # Python 3.13
        "GL1": 2,  # logs of job and crawler
        "GL3": 1,  # no bookmarks
        # health 1, Segment and RudderStack 5, UBI 3, the rest 1; under three names each: Insights 2, indexes 10
        "APIG4": 10 + 3 * 12,
        "KDF1": 1,  # a delivery from a stream
        "SQS3": 3,  # dead letters of the consumers of streams: profiles, indexer, product changes
        **dict.fromkeys(("OS1", "OS3", "OS4", "OS5", "OS7"), 1),  # the domain, see stacks/search_cluster.py
        "OS9": 2,  # its slow logs
        # two cleaners of sales x (5 zones + "*"), the job's logs, health's "*", the crawler's zone, tables, logs: 17;
        # the cleaner of events 6 zones + "*", Firehose 2 zones, "*" of collector, transformation and profiles: 12;
        # three users of the indexes x (3 prefixes + "*"), two of them the domain's indexes, one the judgements: 15; the
        # catalogue's stream twice, the recorder's "*", Firehose 2 zones: 5
        "IAM5": 17 + 12 + 15 + 5,
    }


def test_each_is_accepted_at_one_resource_for_a_reason_and_never_for_actions(checked: tuple[cdk.App, Path]) -> None:
    for path, finding, reason in acknowledged(checked[0]):
        assert path.count("/") >= 2, f"{finding} is accepted for all of {path}"
        assert len(reason.split()) >= 5
        assert "[Action::" not in finding
        assert not finding.endswith("IAM5")


@pytest.mark.parametrize("env", ["local", "prod"])
def test_cfn_lint_finds_nothing(env: str, tmp_path: Path) -> None:
    paths = []
    for stack in STACKS:
        path = tmp_path / f"{stack}.template.json"
        path.write_text(json.dumps(templates(env)[stack]))
        paths.append(str(path))
    region = PLACES[env].region
    command = [
        str(Path(sys.executable).parent / "cfn-lint"),
        "--regions",
        region,
        "--format",
        "parseable",
        "--ignore-checks",
        CDK_WRITES_SO,
        "--",
        *paths,
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")
