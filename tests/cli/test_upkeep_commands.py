"""`tradewind rebuild` and `quarantine`."""

from pathlib import Path

import pytest

from tests.cli.athena_answers import CannedAthena
from tests.cli.conftest import Run
from tests.sales_cloud import LATER, SHOP, SalesCloud
from tradewind.aws import clients

ACCOUNT = "shop.csv: 4 read, 2 sales, 1 returns, 1 quarantined: 1 no_price\n"


def test_a_rebuild_cleans_every_load_again(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    cloud.bring(LATER, tmp_path, name="later.csv")
    cloud.bring(SHOP, tmp_path, message_id="m2")
    before = cloud.rows("clean/sales/", tmp_path)
    said = run("rebuild", "sales")

    assert said.status == 0
    assert said.out == "later.csv: 1 read, 1 sales, 0 returns, 0 quarantined\n" + ACCOUNT
    assert cloud.rows("clean/sales/", tmp_path) == before


def test_a_rebuild_of_one_load_leaves_the_others(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    cloud.bring(LATER, tmp_path, name="later.csv")
    cloud.bring(SHOP, tmp_path, message_id="m2")

    assert run("rebuild", "sales", "shop.csv").out == ACCOUNT


def test_a_rebuild_of_nothing_says_so(cloud: SalesCloud, run: Run) -> None:
    said = run("rebuild", "sales")

    assert (said.status, said.out) == (0, "nothing to rebuild: no load is clean yet\n")


def test_a_rebuild_of_an_unknown_load_names_those_there_are(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    cloud.bring(SHOP, tmp_path)
    said = run("rebuild", "sales", "shop")

    assert (said.status, said.err) == (1, "error: load 'shop' does not exist: give one of: 'shop.csv'\n")


def test_a_retry_cleans_a_failed_load_again_and_tells_the_same_reason(
    cloud: SalesCloud, run: Run, tmp_path: Path
) -> None:
    cloud.bring("nothing\n", tmp_path)
    said = run("quarantine", "retry")

    assert said.status == 1
    assert said.err.splitlines()[-1].startswith("error: shop.csv: columns of 'shop.csv' lack ")


def test_a_retry_of_nothing_says_so(cloud: SalesCloud, run: Run) -> None:
    assert run("quarantine", "retry").out == "no load failed or waits\n"


def test_a_retry_sends_given_up_messages_again(cloud: SalesCloud, run: Run) -> None:
    cloud.sqs.send_message(QueueUrl=cloud.dead_letters_url, MessageBody='{"command": "rebuild", "load": "gone"}')
    said = run("quarantine", "retry")

    assert said.out.splitlines()[0] == "1 given-up message sent again: tradewind loads shows what becomes of it"
    assert cloud.messages() == ['{"command": "rebuild", "load": "gone"}']


def test_the_list_shows_rows_by_reason_and_failed_loads(
    cloud: SalesCloud, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.bring("nothing\n", tmp_path, name="bad.csv")
    answer = CannedAthena((("load", "varchar"), ("reason", "varchar")), [[["shop.csv", "no_price"]]])
    monkeypatch.setattr(clients, "athena", answer.client)
    said = run("quarantine", "list", "--format", "csv")

    assert said.out == "load,reason\nshop.csv,no_price\n"
    assert said.err.splitlines()[0].startswith("failed: bad.csv: columns of 'bad.csv' lack ")
    assert said.err.splitlines()[-1] == "try again with: tradewind quarantine retry"


def test_the_rows_of_a_load_are_asked_for_by_its_name_as_text(
    cloud: SalesCloud, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.bring(SHOP, tmp_path, name="o'neill.csv")
    answer = CannedAthena((("source_row", "bigint"),), [[["4"]]])
    monkeypatch.setattr(clients, "athena", answer.client)
    run("quarantine", "list", "o'neill.csv", "--limit", "7")

    assert "where load = 'o''neill.csv'\norder by source_row\nlimit 7" in answer.asked[0]


def test_the_rows_of_an_unknown_load_are_refused(cloud: SalesCloud, run: Run) -> None:
    assert run("quarantine", "list", "x").err == "error: load 'x' does not exist: give one of: none\n"
