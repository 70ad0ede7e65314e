"""`make up` for real: a cloud of its own, the real CDK command, a sales file, a kill -9."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local import process
from local.environments import ROOT
from tests.sales_cloud import SHOP

pytestmark = pytest.mark.cloud

KEY_NAMES = ("app_id", "write_key", "search_key", "admin_key")


@dataclass(frozen=True, slots=True)
class Checkout:
    """The commands of this checkout with a home and ports of their own."""

    environment: dict[str, str]
    home: Path

    def up(self, **settings: str) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, "-m", "local.up"], settings)

    def down(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, "-m", "local.down", *arguments], {})

    def tradewind(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = "from tradewind.cli.main import main; main()"
        return self._run([sys.executable, "-c", program, *arguments], {})

    def status(self) -> dict[str, object]:
        return dict(json.loads(self.tradewind("status", "--json").stdout))

    def kill(self) -> None:
        """End the cloud as a power cut does."""
        os.kill(int(json.loads((self.home / "cloud.json").read_text())["pid"]), signal.SIGKILL)

    def _run(self, command: list[str], settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, **settings}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def checkout(cloud_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    if not (ROOT / "node_modules" / ".bin" / "cdk").exists():
        reason = "the CDK command is not there: build it with `make setup`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("up") / "home"
    cloud_port, api_port = free_ports()
    ports = {"TRADEWIND_CLOUD_PORT": str(cloud_port), "TRADEWIND_API_PORT": str(api_port)}
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TRADEWIND_"))}
    made = Checkout({**own, **ports, "TRADEWIND_HOME": str(home), "DEMO": "", "SALES": ""}, home)
    yield made
    process.stop(home)


def test_an_empty_cloud_takes_a_file_and_keeps_it_over_a_kill(checkout: Checkout, tmp_path: Path) -> None:
    first = checkout.up(DEMO="0")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "nothing loaded: the cloud was started empty (DEMO=0)" in first.stdout
    fresh = checkout.status()
    assert fresh["sales"] == {"files": 0, "rows": 0, "clean": 0, "quarantined": 0}
    assert fresh["api_url"] == f"http://127.0.0.1:{checkout.environment['TRADEWIND_API_PORT']}"
    assert all(fresh[name] for name in KEY_NAMES)

    (tmp_path / "näch + ste.csv").write_text(SHOP)
    imported = checkout.tradewind("import", "sales", str(tmp_path / "näch + ste.csv"))
    assert (imported.returncode, imported.stdout) == (
        0,
        "näch + ste.csv: 4 read, 2 sales, 1 returns, 1 quarantined: 1 no_price\n",
    ), imported.stderr

    checkout.kill()
    stopped = checkout.tradewind("status", "--json")
    assert (stopped.returncode, json.loads(stopped.stdout)["running"]) == (1, False)

    again = checkout.up()
    assert again.returncode == 0, again.stdout + again.stderr
    assert "stacks: nothing changed" in again.stdout
    assert "nothing loaded: the cloud has data already" in again.stdout
    after = checkout.status()
    assert {name: after[name] for name in ("api_url", *KEY_NAMES)} == {
        name: fresh[name] for name in ("api_url", *KEY_NAMES)
    }
    assert after["sales"] == {"files": 1, "rows": 4, "clean": 3, "quarantined": 1}

    asked = checkout.tradewind("sql", "--format", "csv", "select date, revenue from daily_sales order by date")
    # 6 x 2.55 + 2 x 3.39 = 22.080
    assert asked.stdout == "date,revenue\n2010-12-01,22.080\n2011-01-04,0.000\n", asked.stderr

    wrong = checkout.tradewind("sql", "select * from dayly_sales")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.splitlines()[-1].startswith("views: daily_sales, ")

    assert "stopped and empty" in checkout.down("--reset").stdout
    assert not checkout.home.exists()


def test_a_taken_port_is_named_and_nothing_starts(checkout: Checkout, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = checkout.up(TRADEWIND_HOME=str(tmp_path / "home"), TRADEWIND_API_PORT=port)

    assert refused.returncode == 1
    assert refused.stderr == (
        f"✗ error: local cloud: port {port} (api) is taken by another program: stop it or set TRADEWIND_API_PORT\n"
    )


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]
