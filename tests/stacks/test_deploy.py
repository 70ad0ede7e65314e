"""Deploying into an account: what is asked and refused. The command line of the CDK is replaced, nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import boto3
import pytest
from botocore.exceptions import NoCredentialsError
from moto import mock_aws

from stacks import deploy
from stacks.deploy import Doors, Loss, losses
from tests.stacks.templates import DEV
from tradewind.aws import clients
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.errors import InputError

# As `cdk diff` 2.1148.1 prints it.
HARMLESS = """Stack Tradewind/Data (Tradewind-dev-Data) (aws://111122223333/eu-west-1)
Resources
[~] AWS::S3::Bucket Data/Lake/Bucket LakeBucket1
 └─ [~] LifecycleConfiguration
[~] AWS::Lambda::LayerVersion Ingest/Layers/Domain LayersDomain67312F2A replace
 └─ [~] Content (requires replacement)
[+] AWS::DynamoDB::GlobalTable Data/Carts/Table CartsTable1
"""
REPLACING = """Resources
[~] AWS::DynamoDB::GlobalTable Data/Keys/Table KeysTableF42AC009 replace
 ├─ [~] AttributeDefinitions
 └─ [~] KeySchema (requires replacement)
[~] AWS::S3::Bucket Data/Lake/Bucket LakeBucket1 may be replaced
[-] AWS::S3::Bucket Data/Old/Bucket OldBucket1 destroy
[~] AWS::Kinesis::Stream Data/EventStream/Stream EventStream1 replace
"""


@dataclass
class Commands:
    """Stands for the CDK: remembers what was run; `diff` prints what it was given."""

    diff: str = HARMLESS
    failing: str = ""
    run: list[list[str]] = field(default_factory=list)

    def __call__(self, command: Sequence[str], *, environ: Mapping[str, str], keep: bool) -> tuple[int, str]:
        verb = command[1]
        self.run.append(list(command[1:]))
        assert keep == (verb == "diff")
        return (1, "") if verb == self.failing else (0, self.diff if verb == "diff" else "")

    @property
    def verbs(self) -> list[str]:
        return [words[0] for words in self.run]


@dataclass
class World:
    """A deployment's surroundings; `answer` is what a person types, None where nobody is there."""

    cdk: Commands = field(default_factory=Commands)
    answer: str | None = None
    said: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)

    def doors(self) -> Doors:
        answer = self.answer
        return Doors(
            shell=self.cdk,
            caller=lambda: DEV,
            ask=None if answer is None else lambda _question: answer,
            empty_bucket=self.emptied.append,
            say=self.said.append,
        )


def test_the_changes_are_shown_before_anything_is_deployed() -> None:
    world = World(answer="")
    deploy.deploy("dev", world.doors(), {})
    assert world.cdk.run == [
        ["diff", "**", "-c", "env=dev"],
        ["deploy", "**", "-c", "env=dev", "--require-approval", "broadening"],
    ]
    assert world.said == ["dev: account 111122223333, region eu-west-1"]


def test_only_what_holds_data_counts_as_a_loss() -> None:
    assert losses(HARMLESS) == []
    assert losses(REPLACING) == [
        Loss("AWS::DynamoDB::GlobalTable", "Data/Keys/Table KeysTableF42AC009", "replace"),
        Loss("AWS::S3::Bucket", "Data/Lake/Bucket LakeBucket1", "may be replaced"),
        Loss("AWS::S3::Bucket", "Data/Old/Bucket OldBucket1", "destroy"),
        Loss("AWS::Kinesis::Stream", "Data/EventStream/Stream EventStream1", "replace"),
    ]


def test_a_replaced_table_is_named_and_nothing_is_deployed_without_a_yes() -> None:
    world = World(Commands(diff=REPLACING), answer="y")
    with pytest.raises(InputError) as raised:
        deploy.deploy("dev", world.doors(), {})
    assert str(raised.value) == "answer 'y': nothing was deployed; type dev to go on"
    assert "  AWS::DynamoDB::GlobalTable Data/Keys/Table KeysTableF42AC009 (replace)" in world.said
    assert world.cdk.verbs == ["diff"]


def test_who_types_the_environment_goes_on() -> None:
    world = World(Commands(diff=REPLACING), answer="dev")
    deploy.deploy("dev", world.doors(), {})
    assert world.cdk.verbs == ["diff", "deploy"]


