"""S3: bodies are files, arriving and leaving; an answered object is on the disk, whole, with its metadata.

ministack 1.5.33 holds a body in memory while it is put, keeps the bodies of a versioned bucket there, joins the parts
of an upload in memory, writes the data file and its metadata one after the other and goes on when the disk is full.
"""

import errno
import inspect
import io
import itertools
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ministack import app as ministack_app
from ministack.core.iam_evaluator import pin_signed_body
from ministack.core.responses import get_account_id
from ministack.services import s3

from local.durability import deliveries
from local.durability.file_body import FileBody
from local.durability.journal import Record
from local.durability.mending import META

logger = logging.getLogger("tradewind.objects")

SPOOL_ABOVE = 1024 * 1024  # bytes; smaller bodies travel in memory
_CHUNK = 1024 * 1024
STORAGE_FULL = 507  # not among the statuses that SDKs try again

_numbers = itertools.count(1)


class Objects:
    """How bodies come in, lie and go out."""

    def __init__(self, spool: Path, fire_events: Callable[[list[Record]], None]) -> None:
        self._spool = spool
        self._fire_events = fire_events
        self._read_in_memory = ministack_app._read_request_body
        self._send_from_memory = ministack_app._send_response
        self._handle = s3.handle_request
        self._record_version = s3._record_object_version
        self._object_data = s3._get_object_data

    def install(self) -> None:
        """Take the place of ministack's ways of doing it."""
        ministack_app._read_request_body = self._read_request_body
        ministack_app._send_response = self._send_response
        s3.handle_request = self._handle_request
        s3._persist_object = persist
        s3._read_body = read_body
        s3._record_object_version = self._record_version_without_data
        s3._get_object_data = self._object_data_as_bytes
        s3._complete_multipart_upload = _joining_with(self._join)

    def _new_file(self) -> Path:
        return self._spool / str(next(_numbers))

    async def _read_request_body(self, receive: Any, method: str, headers: Mapping[str, str]) -> Any:
        length = headers.get("content-length", "")
        large = length.isdecimal() and int(length) > SPOOL_ABOVE
        signed_in_chunks = headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
        in_chunks = signed_in_chunks or "aws-chunked" in headers.get("content-encoding", "")
        if method != "PUT" or not large or in_chunks or "/s3/aws4_request" not in headers.get("authorization", ""):
            return await self._read_in_memory(receive, method, headers)
        path = self._new_file()
        try:
            await _spool(receive, path)
            if path.stat().st_size != int(length):
                raise ministack_app._IncompleteRequestBody("Content-Length does not match request body")
            body = FileBody.open_spooled(path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        pin_signed_body(body)
        return body

    async def _send_response(self, send: Any, status: int, headers: Any, body: Any, *, head: bool = False) -> None:
        if not isinstance(body, FileBody):
            await self._send_from_memory(send, status, headers, body, head=head)
            return
        headers.setdefault("Content-Length", str(len(body)))
        start = {"type": "http.response.start", "status": status, "headers": ministack_app._asgi_header_list(headers)}
        await send(start)
        for offset in range(0, len(body), _CHUNK):
            chunk = body[offset : offset + _CHUNK]
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _handle_request(self, method: str, path: str, headers: Any, *arguments: Any, **named: Any) -> Any:
        """Answer, with the object on the disk and its events in the journal, or say that there is no room."""
        events, token = deliveries.hold_back()
        try:
            answer = await self._handle(method, path, headers, *arguments, **named)
            if answer[0] < 300:
                self._fire_events(events)
        except OSError as error:
            logger.exception("S3 %s %s", method, path)
            _forget_unstored(path, headers)
            return _no_room(error)
        else:
            return answer
        finally:
            deliveries.release(token)

    def _record_version_without_data(self, bucket: str, key: str, prior: Any, record: Any, data: object) -> str | None:
        """A version's body is read from the disk: the current one's, or the file that it was moved to."""
        version: str | None = self._record_version(bucket, key, prior, record, None)
        return version

    def _object_data_as_bytes(self, bucket: str, key: str, version_id: str | None = None) -> bytes | None:
        """What others keep (the code of a function) is kept as plain bytes."""
        data = self._object_data(bucket, key, version_id)
        return None if data is None else bytes(data)

    def _join(self, parts: Sequence[bytes]) -> bytes | FileBody:
        if sum(len(part) for part in parts) <= SPOOL_ABOVE:
            return b"".join(parts)
        path = self._new_file()
        with path.open("wb") as joined:
            for part in parts:
                joined.write(part)
        return FileBody.open_spooled(path)


def persist(bucket: str, key: str, record: Any) -> None:
    """Put an object's data and metadata in place; a process killed between the two is put right by `mending`.

    Raises: OSError when they cannot be written; the object before is then still there.
    """
    found = s3._object_disk_path(bucket, key)
    if found is None:
        raise OSError(errno.EINVAL, "key cannot be stored", key)
    path = Path(found)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data, meta = Path(f"{path}.tmp"), Path(f"{path}{META}.tmp")
    try:
        body = record.get("body")
        if body is not None:
            _stage(body, data)
        inode = (data if body is not None else path).stat().st_ino
        facts = {**s3._object_meta_from_record(record), **s3._key_history_meta(bucket, key), "key": key, "inode": inode}
        meta.write_text(json.dumps(facts))
        if body is not None:
            data.replace(path)
        meta.replace(f"{path}{META}")
    finally:
        # A link to the very same file is not moved by a replace, and a failure leaves what it had.
        data.unlink(missing_ok=True)
        meta.unlink(missing_ok=True)
    record["body"] = None
    account_folder = os.path.join(s3.DATA_DIR, get_account_id(), bucket)  # noqa: PTH118 - ministack's own spelling
    s3._remove_key_files(s3._other_key_disk_path(account_folder, key, found))


def read_body(bucket: str, key: str, record: Any) -> bytes | FileBody:
    """Return an object's body; a large one as a file that is read as it is sent.

    Raises: OSError when it is not there: an object is never answered as empty because its file is missing.
    """
    body: bytes | None = record.get("body")
    if body is not None:
        return body
    path = Path(s3._object_disk_path(bucket, key))
    return FileBody.open(path) if path.stat().st_size > SPOOL_ABOVE else path.read_bytes()


async def _spool(receive: Any, path: Path) -> None:
    """Write the body to `path`.

    Raises: OSError when there is no room, once the sender has been heard out: it reads no answer before.
    """
    no_room: OSError | None = None
    with path.open("wb", buffering=0) as file:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ministack_app._RequestBodyDisconnected
            more = message.get("more_body", False)
            try:
                if no_room is None:
                    _write_all(file, message.get("body", b""))
            except OSError as error:
                no_room = error
                file.truncate(0)
    if no_room is not None:
        raise no_room


def _write_all(file: io.RawIOBase, body: bytes) -> None:
    written = 0
    while written < len(body):
        written += file.write(body[written:]) or 0


def _stage(body: bytes | FileBody, path: Path) -> None:
    path.unlink(missing_ok=True)
    if isinstance(body, FileBody) and body.path.exists():
        os.link(body.path, path)
    else:
        path.write_bytes(body)


def _joining_with(join: Callable[[Sequence[bytes]], bytes | FileBody]) -> Callable[..., Any]:
    """Return ministack's CompleteMultipartUpload with `join` in place of its join in memory."""
    source = inspect.getsource(s3._complete_multipart_upload)
    in_memory = 'combined = b"".join(combined_parts)'
    if source.count(in_memory) != 1:
        raise RuntimeError("ministack's CompleteMultipartUpload is not that of 1.5.33: see local/durability/objects.py")
    s3._join_parts = join
    made: dict[str, Any] = {}
    mended = source.replace(in_memory, "combined = _join_parts(combined_parts)")
    exec(compile(mended, s3.__file__, "exec"), s3.__dict__, made)  # noqa: S102 - ministack's own text, one line ours
    function: Callable[..., Any] = made["_complete_multipart_upload"]
    return function


def _forget_unstored(path: str, headers: Any) -> None:
    """Take back the record of an object that could not be written; what was there before is there again."""
    bucket, key = s3._parse_bucket_key(path, headers)
    held = s3._buckets.get(bucket)
    if held is not None and key in held["objects"]:
        del held["objects"][key]
        s3._load_persisted_bucket(get_account_id(), bucket, Path(s3.DATA_DIR) / get_account_id() / bucket)


def _no_room(error: OSError) -> tuple[int, dict[str, str], bytes]:
    status, headers, body = s3._error("InsufficientStorage", not_stored(error), STORAGE_FULL)
    return status, headers, body


def not_stored(error: OSError) -> str:
    """Return for the caller why nothing was stored, and what to do."""
    return f"nothing was stored: {os.strerror(error.errno or errno.EIO)}: make room on the disk and try again"
