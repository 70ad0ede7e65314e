"""`make up` for real: a cloud of its own, the real CDK command, a sales file, a kill -9."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import process
from tests.checkout import Checkout, new_checkout
from tests.sales_cloud import SHOP

pytestmark = pytest.mark.cloud

KEY_NAMES = ("app_id", "write_key", "search_key", "admin_key")


@pytest.fixture(scope="module")
def checkout(cloud_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = new_checkout(tmp_path_factory.mktemp("up") / "home")
    yield made
    process.stop(made.home)


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
    assert wrong.stderr.splitlines()[-1].startswith("views: product_changes, daily_sales, ")

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
