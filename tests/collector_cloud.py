"""A collector of its own for a test: stream and tables in moto, and a client that posts to it."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws

from tradewind.aws.erasure_store import ErasureStore
from tradewind.aws.event_stream import EventStream
from tradewind.aws.key_store import KeyStore
from tradewind.aws.rate_store import RateStore
from tradewind.aws.receipt_store import ReceiptStore
from tradewind.aws.refusal_store import RefusalStore
from tradewind.config import Events
from tradewind.events.collecting.collecting import Collected, collect
from tradewind.events.collecting.collector import Collector
from tradewind.events.collecting.request import request_of
from tradewind.events.collecting.write_keys import KeyCache
from tradewind.events.event import Event, read_line
from tradewind.keys import key_hash
from tradewind.search.serving.key_ring import KeyRing

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesis import KinesisClient

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW_TEXT = "2026-03-01T12:00:00.000000Z"
KEY = "0123456789abcdef0123456789abcdef"
STREAM = "events"
TABLES = {
    "erasures": (("anonymous_id", "HASH"),),
    "keys": (("key_hash", "HASH"),),
    "rates": (("window", "HASH"),),
    "receipts": (("request_id", "HASH"),),
    "refusals": (("bucket", "HASH"), ("at", "RANGE")),
}


def http_event(
    method: str,
    path: str,
    *,
    body: bytes | str | None = None,
    query: str = "",
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return a request as an HTTP API hands it to a function (payload 2.0); bytes in base64."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "shop.example.com", **(headers or {})},
        "requestContext": {"http": {"method": method, "path": path, "sourceIp": "198.51.100.23"}},
        "isBase64Encoded": isinstance(body, bytes),
    }
    if body is not None:
        event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return event


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


@dataclass(slots=True)
class CollectorCloud:
    """What a test posts to and looks into."""

    kinesis: "KinesisClient"
    dynamodb: "DynamoDBClient"
    collector: Collector
    now: datetime = NOW

    def collected(
        self,
        path: str,
        body: Any = None,
        *,
        method: str = "POST",
        query: str = "",
        headers: Mapping[str, str] | None = None,
        key: str | None = KEY,
    ) -> Collected:
        """Post a body (JSON made of it, unless bytes or text) and return what became of it."""
        sent = body if body is None or isinstance(body, bytes | str) else json.dumps(body)
        credentials = basic(key) if key else {}
        event = http_event(method, path, body=sent, query=query, headers={**credentials, **(headers or {})})
        return collect(request_of(event), self.collector, self.now)

    def post(self, path: str, body: Any = None, **rest: Any) -> tuple[int, Any]:
        """Return status and content of the answer."""
        answer = self.collected(path, body, **rest).answer
        is_json = answer.headers.get("content-type") == "application/json"
        return answer.status, json.loads(answer.body) if is_json else answer.body

    def records(self) -> list[dict[str, Any]]:
        """Return the records of the stream, in order within a shard."""
        found: list[dict[str, Any]] = []
        for shard in self.kinesis.describe_stream(StreamName=STREAM)["StreamDescription"]["Shards"]:
            iterator = self.kinesis.get_shard_iterator(
                StreamName=STREAM, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            found += self.kinesis.get_records(ShardIterator=iterator)["Records"]  # type: ignore[arg-type]
        return found

    def events(self) -> list[Event]:
        """Return the stored events in the order in which they were accepted."""
        lines = [line for record in self.records() for line in record["Data"].split(b"\n")]
        return sorted(map(read_line, lines), key=lambda event: event.receipt)

    def event(self) -> Event:
        """Return the one event that was stored."""
        (event,) = self.events()
        return event

    def receipts(self) -> dict[str, int]:
        """Return the events of each receipt."""
        items = self.dynamodb.scan(TableName="receipts")["Items"]
        return {item["request_id"]["S"]: int(item["events"]["N"]) for item in items}

    def refused(self) -> int:
        return self.collector.refusals.total()

    def notes(self) -> list[dict[str, Any]]:
        """Return what `tradewind events tail` shows of refusals, by time and place in the request."""
        items = self.dynamodb.scan(TableName="refusals")["Items"]
        plain = [{name: next(iter(value.values())) for name, value in item.items()} for item in items]
        return sorted((item for item in plain if item["bucket"] != "total"), key=lambda item: item["at"])

    def add_key(self, key: str, **attributes: Any) -> None:
        item = {"key_hash": {"S": key_hash(key)}, "kind": {"S": "write"}, "source": {"S": "web"}, **attributes}
        item.setdefault("created_at", {"S": NOW.isoformat()})
        self.dynamodb.put_item(TableName="keys", Item=item)

    def with_limits(self, **limits: int) -> None:
        self.collector = replace(self.collector, limits=replace(self.collector.limits, **limits))  # type: ignore[arg-type]


@cache
def _clients() -> tuple["KinesisClient", "DynamoDBClient"]:
    """Return clients, made once: that takes longer than most tests, and moto answers them in each."""
    access = {"region_name": "us-east-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client("kinesis", **access), boto3.client("dynamodb", **access)  # type: ignore[call-overload]


@contextmanager
def collector_cloud() -> Iterator[CollectorCloud]:
    """Give a collector with one write key, KEY of source web; its request ids are 0...01, 0...02 and so on."""
    with mock_aws():
        kinesis, dynamodb = _clients()
        kinesis.create_stream(StreamName=STREAM, ShardCount=2)
        for table, attributes in TABLES.items():
            dynamodb.create_table(
                TableName=table,
                KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in attributes],  # type: ignore[typeddict-item]
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in attributes],
                BillingMode="PAY_PER_REQUEST",
            )
        numbers = iter(range(1, 1_000_000))
        keys = KeyStore(dynamodb, "keys")
        collector = Collector(
            keys=KeyCache(keys.find, lifetime=timedelta(seconds=30)),
            ring=KeyRing(keys.record, keys.signing, lifetime=timedelta(seconds=30)),
            rates=RateStore(dynamodb, "rates"),
            stream=EventStream(kinesis, STREAM),
            receipts=ReceiptStore(dynamodb, "receipts"),
            refusals=RefusalStore(dynamodb, "refusals"),
            erasures=ErasureStore(dynamodb, "erasures"),
            limits=Events(),
            new_id=lambda: f"{next(numbers):032x}",
        )
        cloud = CollectorCloud(kinesis=kinesis, dynamodb=dynamodb, collector=collector)
        cloud.add_key(KEY)
        yield cloud
