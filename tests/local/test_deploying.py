"""When the local cloud is deployed to, and how the CDK command is called."""

import os
from pathlib import Path

import pytest

from local.deploying import (
    CdkFailed,
    fingerprint,
    fingerprint_of,
    is_deployed,
    mark_deployed,
    run_cdk,
    was_deployed,
)
from tradewind.config import config_for

WELL = {"Tradewind-local-Data": "CREATE_COMPLETE", "Tradewind-local-Api": "UPDATE_COMPLETE"}


def test_the_same_sources_have_the_same_fingerprint(tmp_path: Path) -> None:
    write(tmp_path / "stacks" / "data.py", "one")

    assert fingerprint_of(tmp_path, ["stacks"]) == fingerprint_of(tmp_path, ["stacks"])


@pytest.mark.parametrize("changed", ["stacks/data.py", "stacks/new.py", "app.py"])
def test_a_changed_or_a_new_file_changes_the_fingerprint(tmp_path: Path, changed: str) -> None:
    write(tmp_path / "stacks" / "data.py", "one")
    before = fingerprint_of(tmp_path, ["stacks", "app.py"])
    write(tmp_path / changed, "two")

    assert fingerprint_of(tmp_path, ["stacks", "app.py"]) != before


def test_bytecode_does_not_change_the_fingerprint(tmp_path: Path) -> None:
    write(tmp_path / "stacks" / "data.py", "one")
    before = fingerprint_of(tmp_path, ["stacks"])
    write(tmp_path / "stacks" / "__pycache__" / "data.cpython-313.pyc", "two")

    assert fingerprint_of(tmp_path, ["stacks"]) == before


def test_a_changed_limit_changes_the_fingerprint(tmp_path: Path) -> None:
    assert fingerprint(tmp_path, config_for("local")) != fingerprint(
        tmp_path, config_for("local", {"TRADEWIND_SPARK_ABOVE": "1"})
    )


def test_nothing_is_deployed_in_a_new_home(tmp_path: Path) -> None:
    assert not was_deployed(tmp_path)
    assert not is_deployed(tmp_path, "abc", WELL)


def test_what_was_deployed_and_is_well_is_not_deployed_again(tmp_path: Path) -> None:
    mark_deployed(tmp_path, "abc", sorted(WELL))

    assert is_deployed(tmp_path, "abc", WELL)


def test_other_sources_are_deployed(tmp_path: Path) -> None:
    mark_deployed(tmp_path, "abc", sorted(WELL))

    assert not is_deployed(tmp_path, "abd", WELL)


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS", "CREATE_FAILED"])
def test_a_stack_that_is_not_well_is_deployed_again(tmp_path: Path, status: str) -> None:
    mark_deployed(tmp_path, "abc", sorted(WELL))

    assert not is_deployed(tmp_path, "abc", WELL | {"Tradewind-local-Api": status})


def test_a_stack_that_is_gone_is_deployed_again(tmp_path: Path) -> None:
    mark_deployed(tmp_path, "abc", sorted(WELL))

    assert not is_deployed(tmp_path, "abc", {"Tradewind-local-Data": "CREATE_COMPLETE"})


def test_cdk_is_led_to_the_local_cloud_and_away_from_the_callers_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    fake_cdk(tmp_path, 'echo "$AWS_ENDPOINT_URL [$AWS_PROFILE] $*"')
    run_cdk(tmp_path, ["deploy"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, tmp_path / "cdk.log")

    assert (tmp_path / "cdk.log").read_text() == "http://127.0.0.1:1 [] --no-notices --no-color deploy\n"


def test_a_cdk_that_fails_tells_the_end_of_what_it_said(tmp_path: Path) -> None:
    fake_cdk(tmp_path, "for n in $(seq 30); do echo line $n; done; exit 1")

    with pytest.raises(CdkFailed) as failed:
        run_cdk(tmp_path, ["deploy"], {}, tmp_path / "cdk.log")
    assert str(failed.value).splitlines() == [f"line {n}" for n in range(11, 31)]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def fake_cdk(root: Path, script: str) -> None:
    command = root / "node_modules" / ".bin" / "cdk"
    write(command, f"#!/bin/sh\n{script}\n")
    os.chmod(command, 0o755)  # noqa: PTH101
