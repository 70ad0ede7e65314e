"""A way of events of its own for a test, from the raw objects on: bucket, tables and queues in moto."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import duckdb
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from tests.events_cleaning.shop import Raw, write_raw
from tests.sales_cloud import StandingClock
from tradewind.aws.cleaning_store import CleaningStore
from tradewind.aws.event_accounts import EventAccounts
from tradewind.aws.events_queue import EventsQueue
from tradewind.aws.identity_store import IdentityStore
from tradewind.aws.lake_store import LakeStore
from tradewind.aws.receipt_settlement import ReceiptSettlement
from tradewind.aws.receipt_store import ReceiptStore
from tradewind.aws.refusal_store import RefusalStore
from tradewind.deployment import LOCAL
from tradewind.events.accounts import Accounts
from tradewind.events.cleaning.ports import CleaningSettings
from tradewind.events.event import request_of
from tradewind.events.settling.messages import Arrived, Delivery, Rebuild, write
from tradewind.events.settling.stores import EventStores
from tradewind.events.settling.working import MAX_BYTES, MAX_OBJECTS, Worker
from tradewind.lake import layout

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

# What a run may change: the files that SQL reads.
ZONES = (layout.CLEAN_EVENTS, layout.CLEAN_INTERACTIONS, layout.QUARANTINE_EVENTS, layout.EVENTS_SEEN)


@dataclass(slots=True)
class EventCloud:
    """The stores over moto, and what a test wants to know of them."""

    stores: EventStores
    refusals: RefusalStore
    s3: "S3Client"
    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    queue_url: str
    dead_letters_url: str
    profiles_dead_letters_url: str
    clock: StandingClock = field(default_factory=StandingClock)
    minutes_left: float = 15
    deliveries: int = 0

    def worker(self, *, max_objects: int = MAX_OBJECTS, max_bytes: int = MAX_BYTES) -> Worker:
        def time_left() -> timedelta:
            return timedelta(minutes=self.minutes_left)

        return Worker(
            stores=self.stores, clock=self.clock, time_left=time_left, max_objects=max_objects, max_bytes=max_bytes
        )

    def collect(self, request_id: str, events: int) -> None:
        """Write the receipt of a request, as the collector does."""
        at = self.clock().isoformat(timespec="microseconds")
        ReceiptStore(self.dynamodb, LOCAL.receipts_table).confirm(request_id, events=events, received_at=at)

    def put_raw(self, rows: Sequence[Raw], *, name: str, date: str = "2024-03-10") -> str:
        """Write a raw object, as Firehose does, and return its key."""
        key = f"{layout.raw_events_prefix(date)}{name}.parquet"
        with tempfile.TemporaryDirectory() as folder:
            self.stores.lake.put_file(key, write_raw(Path(folder) / "raw.parquet", rows))
        return key

    def arrive(self, *keys: str, **limits: int) -> str:
        """Deliver the messages of raw objects in one batch."""
        return self.deliver(*(write(Arrived(key)) for key in keys), **limits)

    def rebuild(self, rebuild_id: str = "r1", first: str | None = None, last: str | None = None) -> str:
        return self.deliver(write(Rebuild(rebuild_id, first, last)))

    def deliver(self, *bodies: str, **limits: int) -> str:
        """Work off one batch of messages, as the function does."""
        worker = self.worker(**limits)
        batch = []
        for body in bodies:
            self.deliveries += 1
            batch.append(Delivery(f"m{self.deliveries}", body))
        return worker.work_off([delivery for delivery in batch if worker.register(delivery)])

    def killing(self, position: int) -> "AbstractContextManager[Killing]":
        """Kill whoever works in the block before its write number `position` (from 0): nothing of it is done after."""
        return killing([self.s3, self.dynamodb, self.sqs], position)

    def accounts(self) -> Accounts:
        return EventAccounts(self.stores.cleanings, self.stores.receipts, self.stores.lake, self.refusals).read()

    def keys(self, prefix: str = "") -> list[str]:
        return list(self.stores.lake.list(prefix))

    def rows(self, zone: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Return all rows of the Parquet files under `zone`, sorted."""
        with tempfile.TemporaryDirectory() as folder:
            found: list[tuple[Any, ...]] = []
            for key in self.keys(zone):
                path = Path(folder) / "file.parquet"
                self.s3.download_file(self.stores.lake.bucket, key, str(path))
                relation = duckdb.read_parquet(str(path), hive_partitioning=False)
                found += relation.select(*columns.split(", ")).fetchall() if columns != "*" else relation.fetchall()
        return sorted(found, key=str)

    def lake_rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows of all zones that a run may change."""
        return {zone: self.rows(zone) for zone in ZONES}

    def receipts(self) -> dict[str, dict[str, Any]]:
        """Return the items of the receipts table by request id, without expiry and time."""
        items = self.dynamodb.scan(TableName=LOCAL.receipts_table)["Items"]
        return {
            item["request_id"]["S"]: {
                name: int(value["N"]) for name, value in item.items() if name in ("events", "settled")
            }
            for item in items
        }

    def items(self, prefix: str) -> list[dict[str, Any]]:
        """Return the items of the table of cleanings whose id begins with `prefix`."""
        items = self.dynamodb.scan(TableName=LOCAL.cleanings_table)["Items"]
        return [item for item in items if item["id"]["S"].startswith(prefix)]

    def messages(self) -> list[str]:
        """Return the bodies of the messages that wait, the delayed ones too."""
        queue = sqs_backends[DEFAULT_ACCOUNT_ID][LOCAL.region].queues[LOCAL.events_queue]
        return [message.body for message in queue._messages]


class Killed(Exception):
    """The process is gone."""


@dataclass(slots=True)
class Killing:
    """Counts the writes of a process until it is killed, after which it can do nothing more."""

    position: int
    writes: list[str] = field(default_factory=list)
    dead: bool = False

    def __call__(self, *, model: Any, **_named: Any) -> None:
        if self.dead:
            raise Killed
        if model.name.startswith(_READS):
            return
        if len(self.writes) == self.position:
            self.dead = True
            raise Killed
        self.writes.append(model.name)


_READS = ("Get", "Head", "List", "BatchGet", "TransactGet", "Scan")


@contextmanager
def killing(clients: Sequence[Any], position: int) -> Iterator[Killing]:
    kill = Killing(position)
    for client in clients:
        client.meta.events.register("before-call", kill)
    try:
        yield kill
    except Killed:
        pass
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", kill)


def request_counts(rows: Sequence[Raw]) -> dict[str, int]:
    """Return how many events each collector request had among raw rows; a receipt that comes twice counts once."""
    counts: dict[str, int] = {}
    for receipt in {row["receipt"] for row in rows}:
        counts[request_of(receipt)] = counts.get(request_of(receipt), 0) + 1
    return counts


@contextmanager
def event_cloud() -> Iterator[EventCloud]:
    """Give an empty way of events over moto; the caller has put `aws_environment` into the environment."""
    with mock_aws():
        yield made_cloud()


def made_cloud() -> EventCloud:
    """Return an empty way of events of the cloud that the environment names."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=LOCAL.lake_bucket)
    dynamodb = boto3.client("dynamodb")
    for table, keys in _TABLES.items():
        dynamodb.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": key, "KeyType": "RANGE" if key == "at" else "HASH"} for key in keys],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
    sqs = boto3.client("sqs")
    queue, dead, profiles_dead = (
        sqs.create_queue(QueueName=name)["QueueUrl"]
        for name in (LOCAL.events_queue, LOCAL.events_dead_letter_queue, LOCAL.profiles_dead_letter_queue)
    )
    stores = EventStores(
        cleanings=CleaningStore(dynamodb, LOCAL.cleanings_table),
        lake=LakeStore(s3, LOCAL.lake_bucket),
        receipts=ReceiptSettlement(dynamodb, LOCAL.receipts_table),
        identities=IdentityStore(dynamodb, LOCAL.identities_table),
        queue=EventsQueue(sqs, queue, dead),
        settings=CleaningSettings(),
    )
    refusals = RefusalStore(dynamodb, LOCAL.refusals_table)
    return EventCloud(stores, refusals, s3, dynamodb, sqs, queue, dead, profiles_dead)


_TABLES = {
    LOCAL.cleanings_table: ("id",),
    LOCAL.receipts_table: ("request_id",),
    LOCAL.identities_table: ("anonymous_id",),
    LOCAL.refusals_table: ("bucket", "at"),
}
