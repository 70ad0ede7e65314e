"""Kinesis: every record is in its shard's log before its put is answered, and is found again by its number.

ministack 1.5.33 keeps the records in lists: they are in every snapshot, iterators and consumers count places in them,
and what expires at the front moves all places. Numbers begin anew at every start. Shards that are merged or split
away take their records with them, so that is refused while there are any.
"""

import base64
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any, overload
from urllib.parse import quote

from ministack.core.responses import error_response_json, json_response
from ministack.services import firehose, kinesis

from local.streams.shard_log import DIGITS, START, Entry, ShardLog

ITERATOR_SECONDS = 300  # AWS
_GET_BYTES = 10 * 1024**2 * 4 // 3  # of base64: GetRecords answers up to 10 MB
_EXPIRE_EVERY = 60.0  # seconds between looks for expired records

Answer = tuple[int, dict[str, str], Any]
Stream = MutableMapping[str, Any]


class Numbers:
    """Sequence numbers: each above all before, after a restart and with a clock set back, too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def above(self, sequence: str) -> None:
        """Give only numbers above `sequence` from now on."""
        with self._lock:
            self._last = max(self._last, int(sequence or "0"))

    def next(self) -> str:
        # 49 is how AWS's begin; the milliseconds keep them apart from those of a deleted stream.
        moment = int(f"49{time.time_ns() // 10**6:024d}{0:030d}")
        with self._lock:
            self._last = max(self._last + 1, moment)
            return f"{self._last:0{DIGITS}d}"


class Records:
    """What ministack takes for a shard's list of records: the log behind it."""

    def __init__(self, log: ShardLog, lock: threading.Lock, numbers: Numbers) -> None:
        self.log = log
        self._lock = lock
        self._numbers = numbers

    def append(self, record: Mapping[str, Any]) -> None:
        """Write a record; its number is given anew where another thread has put a later one meanwhile.

        Raises: OSError when it cannot be written: the put is not answered as stored.
        """
        with self._lock:
            if record["SequenceNumber"] <= self.log.last:
                assert isinstance(record, dict)
                record["SequenceNumber"] = self._numbers.next()
            self.log.append(_entry(record))

    def __len__(self) -> int:
        return len(self.log)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self[:])

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        records = [_record(e) for e in self.log.read(START, limit=len(self.log), max_bytes=2**62)]
        return records[place]

    def __deepcopy__(self, memo: object) -> list[object]:
        """Return nothing, for a snapshot: the log is on the disk."""
        return []