def test_where_nobody_can_be_asked_a_replacement_needs_a_variable() -> None:
    world = World(Commands(diff=REPLACING))
    with pytest.raises(InputError) as raised:
        deploy.deploy("dev", world.doors(), {})
    assert str(raised.value) == (
        "CONFIRM_REPLACE not set: say CONFIRM_REPLACE=dev if the data may go; see the list above"
    )
    deploy.deploy("dev", world.doors(), {"CONFIRM_REPLACE": "dev"})
    assert world.cdk.verbs == ["diff", "diff", "deploy"]


def test_a_failed_diff_stops_the_deployment() -> None:
    world = World(Commands(failing="diff"), answer="")
    with pytest.raises(InputError) as raised:
        deploy.deploy("dev", world.doors(), {})
    assert str(raised.value) == "cdk diff exit status 1: see its output above; docs/deploy.md lists what is needed"
    assert world.cdk.verbs == ["diff"]


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ("local", "ENV 'local': `make up` deploys it; choose dev or prod"),
        ("test", "environment 'test': choose one of local, dev, prod"),
    ],
)
def test_other_environments_are_refused(env: str, message: str) -> None:
    for action in (deploy.deploy, deploy.teardown):
        world = World()
        with pytest.raises(InputError) as raised:
            action(env, world.doors(), {})
        assert (str(raised.value), world.cdk.run) == (message, [])


def test_prod_keeps_its_data_whatever_is_confirmed() -> None:
    world = World()
    with pytest.raises(InputError) as raised:
        deploy.teardown("prod", world.doors(), {"CONFIRM": "prod"})
    assert str(raised.value) == (
        "Config.retain_data of prod True: its data is kept; set retain_data=False for it in tradewind/config.py, "
        "deploy that, then tear down"
    )
    assert (world.emptied, world.cdk.run) == ([], [])


def test_deletion_protection_is_a_switch_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy, "config_for", lambda env: Config(env=env, retain_data=False))
    with pytest.raises(InputError, match=r"^Config\.deletion_protection of dev True: "):
        deploy.teardown("dev", World().doors(), {"CONFIRM": "dev"})


@pytest.mark.parametrize("confirmed", ["", "yes", "prod"])
def test_a_teardown_has_to_name_what_it_deletes(confirmed: str) -> None:
    world = World()
    with pytest.raises(InputError) as raised:
        deploy.teardown("dev", world.doors(), {"CONFIRM": confirmed})
    assert str(raised.value) == f"CONFIRM {confirmed!r}: say CONFIRM=dev to delete dev and all its data"
    assert (world.emptied, world.cdk.run) == ([], [])


def test_a_confirmed_teardown_empties_the_buckets_and_then_deletes_the_stacks() -> None:
    world = World()
    deploy.teardown("dev", world.doors(), {"CONFIRM": "dev"})
    assert world.emptied == [DEV.lake_bucket, DEV.results_bucket, DEV.indexes_bucket, DEV.access_logs_bucket]
    assert world.cdk.run == [["destroy", "**", "-c", "env=dev", "--force"]]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    clients.sts.cache_clear()
    clients.s3.cache_clear()


@pytest.mark.usefixtures("account")
def test_the_credentials_say_where_to_deploy() -> None:
    with mock_aws():
        assert deploy.caller_of("dev") == Deployment(env="dev", account="123456789012", region="eu-west-1")
    clients.sts.cache_clear()


def test_missing_credentials_are_answered_with_the_way_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_credentials() -> None:
        raise NoCredentialsError

    monkeypatch.setattr(clients, "sts", without_credentials)
    with pytest.raises(InputError) as raised:
        deploy.caller_of("dev")
    assert str(raised.value) == (
        "AWS credentials (Unable to locate credentials): choose a profile with AWS_PROFILE, or log in "
        "(aws sso login, aws configure); see docs/deploy.md"
    )


@pytest.mark.usefixtures("account")
def test_emptying_a_bucket_deletes_earlier_versions_too() -> None:
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
        for body in (b"1", b"2"):
            s3.put_object(Bucket="lake", Key="raw/a", Body=body)
        s3.delete_object(Bucket="lake", Key="raw/a")
        deploy.empty_bucket("lake")
        left = s3.list_object_versions(Bucket="lake")
        assert (left.get("Versions", []), left.get("DeleteMarkers", [])) == ([], [])
        deploy.empty_bucket("not-there")
    clients.s3.cache_clear()
