"""Snapshots on S3: objects by their hashes, manifests, and pointers that one writer at a time can move."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.catalog.raw_definition import RawDefinition
from tradewind.search.embedded.manifest import Manifest, SnapshotFile
from tradewind.search.embedded.pointer import Pointer, manifest_text, pointer_text, read_manifest, read_pointer
from tradewind.search.embedded.snapshot_cache import SnapshotCache
from tradewind.search.index import IndexUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_AT_ONCE = 8  # transfers
_DELETE_AT_ONCE = 1000  # quota of DeleteObjects
_GONE = ("404", "NoSuchKey", "NotFound")
_MOVED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409", *_GONE)
_UNCHANGED = ("304", "NotModified")


class PointerMovedError(Exception):
    """Another writer has published since the pointer was read: begin again from what it published."""


@dataclass(frozen=True, slots=True)
class Held:
    """A pointer as it was read."""

    pointer: Pointer
    etag: str


class DamagedPointerError(IndexUnavailable):
    """The pointer is there and cannot be read; `etag` is what a writer replaces it by."""

    def __init__(self, why: str, etag: str) -> None:
        super().__init__(why)
        self.etag = etag


class SnapshotStore:
    """The bucket of the indexes."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    # Pointers

    def pointer(self, name: str, *, unless: str | None = None) -> Held | None:
        """Return where an index is, None where there is none. With the ETag `unless`: Unchanged where it is that.

        Raises: UnchangedError, DamagedPointerError, IndexUnavailable.
        """
        wanted: dict[str, Any] = {"IfNoneMatch": unless} if unless else {}
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=_pointer_key(name), **wanted)
            text = answer["Body"].read()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _UNCHANGED:
                raise UnchangedError from error
            if code in _GONE:
                return None
            raise IndexUnavailable(f"the pointer of index {name!r} cannot be read: {error}") from error
        except (BotoCoreError, OSError) as error:
            raise IndexUnavailable(f"the pointer of index {name!r} cannot be read: {error}") from error
        try:
            return Held(read_pointer(text, name), answer["ETag"])
        except IndexUnavailable as error:
            raise DamagedPointerError(str(error), answer["ETag"]) from error

    def put_pointer(self, name: str, pointer: Pointer, *, before: Held | None) -> None:
        """Let a name lead to a version, if it still leads where it did. Raises: PointerMovedError."""
        condition: dict[str, Any] = {"IfMatch": before.etag} if before else {"IfNoneMatch": "*"}
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=_pointer_key(name), Body=pointer_text(pointer), **condition
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _MOVED:
                raise PointerMovedError(name) from error
            raise

    def delete_pointer(self, name: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=_pointer_key(name))

    def pointers(self) -> Iterator[str]:
        """Yield the names that have a pointer."""
        for key, _ in self._keys("indexes/"):
            yield unquote(key.removeprefix("indexes/").removesuffix(".json"))

    # Versions

    def manifest(self, index_id: str, version: str) -> Manifest:
        """Return a manifest. Raises: IndexUnavailable where it is missing or damaged."""
        return read_manifest(self._read(_manifest_key(index_id, version)), version)

    def put_manifest(self, manifest: Manifest) -> None:
        key = _manifest_key(manifest.index_id, manifest.version)
        self._client.put_object(Bucket=self._bucket, Key=key, Body=manifest_text(manifest))

    def versions(self, index_id: str) -> list[str]:
        """Return the versions of a generation, newest first; one of them may never have been published."""
        prefix = f"snapshots/{index_id}/"
        return sorted((key.removeprefix(prefix).removesuffix(".json") for key, _ in self._keys(prefix)), reverse=True)

    def generations(self) -> dict[str, list[str]]:
        """Return the versions of every generation, newest first."""
        found: dict[str, list[str]] = {}
        for key, _ in self._keys("snapshots/"):
            index_id, _, name = key.removeprefix("snapshots/").partition("/")
            found.setdefault(index_id, []).append(name.removesuffix(".json"))
        return {index_id: sorted(versions, reverse=True) for index_id, versions in found.items()}

    def delete_versions(self, index_id: str, versions: Sequence[str]) -> None:
        self._delete([_manifest_key(index_id, version) for version in versions])

    # Objects

    def put_files(self, manifest: Manifest, folder: Path) -> None:
        """Store those files of a version that lie in `folder`; the others are of the version before and are there."""
        found = {file.sha256: file for file in manifest.files if (folder / file.name).exists()}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda file: self._put_file(file, folder / file.name), found.values()))

    def fetch(self, manifest: Manifest, cache: SnapshotCache) -> Path:
        """Return the folder of a version after fetching what of it is not here. Raises: IndexUnavailable."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda file: cache.add(file, lambda into: self._fetch(file, into)), cache.missing(manifest)))
        return cache.laid_out(manifest)

    def definition(self, sha256: str) -> RawDefinition:
        """Return a stored definition. Raises: IndexUnavailable where it is missing or damaged."""
        text = self._read(f"objects/{sha256}")
        if hashlib.sha256(text).hexdigest() != sha256:
            raise IndexUnavailable(f"definition: object {sha256} is damaged: its bytes have another hash")
        return RawDefinition.from_json(text)

    def put_definition(self, definition: RawDefinition) -> str:
        """Store a definition and return its hash."""
        text = definition.to_json()
        sha256 = hashlib.sha256(text).hexdigest()
        self._client.put_object(Bucket=self._bucket, Key=f"objects/{sha256}", Body=text)
        return sha256

    def objects(self) -> Iterator[tuple[str, datetime]]:
        """Yield hash and time of every object."""
        for key, modified in self._keys("objects/"):
            yield key.removeprefix("objects/"), modified

    def delete_objects(self, hashes: Sequence[str]) -> None:
        self._delete([f"objects/{sha256}" for sha256 in hashes])

    # How it is done

    def _put_file(self, file: SnapshotFile, path: Path) -> None:
        # In one request: a large file in parts would not be whole at once.
        with path.open("rb") as stream:
            self._client.put_object(Bucket=self._bucket, Key=f"objects/{file.sha256}", Body=stream)

    def _fetch(self, file: SnapshotFile, into: Path) -> None:
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=f"objects/{file.sha256}")["Body"]
            with into.open("wb") as stream:
                for some in body.iter_chunks(1024 * 1024):
                    stream.write(some)
        except (ClientError, BotoCoreError, OSError) as error:
            raise IndexUnavailable(f"{file.name}: object {file.sha256} cannot be read: {error}") from error

    def _read(self, key: str) -> bytes:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except (ClientError, BotoCoreError, OSError) as error:
            raise IndexUnavailable(f"{key} cannot be read: {error}") from error

    def _keys(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                yield item["Key"], item["LastModified"]

    def _delete(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _DELETE_AT_ONCE):
            some = [{"Key": key} for key in keys[start : start + _DELETE_AT_ONCE]]
            answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": some, "Quiet": True})  # type: ignore[typeddict-item]
            for error in answer.get("Errors", []):
                raise OSError(f"s3://{self._bucket}/{error['Key']} cannot be deleted: {error['Message']}")


class UnchangedError(Exception):
    """The pointer is as it was."""


def _pointer_key(name: str) -> str:
    return f"indexes/{quote(name, safe='')}.json"


def _manifest_key(index_id: str, version: str) -> str:
    return f"snapshots/{index_id}/{version}.json"