class Shards:
    """The logs of all shards, below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = Numbers()
        self._lock = threading.Lock()
        self._expired: dict[str, float] = {}
        self._after_put: list[Callable[[], None]] = []

    def install(self) -> None:
        """Take the place of ministack's lists, once it has loaded its streams."""
        kinesis._next_sequence_number = self._numbers.next
        kinesis._expire_records = self.attend
        kinesis._get_shard_iterator = self._get_shard_iterator
        kinesis._get_records = self._get_records
        for name in ("_merge_shards", "_split_shard", "_update_shard_count"):
            setattr(kinesis, name, self._refusing_while_records(getattr(kinesis, name)))
        # 1.5.33 delivers here, one call and one object a record, before it answers the put.
        firehose.ingest_from_kinesis_source = self._tell_of_put
        kept = set()
        for stream in kinesis._streams.all_values():
            self.attend(stream)
            kept |= {self._name(stream, shard_id) for shard_id in stream["shards"]}
        for left in self._folder.glob("kinesis.*"):
            if left.name not in kept:
                shutil.rmtree(left)

    def call_after_put(self, told: Callable[[], None]) -> None:
        """Call `told` whenever records have been put; it must return at once."""
        self._after_put.append(told)

    def log(self, stream: Stream, shard_id: str) -> ShardLog:
        """Return the log of one shard."""
        self.attend(stream)
        log: ShardLog = stream["shards"][shard_id]["records"].log
        return log

    def attend(self, stream: Stream) -> None:
        """Give every shard its log, and let go of what has expired."""
        for shard_id, shard in list(stream["shards"].items()):
            if not isinstance(shard["records"], Records):
                self._open(stream, shard_id, shard)
        now = time.time()
        if now - self._expired.get(stream["StreamARN"], 0.0) > _EXPIRE_EVERY:
            self._expired[stream["StreamARN"]] = now
            for shard in list(stream["shards"].values()):
                shard["records"].log.expire(now - stream["RetentionPeriodHours"] * 3600)

    def _open(self, stream: Stream, shard_id: str, shard: MutableMapping[str, Any]) -> None:
        with self._lock:
            if isinstance(shard["records"], Records):
                return
            log = ShardLog(self._folder / self._name(stream, shard_id))
            self._numbers.above(log.last)
            records = Records(log, threading.Lock(), self._numbers)
            for record in shard["records"]:  # of a snapshot from before there were logs
                records.append({**record, "SequenceNumber": self._numbers.next()})
            shard["records"] = records

    def _name(self, stream: Stream, shard_id: str) -> str:
        """Return the log's folder; a stream that is made again under the same name has shards that start later."""
        _, _, _, region, account, resource = str(stream["StreamARN"]).split(":", 5)
        name = quote(resource.partition("/")[2], safe="")
        started = stream["shards"][shard_id]["starting_sequence_number"]
        return f"kinesis.{account}.{region}.{name}.{shard_id}.{started}"

    def _tell_of_put(self, stream_arn: str, records: object) -> None:
        for told in self._after_put:
            told()

    def _refusing_while_records(self, change: Callable[[Any], Answer]) -> Callable[[Any], Answer]:
        def refuse_or_change(data: Any) -> Answer:
            name, stream = kinesis._resolve_stream(data)
            if stream and any(len(self.log(stream, shard_id)) for shard_id in stream["shards"]):
                message = f"StreamName {name}: its shards stay while they hold records: the local cloud would lose them"
                return _refused("ResourceInUseException", message)
            return change(data)

        return refuse_or_change

    def _get_shard_iterator(self, data: Mapping[str, Any]) -> Answer:
        name, stream = kinesis._resolve_stream(data)
        if not stream:
            return _refused("ResourceNotFoundException", f"Stream {name} not found")
        shard_id = data.get("ShardId", "")
        if shard_id not in stream["shards"]:
            return _refused("ResourceNotFoundException", f"Shard {shard_id} not found")
        try:
            after = start_of(self.log(stream, shard_id), data)
        except ValueError as error:
            return _refused("InvalidArgumentException", str(error))
        return _answer({"ShardIterator": _iterator(stream["StreamARN"], shard_id, after)})

    def _get_records(self, data: Mapping[str, Any]) -> Answer:
        try:
            found = json.loads(base64.urlsafe_b64decode(data.get("ShardIterator", "")))
            arn, shard_id, after, made = found["stream"], found["shard"], found["after"], found["made"]
        except (ValueError, KeyError, TypeError):
            return _refused("InvalidArgumentException", "ShardIterator: not one of this cloud: ask for a new one")
        if time.time() - made > ITERATOR_SECONDS:
            return _refused("ExpiredIteratorException", f"ShardIterator: older than {ITERATOR_SECONDS} seconds")
        stream = kinesis._resolve_stream_by_arn(arn)
        if not stream or shard_id not in stream["shards"]:
            return _refused("ResourceNotFoundException", f"Shard {shard_id} of {arn} not found")
        log = self.log(stream, shard_id)
        entries = log.read(after, limit=min(int(data.get("Limit", 10000)), 10000), max_bytes=_GET_BYTES)
        last = entries[-1].sequence if entries else after
        arrived = log.waiting(last)[2]
        encryption = stream.get("EncryptionType", "NONE")
        return _answer(
            {
                "Records": [{**_record(entry), "EncryptionType": encryption} for entry in entries],
                "NextShardIterator": _iterator(arn, shard_id, last),
                "MillisBehindLatest": max(0, int((time.time() - arrived) * 1000)) if arrived else 0,
            }
        )


def start_of(log: ShardLog, wanted: Mapping[str, Any]) -> str:
    """Return the number after which a reader begins who asks as GetShardIterator does.

    Raises: ValueError for an unknown type or a type whose other field is missing.
    """
    kind = wanted.get("ShardIteratorType")
    number, moment = wanted.get("StartingSequenceNumber"), wanted.get("Timestamp")
    if kind == "TRIM_HORIZON":
        return START
    if kind == "LATEST":
        return log.last
    if kind == "AT_TIMESTAMP" and moment is not None:
        return log.before(float(moment))
    if kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER") and str(number or "").isdecimal():
        return f"{int(str(number)) - (kind == 'AT_SEQUENCE_NUMBER'):0{DIGITS}d}"
    needed = {"AT_TIMESTAMP": "Timestamp"}.get(str(kind), "StartingSequenceNumber (a number)")
    raise ValueError(f"ShardIteratorType {kind}: one of TRIM_HORIZON and LATEST, or one that comes with its {needed}")


def _iterator(stream_arn: str, shard_id: str, after: str) -> str:
    place = {"stream": stream_arn, "shard": shard_id, "after": after, "made": time.time()}
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _entry(record: Mapping[str, Any]) -> Entry:
    data = kinesis._ensure_base64(record["Data"])
    return Entry(record["SequenceNumber"], record["ApproximateArrivalTimestamp"], record["PartitionKey"], data)


def _record(entry: Entry) -> dict[str, Any]:
    return {
        "SequenceNumber": entry.sequence,
        "ApproximateArrivalTimestamp": entry.arrived,
        "Data": entry.data,
        "PartitionKey": entry.key,
    }


def _answer(body: Mapping[str, Any]) -> Answer:
    answer: Answer = json_response(body)
    return answer


def _refused(code: str, message: str) -> Answer:
    answer: Answer = error_response_json(code, message, 400)
    return answer
