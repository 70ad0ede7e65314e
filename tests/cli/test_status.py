"""`tradewind status` and `loads`: a contract with other programs, and a page for people."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.sales_cloud import LATER, SHOP, SalesCloud
from tradewind.cli.target import Target, client_environment, find_target, home_folder
from tradewind.key_file import ensure_keys

ANSWER: Mapping[str, Any] = {"ready": True, "pid": 4711, "placeholders": ["AWS::XRay::Group"]}


@pytest.fixture
def running(cloud: SalesCloud, monkeypatch: pytest.MonkeyPatch) -> SalesCloud:
    """A cloud that answers: its status is canned, its stores are moto's."""
    monkeypatch.setattr(Target, "cloud_status", lambda _self: ANSWER)
    monkeypatch.setattr("tradewind.cli.target.address", lambda _target: None)
    return cloud


def test_json_has_the_contract(running: SalesCloud, run: Run, home: Path, tmp_path: Path) -> None:
    running.bring(SHOP, tmp_path)
    running.bring(LATER, tmp_path, name="later.csv", message_id="m2")
    keys = ensure_keys(home)
    said = run("status", "--json")

    assert said.status == 0
    facts = json.loads(said.out)
    assert facts["api_url"] == "http://127.0.0.1:8600"
    assert (facts["storefront_url"], facts["console_url"], facts["events"]) == (None, None, None)
    assert facts["app_id"] == keys.app_id
    assert (facts["write_key"], facts["search_key"], facts["admin_key"]) == (
        keys.write_key,
        keys.search_key,
        keys.admin_key,
    )
    # 4 rows of which 1 is quarantined, and 1 row more.
    assert facts["sales"] == {"files": 2, "rows": 5, "clean": 4, "quarantined": 1}
    assert (facts["running"], facts["placeholders"]) == (True, ["AWS::XRay::Group"])


def test_a_failed_load_counts_no_rows_and_tells_why(running: SalesCloud, run: Run, tmp_path: Path) -> None:
    running.bring("nothing\n", tmp_path)
    facts = json.loads(run("status", "--json").out)

    assert facts["sales"] == {"files": 0, "rows": 0, "clean": 0, "quarantined": 0}
    assert facts["loads"][0]["state"] == "failed"
    assert facts["loads"][0]["message"].startswith("columns of 'shop.csv' lack ")


def test_the_page_shows_addresses_accounting_and_what_is_not_emulated(
    running: SalesCloud, run: Run, tmp_path: Path
) -> None:
    running.bring(SHOP, tmp_path)
    lines = run("status").out.splitlines()

    assert lines[0] == "environment    local, running"
    assert "api_url        http://127.0.0.1:8600" in lines
    assert "sales          1 file, 4 rows: 3 clean, 1 quarantined" in lines
    assert "               shop.csv: clean, 4 rows" in lines
    assert "process        local cloud, pid 4711" in lines
    assert "placeholder    AWS::XRay::Group: not emulated, every call is answered with an error" in lines


def test_a_stopped_cloud_still_tells_what_is_known(run: Run, home: Path) -> None:
    keys = ensure_keys(home)
    said = run("status", "--json")

    assert said.status == 1
    facts = json.loads(said.out)
    assert (facts["running"], facts["sales"], facts["app_id"]) == (False, None, keys.app_id)
    assert said.err == "the local cloud does not answer at http://127.0.0.1:9: start it with `make up`\n"


def test_the_addresses_are_those_that_the_cloud_was_started_with(home: Path) -> None:
    (home / "cloud.json").write_text('{"pid": 1, "cloud_port": 8999, "api_port": 8998}')
    found = find_target("local", {"TRADEWIND_HOME": str(home)})

    assert (found.cloud_url, found.api_url) == ("http://127.0.0.1:8999", "http://127.0.0.1:8998")


def test_the_home_is_that_of_the_checkout_from_every_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert home_folder({}) == Path(__file__).resolve().parents[2] / ".tradewind"


def test_a_relative_home_is_of_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert home_folder({"TRADEWIND_HOME": "data"}) == tmp_path / "data"


def test_clients_of_the_local_cloud_use_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "example.com")

    assert client_environment("http://127.0.0.1:1")["NO_PROXY"] == "example.com,127.0.0.1"


def test_a_port_that_is_no_number_is_refused(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_API_PORT", "http")

    assert run("status").err == "error: TRADEWIND_API_PORT 'http': give a whole number, or unset it\n"


def test_loads_are_listed_with_what_failed_below(running: SalesCloud, run: Run, tmp_path: Path) -> None:
    running.bring(SHOP, tmp_path)
    running.bring("nothing\n", tmp_path, name="bad.csv", message_id="m2")
    lines = run("loads").out.splitlines()

    assert lines[0].split() == ["load", "state", "since", "(UTC)", "rows", "sales", "returns", "quarantined"]
    assert lines[2].split()[:2] == ["bad.csv", "failed"]
    assert lines[3].split()[-4:] == ["4", "2", "1", "1"]
    assert lines[5].startswith("bad.csv: columns of 'bad.csv' lack ")


def test_no_loads_say_how_to_begin(running: SalesCloud, run: Run) -> None:
    assert run("loads").out == "no loads yet: tradewind import sales FILE\n"
