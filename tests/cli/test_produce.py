"""`tradewind produce`: sale lines through the collector's door."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.collector_stub import CollectorStub, collector_stub
from tests.sales_cloud import HEADER, SHOP
from tradewind.cli import target
from tradewind.cli.produce import paced
from tradewind.cli.target import Target
from tradewind.config import Config
from tradewind.key_file import ensure_keys


def basic(key: str) -> str:
    """Return the header that carries a write key."""
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"


@pytest.fixture
def stub(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CollectorStub]:
    """A running cloud whose API is the stub."""
    with collector_stub() as made:
        found = Target(env="local", config=Config(env="local"), home=home, cloud_url=None, api_url=made.url)
        monkeypatch.setattr(target, "connect", lambda _env: found)
        ensure_keys(home)
        yield made


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "shop.csv"
    path.write_text(SHOP)
    return str(path)


def test_each_sale_line_is_one_request_with_the_key_of_status(
    stub: CollectorStub, run: Run, shop: str, home: Path
) -> None:
    said = run("produce", shop)

    assert (said.status, said.out) == (0, "shop.csv: 2 sent, 2 accepted, 0 refused\n")
    assert [body["messageId"] for body in stub.bodies] == ["shop.csv#1", "shop.csv#2"]
    assert {path for path, _, _ in stub.posted} == {"/v1/track"}
    keys = ensure_keys(home)
    assert {headers["Authorization"] for _, headers, _ in stub.posted} == {basic(keys.write_key)}


def test_count_and_write_key_are_taken(stub: CollectorStub, run: Run, shop: str) -> None:
    assert run("produce", shop, "--count", "1", "--write-key", "mine").out.startswith("shop.csv: 1 sent")
    assert stub.posted[0][1]["Authorization"] == basic("mine")


def test_refused_events_are_counted_by_reason(stub: CollectorStub, run: Run, shop: str) -> None:
    stub.answers = [
        (400, {"success": False, "code": "too_large", "message": "event: too large", "rejected": []}),
    ]
    said = run("produce", shop)

    assert (said.status, said.out) == (1, "shop.csv: 2 sent, 1 accepted, 1 refused\n")
    assert said.err.endswith("1 refused: too_large: event: too large\n")


def test_a_busy_collector_is_asked_again(
    stub: CollectorStub, run: Run, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.answers = [(503, {"success": False}, {"Retry-After": "0"})]

    assert run("produce", shop).out == "shop.csv: 2 sent, 2 accepted, 0 refused\n"
    assert [body["messageId"] for body in stub.bodies] == ["shop.csv#1", "shop.csv#1", "shop.csv#2"]


def test_a_key_that_is_not_known_ends_it_at_once(stub: CollectorStub, run: Run, shop: str) -> None:
    stub.answers = [(401, {"success": False, "code": "unknown_key", "message": "the write key is unknown"})]
    said = run("produce", shop)

    assert said.status == 1
    assert said.err.endswith("error: write key unknown_key: the write key is unknown: see tradewind keys list\n")
    assert len(stub.posted) == 1


def test_a_file_without_sales_sends_nothing(stub: CollectorStub, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "returns.csv"
    path.write_text(HEADER + "C1,A,X,-1,2011-01-01 10:00:00,1,1,UK\n")
    said = run("produce", str(path))

    assert said.status == 1
    assert said.err.endswith("returns.csv: no row is a sale line, nothing was sent\n")
    assert stub.posted == []


def test_a_missing_file_is_named(stub: CollectorStub, run: Run) -> None:
    said = run("produce", "nowhere.csv")

    assert said.status == 1
    assert "nowhere.csv" in said.err


def test_a_deployment_without_shown_keys_wants_one(
    stub: CollectorStub, run: Run, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Target(env="dev", config=Config(env="dev"), home=None, cloud_url=None, api_url=stub.url)
    monkeypatch.setattr(target, "connect", lambda _env: found)

    assert run("produce", shop).err == (
        "error: --write-key is missing: give one; tradewind --env dev keys create --source produce makes it\n"
    )


def test_a_rate_spreads_the_events() -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    for _ in paced([b""] * 4, 2.0, clock=lambda: now[0], sleep=sleep):
        now[0] += 0.1  # what a request takes

    # Two a second: one each half second, of which the request takes a tenth.
    assert slept == pytest.approx([0, 0.4, 0.4, 0.4])
