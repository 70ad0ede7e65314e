"""When a delivery stream delivers, and how much."""

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ministack.core.responses import error_response_json, request_scope
from ministack.services import firehose, kinesis

from local.firehose import objects, steps
from local.firehose.direct_puts import DirectPuts
from local.firehose.records import Source
from local.firehose.settings import Settings, read_settings
from local.firehose.steps import NotAllowed, Steps
from local.streams.kinesis import Shards
from local.streams.positions import Positions
from local.streams.shard_log import START, ShardLog
from tradewind.errors import InputError

logger = logging.getLogger("tradewind.firehose")

_LOOK_EVERY = 1.0  # seconds, also where nothing is put
_LOOK_GAP = 0.05  # seconds between two looks under load
_AT_ONCE = 32 * 1024**2  # bytes of one delivery, so that memory stays small; a backlog takes several
_LONGEST_PAUSE = 30.0  # seconds between attempts to deliver

Stream = Mapping[str, Any]  # ministack's record of a delivery stream


@dataclass(frozen=True, slots=True)
class Inflow:
    """One log that a delivery stream reads; `after` is the number of the last record that is delivered."""

    shard: str
    log: ShardLog
    after: str


class DeliveryStreams:
    """All delivery streams, each with one delivery at a time."""

    def __init__(self, shards: Shards, positions: Positions, folder: Path, scratch: Path) -> None:
        self._shards = shards
        self._positions = positions
        self._wake = threading.Event()
        self._direct = DirectPuts(folder, self._wake.set)
        self._steps = Steps(scratch)
        self._busy: set[str] = set()
        self._failures: dict[str, tuple[int, float, str]] = {}  # in a row, not before, the last one
        self._gap = threading.Event()  # never set: for waits

    def install(self) -> None:
        """Take the place of ministack's delivery; what is not emulated is refused when it is asked for."""
        self._direct.install()
        self._shards.call_after_put(self._wake.set)
        firehose._create_delivery_stream = _refusing(firehose._create_delivery_stream)
        firehose._HANDLERS["CreateDeliveryStream"] = firehose._create_delivery_stream
        firehose._HANDLERS["UpdateDestination"] = _refusing(firehose._update_destination)

    def start(self) -> None:
        """Deliver from now on."""
        threading.Thread(target=self._run, daemon=True, name="tradewind-firehose").start()

    def status(self) -> dict[str, Any]:
        """Return for each delivery stream how many records wait, and what keeps them."""
        return {stream["name"]: self._status_of(stream) for stream in firehose._streams.all_values()}

    def _status_of(self, stream: Stream) -> dict[str, Any]:
        waiting = sum(inflow.log.waiting(inflow.after)[0] for inflow in self._inflows(stream))
        failure = self._failures.get(_consumer(stream))
        return {"waiting": waiting, **({"error": failure[2]} if failure else {})}

    def _run(self) -> None:
        while True:
            soonest = _LOOK_EVERY
            for (account, region, _), stream in firehose._streams.all_items():
                with request_scope(account, region):
                    soonest = min(soonest, self._look(stream))
            self._wake.wait(soonest)
            self._gap.wait(_LOOK_GAP)
            self._wake.clear()

    def _look(self, stream: Stream) -> float:
        """Start a delivery if one is due; return in how many seconds to look again."""
        consumer = _consumer(stream)
        pause = self._failures.get(consumer, (0, 0.0, ""))[1] - time.monotonic()
        if consumer in self._busy or stream["status"] != "ACTIVE" or not stream["destinations"] or pause > 0:
            return _LOOK_EVERY
        try:
            settings = _settings(stream)
        except (InputError, LookupError, ValueError) as error:  # made before it was refused
            self._failures[consumer] = (1, time.monotonic() + _LONGEST_PAUSE, str(error))
            return _LOOK_EVERY
        inflows = list(self._inflows(stream))
        waiting = [inflow.log.waiting(inflow.after) for inflow in inflows]
        arrivals = [arrived for _, _, arrived in waiting if arrived is not None]
        if not arrivals:
            return _LOOK_EVERY
        remaining = min(arrivals) + settings.interval - time.time()
        if remaining > 0 and sum(size for _, size, _ in waiting) * 3 // 4 < settings.size:
            return remaining
        self._busy.add(consumer)
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._deliver, stream, settings, inflows), daemon=True).start()
        return _LOOK_EVERY

    def _inflows(self, stream: Stream) -> Iterator[Inflow]:
        places = self._positions.of(_consumer(stream))
        source = stream.get("kinesis_source")
        if not source:
            yield Inflow("direct", self._direct.log(stream), str(places.get("direct", START)))
            return
        held = kinesis._resolve_stream_by_arn(source["KinesisStreamARN"])
        for shard in held["shards"] if held else ():
            log = self._shards.log(held, shard)
            # What was put before the delivery stream was made is not its own.
            begin = places[shard] if shard in places else log.before(float(source["DeliveryStartTimestamp"]))
            yield Inflow(shard, log, str(begin))

    def _deliver(self, stream: Stream, settings: Settings, inflows: Sequence[Inflow]) -> None:
        consumer = _consumer(stream)
        try:
            steps.check_source(stream)
            records = _read(inflows, min(settings.size, _AT_ONCE))
            self._steps.take(records, stream, settings)
            last = {record.shard: record.sequence for record in records}
            self._positions.advance(consumer, last)
            if not stream.get("kinesis_source"):
                inflows[0].log.drop_until(last["direct"])
            self._failures.pop(consumer, None)
        except Exception as error:  # whatever it is, the records wait and are tried again
            failures = self._failures.get(consumer, (0, 0.0, ""))[0] + 1
            pause = min(2.0 ** (failures - 1), _LONGEST_PAUSE)
            self._failures[consumer] = (failures, time.monotonic() + pause, str(error))
            expected = isinstance(error, OSError | NotAllowed)
            text = "%s: not delivered, tried again in %d s: %s"
            logger.warning(text, settings.name, pause, error, exc_info=None if expected else error)
        finally:
            self._busy.discard(consumer)
            self._wake.set()


def _read(inflows: Sequence[Inflow], size: int) -> list[Source]:
    """Return up to `size` bytes of records that wait, of every shard something."""
    records = []
    for inflow in inflows:
        share = size * 4 // 3 // len(inflows)
        for entry in inflow.log.read(inflow.after, limit=10**6, max_bytes=share):
            records.append(Source(inflow.shard, entry.sequence, entry.key, entry.arrived, entry.data))
    return records


def _settings(stream: Stream) -> Settings:
    destination = stream["destinations"][0]
    return read_settings(stream["name"], stream["version"], destination["type"], destination["config"])


def _consumer(stream: Stream) -> str:
    return f"delivery {stream['arn']} {stream['created_at']}"


def _refusing(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return ministack's create or update without what is not emulated: it is refused by its name."""

    def refuse_or_change(data: Mapping[str, Any]) -> Any:
        kind, config = firehose._resolve_dest_type_and_config(data)
        if config is None:
            kind, config = firehose._resolve_dest_update_config(data)
        try:
            if config is not None:
                objects.check_prefixes(read_settings(data.get("DeliveryStreamName", ""), 1, kind, config))
        except (InputError, KeyError) as error:
            return error_response_json("InvalidArgumentException", str(error), 400)
        return change(data)

    return refuse_or_change
