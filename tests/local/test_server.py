"""The server of the local cloud: what listens, who may call, how it starts, stops and is emptied."""

import json
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from local import process
from tests.local.running_cloud import RunningCloud, free_ports
from tradewind.config import LocalPorts
from tradewind.errors import InputError, NotRunning

pytestmark = pytest.mark.cloud


def test_only_the_loopback_is_listened_on(cloud: RunningCloud) -> None:
    listening = {c.laddr[:2] for c in psutil.Process(cloud.pid).net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {("127.0.0.1", cloud.ports.cloud), ("127.0.0.1", cloud.ports.api)}


def test_a_role_without_the_right_is_refused(cloud: RunningCloud) -> None:
    assumed = _assume_role(cloud, "reader", allowed="s3:ListAllMyBuckets")
    assert "Buckets" in cloud.client("s3", **assumed).list_buckets()
    with pytest.raises(ClientError, match="AccessDenied"):
        cloud.client("dynamodb", **assumed).list_tables()
    # Athena is answered by us, behind the same check.
    with pytest.raises(ClientError, match="AccessDenied"):
        cloud.client("athena", **assumed).list_named_queries()


def test_a_bucket_that_enforces_tls_can_be_used_over_the_loopback(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="enforces-tls")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::enforces-tls/*"}
    statement = {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket="enforces-tls", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    as_function = cloud.client("s3", **_assume_role(cloud, "shop-function", allowed="s3:*"))
    as_function.put_object(Bucket="enforces-tls", Key="x", Body=b"1")
    assert as_function.get_object(Bucket="enforces-tls", Key="x")["Body"].read() == b"1"


def test_the_status_says_what_is_running_and_what_is_only_a_placeholder(cloud: RunningCloud) -> None:
    status = process.status(cloud.home)
    assert status.ready
    assert status.server is not None
    assert (status.server["pid"], status.server["version"]) == (cloud.pid, "1.5.33")
    assert "AWS::QuickSight::DataSet" in status.server["placeholders"]


def test_the_emulators_own_reset_is_refused(cloud: RunningCloud) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{cloud.ports.cloud}/_ministack/reset", method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):
        pass
    with refused.value as answer:
        assert (answer.status, json.load(answer)["message"].split(":")[1]) == (403, " `make reset` empties it")


def test_a_taken_port_is_named_with_the_way_out(cloud: RunningCloud, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(InputError) as error:
            process.start(tmp_path / "home", LocalPorts(cloud=free_ports().cloud, api=taken))
    assert str(error.value) == f"port {taken} (api) is taken by another program: stop it or set TRADEWIND_API_PORT"


def test_two_clouds_run_side_by_side(cloud: RunningCloud, own_cloud: RunningCloud) -> None:
    own_cloud.start()
    own_cloud.client("ssm").put_parameter(Name="/mine", Value="1", Type="String")
    names = [parameter["Name"] for parameter in cloud.client("ssm").describe_parameters()["Parameters"]]
    assert "/mine" not in names


def test_a_second_start_leaves_the_running_cloud_as_it_is(cloud: RunningCloud) -> None:
    assert process.start(cloud.home, cloud.ports) == cloud.pid


def test_a_cloud_that_runs_on_other_ports_is_not_moved(cloud: RunningCloud) -> None:
    with pytest.raises(InputError, match="`make down` first"):
        process.start(cloud.home, free_ports())


def test_tools_reach_the_cloud_with_the_environment_that_it_names(cloud: RunningCloud) -> None:
    assert process.client_environment(cloud.home) == {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{cloud.ports.cloud}",
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }


def test_a_home_that_was_never_started_says_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="start one with `make up`"):
        process.client_environment(tmp_path)


def test_stop_ends_the_server_and_a_second_stop_finds_none(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    assert process.stop(own_cloud.home)
    assert not psutil.pid_exists(own_cloud.pid)
    assert not process.stop(own_cloud.home)
    assert process.status(own_cloud.home).server is None


def test_reset_deletes_the_folder_of_a_running_cloud(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    process.reset(own_cloud.home)
    assert not own_cloud.home.exists()
    assert not psutil.pid_exists(own_cloud.pid)


def test_reset_leaves_a_folder_alone_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("dear")
    with pytest.raises(InputError, match=r"not deleted, it has no \.tradewind-home"):
        process.reset(tmp_path)
    assert (tmp_path / "letters").read_text() == "dear"


def test_a_pid_that_another_program_has_by_now_is_not_ours_to_stop(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (home / "cloud.json").write_text(json.dumps({"pid": stranger.pid, "cloud_port": 1, "api_port": 2}))
        assert not process.stop(home)
        assert stranger.poll() is None
        stranger.kill()


def test_a_port_that_is_taken_while_the_server_starts_is_in_the_log(cloud: RunningCloud, tmp_path: Path) -> None:
    command = [str(process.INTERPRETER), "-m", "local.server", "--home", str(tmp_path / "home")]
    command += ["--cloud-port", str(cloud.ports.cloud), "--api-port", str(free_ports().api)]
    ended = subprocess.run(command, cwd=process.REPOSITORY, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"error: port {cloud.ports.cloud} (cloud) is taken by another program" in ended.stderr


def _assume_role(cloud: RunningCloud, name: str, *, allowed: str) -> dict[str, Any]:
    iam = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}
    may = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=_policy(may))
    keys = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
