"""What the query engine needs of Glue and S3."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

GlueTable = dict[str, Any]  # Glue's own record, as the API shows it


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of a bucket, and the file that holds its bytes."""

    key: str
    size: int
    path: Path


class Lake(Protocol):
    """Glue's tables and S3's objects; the emulator's own, or a folder in tests."""

    def databases(self) -> Sequence[str]: ...

    def table(self, database: str, name: str) -> GlueTable | None: ...

    def tables(self, database: str) -> Sequence[GlueTable]: ...

    def partitions(self, database: str, name: str) -> Sequence[GlueTable]: ...

    def create_table(self, database: str, table_input: dict[str, Any], *, replace: bool = False) -> None: ...

    def delete_table(self, database: str, name: str) -> None: ...

    def objects(self, bucket: str, prefix: str) -> Sequence[StoredObject]:
        """Return the objects under `prefix` that exist now, sorted by key."""
        ...

    def put(self, bucket: str, key: str, body: bytes, content_type: str) -> None: ...


def split_location(location: str) -> tuple[str, str]:
    """Return bucket and key of an s3:// location."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return bucket, key
