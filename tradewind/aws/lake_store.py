"""The lake bucket: files and small texts by key."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Progress = Callable[[int], None]  # called with the bytes that went since the last call

_DELETE_AT_ONCE = 1000  # quota of DeleteObjects
_GONE = ("404", "NoSuchKey", "NotFound")
# S3's answer for an object that is not there, where listing is allowed for some prefixes only.
_HIDDEN = ("403", "AccessDenied", "Forbidden")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What S3 says of an object without its content."""

    key: str
    size: int
    etag: str
    modified: datetime


class LakeStore:
    """Objects of one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self.bucket = bucket

    def put_file(self, key: str, path: Path, progress: Progress | None = None) -> None:
        self._client.upload_file(str(path), self.bucket, key, Callback=progress)

    def put_text(self, key: str, text: str) -> None:
        self._client.put_object(Bucket=self.bucket, Key=key, Body=text.encode())

    def read_text(self, key: str) -> str | None:
        """Return the text of an object, or None where there is none."""
        try:
            return self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()
        except ClientError as error:
            if self._is_gone(error, key):
                return None
            raise

    def read_bytes(self, key: str, length: int) -> bytes:
        """Return the first `length` bytes of an object, or all that it has."""
        with self.open(key) as stream:
            return stream.read(length)

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Give an object's bytes as a stream that only goes forward."""
        body = self._client.get_object(Bucket=self.bucket, Key=key)["Body"]
        try:
            yield cast("BinaryIO", body)
        finally:
            body.close()

    def head(self, key: str) -> StoredObject | None:
        try:
            answer = self._client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if self._is_gone(error, key):
                return None
            raise
        return StoredObject(key, answer["ContentLength"], answer["ETag"].strip('"'), answer["LastModified"])

    def download(self, keys: Sequence[str], into: Path) -> list[Path]:
        """Return the files of `keys`, in that order, in folder `into`, named by the last part of their keys."""
        paths = [into / Path(key).name for key in keys]
        for key, path in zip(keys, paths, strict=True):
            self._client.download_file(self.bucket, key, str(path))
        return paths

    def fetch(self, key: str, into: Path) -> bool:
        """Write an object's content to the file `into` and return True, or False where there is no such object."""
        try:
            self._client.download_file(self.bucket, key, str(into))
        except ClientError as error:
            if self._is_gone(error, key):
                return False
            raise
        return True

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys under `prefix`, in order."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                yield item["Key"]

    def copy(self, source: str, target: str) -> None:
        """Put `source`'s content at `target`, in one step or not at all."""
        self._client.copy({"Bucket": self.bucket, "Key": source}, self.bucket, target)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; one that is not there is no error. Raises: OSError naming a key that could not be deleted."""
        wanted = list(keys)
        for start in range(0, len(wanted), _DELETE_AT_ONCE):
            some = wanted[start : start + _DELETE_AT_ONCE]
            answer = self._client.delete_objects(
                Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in some], "Quiet": True}
            )
            for error in answer.get("Errors", []):
                raise OSError(f"s3://{self.bucket}/{error['Key']} cannot be deleted: {error['Message']}")

    def _is_gone(self, error: ClientError, key: str) -> bool:
        code = error.response["Error"]["Code"]
        return code in _GONE or (code in _HIDDEN and key not in self.list(key))
