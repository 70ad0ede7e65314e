"""PutRecord and PutRecordBatch: what is answered lies in a log of the delivery stream until it is delivered."""

import base64
import binascii
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ministack.core.arn import parse_arn
from ministack.core.responses import error_response_json, json_response
from ministack.services import firehose

from local.streams.kinesis import Numbers
from local.streams.shard_log import Entry, ShardLog

# AWS's limits.
_RECORD_BYTES = 1000 * 1024
_BATCH_RECORDS = 500

Answer = tuple[int, dict[str, str], Any]
Stream = Mapping[str, Any]


class DirectPuts:
    """The logs of the delivery streams that take records themselves."""

    def __init__(self, folder: Path, after_put: Callable[[], None]) -> None:
        self._folder = folder
        self._after_put = after_put
        self._logs: dict[str, ShardLog] = {}
        self._numbers = Numbers()
        self._lock = threading.Lock()

    def install(self) -> None:
        """Take the place of ministack's puts, which deliver each record before they answer."""
        firehose._HANDLERS |= {"PutRecord": self._put_record, "PutRecordBatch": self._put_record_batch}
        kept = {_name(stream) for stream in firehose._streams.all_values()}
        for left in self._folder.glob("firehose.*"):
            if left.name not in kept:
                shutil.rmtree(left)

    def log(self, stream: Stream) -> ShardLog:
        name = _name(stream)
        with self._lock:
            if name not in self._logs:
                self._logs[name] = ShardLog(self._folder / name)
                self._numbers.above(self._logs[name].last)
            return self._logs[name]

    def _put_record(self, data: Mapping[str, Any]) -> Answer:
        stream, refused = _stream_for_puts(data)
        if stream is None:
            return refused
        try:
            content = _content(data.get("Record") or {})
        except ValueError as error:
            return _refused("InvalidArgumentException", str(error))
        return _answer({"RecordId": self._keep(stream, content), "Encrypted": False})

    def _put_record_batch(self, data: Mapping[str, Any]) -> Answer:
        stream, refused = _stream_for_puts(data)
        if stream is None:
            return refused
        records = data.get("Records") or []
        if not 1 <= len(records) <= _BATCH_RECORDS:
            return _refused("InvalidArgumentException", f"Records: 1 to {_BATCH_RECORDS}, got {len(records)}")
        try:
            contents = [_content(record) for record in records]
        except ValueError as error:
            return _refused("InvalidArgumentException", str(error))
        answers = [{"RecordId": self._keep(stream, content), "Encrypted": False} for content in contents]
        return _answer({"FailedPutCount": 0, "Encrypted": False, "RequestResponses": answers})

    def _keep(self, stream: Stream, content: str) -> str:
        """Write a record down and return its id.

        Raises: OSError when it cannot be written.
        """
        log = self.log(stream)
        with self._lock:
            sequence = self._numbers.next()
            log.append(Entry(sequence, round(time.time(), 3), "", content))
        self._after_put()
        return sequence


def _stream_for_puts(data: Mapping[str, Any]) -> tuple[Stream | None, Answer]:
    name = data.get("DeliveryStreamName", "")
    stream = firehose._streams.get(name)
    if stream is None:
        return None, firehose._not_found(name)
    if stream["type"] == "KinesisStreamAsSource":
        message = "This operation is not permitted on KinesisStreamAsSource delivery stream type."
        return None, _refused("InvalidArgumentException", message)
    return stream, _refused("", "")


def _content(record: Mapping[str, Any]) -> str:
    """Return the record's data in base64.

    Raises: ValueError for data that is no base64, or too long.
    """
    data = str(record.get("Data", ""))
    try:
        length = len(base64.b64decode(data, validate=True))
    except binascii.Error as error:
        raise ValueError(f"Record.Data: {error}: must be base64") from None
    if length > _RECORD_BYTES:
        raise ValueError(f"Record.Data: {length} bytes: at most {_RECORD_BYTES}")
    return data


def _name(stream: Stream) -> str:
    """Return the log's folder; a stream that is made again under the same name begins with an empty one."""
    spec = parse_arn(stream["arn"])
    name = quote(str(stream["name"]), safe="")
    return f"firehose.{spec.account_id}.{spec.region}.{name}.{stream['created_at']}"


def _answer(body: Mapping[str, Any]) -> Answer:
    answer: Answer = json_response(body)
    return answer


def _refused(code: str, message: str) -> Answer:
    answer: Answer = error_response_json(code, message, 400)
    return answer
