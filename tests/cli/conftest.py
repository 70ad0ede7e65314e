"""The command over moto: what it uploads is cleaned while it waits."""

import io
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tests.sales_cloud import SalesCloud, arrived, aws_environment, sales_cloud
from tradewind.aws import wiring
from tradewind.aws.catalog_store import CatalogStore
from tradewind.aws.embedded_publisher import EmbeddedPublisher
from tradewind.aws.indexing import Indexer
from tradewind.aws.snapshot_store import SnapshotStore
from tradewind.cli import evaluating, target, waiting
from tradewind.cli.main import main
from tradewind.cli.target import find_target
from tradewind.deployment import LOCAL
from tradewind.search.embedded.engine import EmbeddedEngine
from tradewind.search.embedded.snapshot_cache import SnapshotCache


@dataclass(frozen=True, slots=True)
class Said:
    """What a run of the command gave."""

    status: int
    out: str
    err: str


Run = Callable[..., Said]


def run_command(*arguments: str) -> Said:
    """Run `tradewind` with `arguments` in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert isinstance(ended.value.code, int)
    return Said(ended.value.code, out.getvalue(), err.getvalue())


@pytest.fixture
def run() -> Run:
    return run_command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A local cloud's folder where none runs, on a port that nobody answers."""
    for name in ("TRADEWIND_ENV", "TRADEWIND_API_PORT", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "set back after the test")
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("TRADEWIND_HOME", str(folder))
    monkeypatch.setenv("TRADEWIND_CLOUD_PORT", "9")  # the discard service: closed everywhere
    return folder


@pytest.fixture
def cloud(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SalesCloud]:
    """Stores in moto that the command finds; every pause of a waiting command works off what has arrived."""
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    wiring.forget()
    with sales_cloud() as path:
        monkeypatch.setattr(target, "connect", lambda env: find_target(env, {"TRADEWIND_HOME": str(home)}))
        monkeypatch.setattr(waiting, "pause", _Worker(path))
        yield path
    monkeypatch.undo()  # a test's own client must be gone before the real ones are forgotten
    wiring.forget()


@dataclass(frozen=True, slots=True)
class IndexedShop:
    """A catalogue that the command finds, and what publishes it."""

    store: CatalogStore
    index: Callable[[], object]


@pytest.fixture
def shop(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexedShop]:
    """Catalogue, published indexes and lake in moto, without an encoder; whenever a command waits, the indexer runs."""
    for name, value in {**aws_environment(), "ENCODER_FOLDER": str(home / "none")}.items():
        monkeypatch.setenv(name, value)
    wiring.forget()
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName=LOCAL.catalog_table,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        for bucket in (LOCAL.indexes_bucket, LOCAL.lake_bucket):
            boto3.client("s3").create_bucket(Bucket=bucket)
        store = wiring.catalog_store()
        snapshots = SnapshotStore(boto3.client("s3"), LOCAL.indexes_bucket)
        publisher = EmbeddedPublisher(snapshots, EmbeddedEngine(), SnapshotCache(), lambda: None)
        indexer = Indexer(store, publisher, encode_seconds=1, time_left=lambda: timedelta(minutes=1))
        monkeypatch.setattr(target, "connect", lambda env: find_target(env, {"TRADEWIND_HOME": str(home)}))
        monkeypatch.setattr(evaluating, "connect", target.connect)
        monkeypatch.setattr(waiting, "pause", indexer.run)
        yield IndexedShop(store, indexer.run)
    monkeypatch.undo()
    wiring.forget()


class _Worker:
    """Delivers each new manifest and each command once."""

    def __init__(self, path: SalesCloud) -> None:
        self._path = path
        self._seen: set[str] = set()

    def __call__(self) -> None:
        worked = False
        for key in self._path.keys("raw/sales/"):
            if key.endswith("manifest.json") and self._stamp(key) not in self._seen:
                self._seen.add(self._stamp(key))
                self._path.deliver(arrived(key), message_id=self._stamp(key))
                worked = True
        answer = self._path.sqs.receive_message(QueueUrl=self._path.queue_url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            self._path.deliver(message["Body"], message_id=message["MessageId"])
            self._path.sqs.delete_message(QueueUrl=self._path.queue_url, ReceiptHandle=message["ReceiptHandle"])
            worked = True
        assert worked, "the command waits although nothing is left to do"

    def _stamp(self, key: str) -> str:
        found = self._path.stores.lake.head(key)
        assert found is not None
        return f"{key} {found.modified}"
