"""The lake as the running emulator has it: reads in process, writes through its own S3 and Glue APIs.

Writes take the front door so that they are durable and make events like anybody's; reads need neither.
"""

import os
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config as ClientConfig
from ministack.core.responses import get_account_id, get_region
from ministack.services import glue, s3

from local.athena.lake import GlueTable, StoredObject


class EmulatedLake:
    """ministack's Glue tables and S3 objects, of the account and region of the current request."""

    def databases(self) -> Sequence[str]:
        return sorted(glue._databases.keys())

    def table(self, database: str, name: str) -> GlueTable | None:
        return glue._tables.get(f"{database}/{name}")  # type: ignore[no-any-return]

    def tables(self, database: str) -> Sequence[GlueTable]:
        return [table for key, table in list(glue._tables.items()) if key.startswith(f"{database}/")]

    def partitions(self, database: str, name: str) -> Sequence[GlueTable]:
        return list(glue._partitions.get(f"{database}/{name}", []))

    def create_table(self, database: str, table_input: dict[str, Any], *, replace: bool = False) -> None:
        if replace and self.table(database, table_input["Name"]):
            self._client("glue").update_table(DatabaseName=database, TableInput=table_input)
        else:
            self._client("glue").create_table(DatabaseName=database, TableInput=table_input)

    def delete_table(self, database: str, name: str) -> None:
        self._client("glue").delete_table(DatabaseName=database, Name=name)

    def objects(self, bucket: str, prefix: str) -> Sequence[StoredObject]:
        held = s3._buckets.get(bucket)
        if held is None:
            return []
        found = ((key, record) for key, record in list(held["objects"].items()) if key.startswith(prefix))
        return [StoredObject(key, int(record["size"]), self._file(bucket, key)) for key, record in sorted(found)]

    def put(self, bucket: str, key: str, body: bytes, content_type: str) -> None:
        self._client("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)

    def _file(self, bucket: str, key: str) -> Path:
        path = s3._object_disk_path(bucket, key)
        if path is not None and Path(path).is_file():
            return Path(path)
        return self._written_out(bucket, key)

    def _written_out(self, bucket: str, key: str) -> Path:
        # A body that is still in memory, between its put and its write to disk.
        body = s3._get_object_data(bucket, key)
        with tempfile.NamedTemporaryFile(dir=self._spill.name, delete=False) as file:
            file.write(body or b"")
        return Path(file.name)

    @cached_property
    def _spill(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix="tradewind-bodies-")

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
            region_name=get_region(),
            aws_access_key_id=get_account_id(),  # the account's root, as ministack knows it
            aws_secret_access_key="local",  # noqa: S106
            config=ClientConfig(s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 4}),
        )
