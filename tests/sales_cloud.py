"""A sales path of its own for a test: bucket, registry and queues in moto, and a file or two to send through it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import duckdb
from moto import mock_aws

from tradewind.aws.lake_store import LakeStore
from tradewind.aws.load_store import LoadStore
from tradewind.aws.sales_job import SalesJob
from tradewind.aws.sales_queue import SalesQueue
from tradewind.config import Limits
from tradewind.deployment import LOCAL
from tradewind.lake import layout
from tradewind.sales.attempts import work_off
from tradewind.sales.in_process import InProcess
from tradewind.sales.intake import Upload, upload
from tradewind.sales.loads import Load
from tradewind.sales.messages import Delivery
from tradewind.sales.stores import SalesStores

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
# Two sales in December (6 x 2.55 = 15.300, 2 x 3.39 = 6.780), one return in January (-1 x 2.55), one row of no price.
SHOP = HEADER + (
    "536365,85123A,LANTERN,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
    "536365,71053,METAL LANTERN,2,2010-12-01 08:26:00,3.39,17850,United Kingdom\n"
    "C536379,85123A,LANTERN,-1,2011-01-04 09:41:00,2.55,17850,United Kingdom\n"
    "536414,22139,,56,2011-01-05 11:52:00,0,,United Kingdom\n"
)
# The same shop a month later: nothing in December 2010, nothing quarantined.
LATER = HEADER + "600001,85123A,LANTERN,1,2011-02-01 10:00:00,2.55,17850,United Kingdom\n"


@dataclass(slots=True)
class StandingClock:
    """A clock that stands until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass(slots=True)
class SalesCloud:
    """The stores over moto, and what a test wants to know of them."""

    stores: SalesStores
    s3: "S3Client"
    sqs: "SQSClient"
    queue_url: str
    dead_letters_url: str
    clock: StandingClock = field(default_factory=StandingClock)
    attempts: int = 0

    def deliver(self, body: str, *, message_id: str = "m1", times: int = 1, stores: SalesStores | None = None) -> str:
        """Work off one delivery of a message, as the function does."""
        self.attempts += 1
        delivery = Delivery(message_id, body, times)
        return work_off(
            delivery, stores or self.stores, InProcess(), attempt=f"attempt{self.attempts}", clock=self.clock
        )

    def send(self, text: str, tmp_path: Path, *, name: str = "shop.csv", split: int = 1) -> Upload:
        """Upload a file with this text, as the command does."""
        path = tmp_path / name
        path.write_text(text)
        return upload([path], self.stores, now=self.clock(), split=split)

    def bring(self, text: str, tmp_path: Path, *, name: str = "shop.csv", message_id: str = "m1") -> str:
        """Upload a file and work off the message of its manifest."""
        sent = self.send(text, tmp_path, name=name)
        return self.deliver(manifest_arrived(sent.load, sent.upload_id), message_id=message_id)

    def load(self, name: str) -> Load:
        load = self.stores.loads.get(name)
        assert load is not None
        return load

    def keys(self, prefix: str = "") -> list[str]:
        return list(self.stores.lake.list(prefix))

    def rows(self, zone: str, tmp_path: Path) -> list[tuple[Any, ...]]:
        """Return all rows of the Parquet files under `zone`, sorted."""
        folder = tmp_path / f"read-{self.attempts}-{zone.replace('/', '-')}"
        folder.mkdir(exist_ok=True)
        found: list[tuple[Any, ...]] = []
        for number, key in enumerate(self.keys(zone)):
            path = folder / f"{number}.parquet"
            self.s3.download_file(self.stores.lake.bucket, key, str(path))
            found += duckdb.read_parquet(str(path), hive_partitioning=False).fetchall()
        return sorted(found, key=str)

    def messages(self) -> list[str]:
        """Return the bodies of the messages that can be received now."""
        answer = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]


def arrived(key: str) -> str:
    """Return the message that EventBridge puts on the queue for a new object."""
    return json.dumps({"detail-type": "Object Created", "source": "aws.s3", "detail": {"object": {"key": key}}})


def manifest_arrived(load: str, upload_id: str) -> str:
    return arrived(layout.manifest_key(load, upload_id))


def aws_environment() -> Mapping[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": LOCAL.region,
    }


@contextmanager
def sales_cloud(limits: Limits | None = None) -> Iterator[SalesCloud]:
    """Give an empty sales path over moto; the caller has put `aws_environment` into the environment."""
    with mock_aws():
        yield made_cloud(limits)


def made_cloud(limits: Limits | None = None) -> SalesCloud:
    """Return an empty sales path of the cloud that the environment names."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=LOCAL.lake_bucket)
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName=LOCAL.loads_table,
        KeySchema=[{"AttributeName": "load", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "load", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName=LOCAL.sales_queue)["QueueUrl"]
    dead_letters = sqs.create_queue(QueueName=LOCAL.sales_dead_letter_queue)["QueueUrl"]
    glue = boto3.client("glue")
    glue.create_job(Name=LOCAL.sales_job, Role="job", Command={"Name": "glueetl"})
    stores = SalesStores(
        loads=LoadStore(dynamodb, LOCAL.loads_table),
        lake=LakeStore(s3, LOCAL.lake_bucket),
        queue=SalesQueue(sqs, queue, dead_letters),
        job=SalesJob(glue, LOCAL.sales_job, {"--env": "local"}),
        limits=limits or Limits(),
    )
    return SalesCloud(stores, s3, sqs, queue, dead_letters)
