"""A catalogue of its own for a test: table and bucket in moto, a clock that the test sets, clients that can be cut."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws

from tests.catalog.plain_engine import PlainEngine
from tradewind.aws.catalog_store import CatalogStore
from tradewind.catalog.editing import Edit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from tradewind.search.embedded.engine import Engine

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TABLE = "catalog"
BUCKET = "indexes"


class KilledError(BaseException):
    """The process ends here: no `except Exception` may see it."""


@dataclass(slots=True)
class Cut:
    """A client that does so many calls and then kills who calls; None: as many as there are."""

    client: Any
    calls: int | None = None
    done: int = field(default=0)

    @property
    def exceptions(self) -> Any:
        return self.client.exceptions

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)

        def call(**arguments: Any) -> Any:
            if self.calls is not None and self.done >= self.calls:
                raise KilledError(name)
            self.done += 1
            return method(**arguments)

        return call


@dataclass(slots=True)
class CatalogCloud:
    """What a test edits and looks into."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    now: datetime = NOW
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    engine: "Engine" = field(default_factory=PlainEngine)

    def store(self, client: Any = None) -> CatalogStore:
        return CatalogStore(
            client or self.dynamodb,
            TABLE,
            clock=lambda: self.now,
            below=lambda _: next(self.numbers) % 1000,
            new_id=lambda: f"id{next(self.numbers):04d}",
        )

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def items(self, partition: str) -> dict[str, Any]:
        """Return the items whose partition key begins so, by "pk / sk"."""
        found: dict[str, Any] = {}
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=TABLE):
            for item in page["Items"]:
                if item["pk"]["S"].startswith(partition):
                    found[f"{item['pk']['S']} / {item['sk']['S']}"] = item
        return found


def put(object_id: str, **attributes: Any) -> Edit:
    return Edit("updateObject", object_id, record(object_id, **attributes))


def record(object_id: str, **attributes: Any) -> bytes:
    import orjson

    return orjson.dumps({"objectID": object_id, **attributes})


@cache
def _clients() -> "tuple[DynamoDBClient, S3Client]":
    """Return clients, made once: that takes longer than most tests, and moto answers them in each."""
    access = {"region_name": "us-east-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client("dynamodb", **access), boto3.client("s3", **access)  # type: ignore[call-overload]


@contextmanager
def catalog_cloud() -> Iterator[CatalogCloud]:
    """Give an empty catalogue at NOW."""
    with mock_aws():
        dynamodb, s3 = _clients()
        dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        s3.create_bucket(Bucket=BUCKET)
        yield CatalogCloud(dynamodb, s3)
