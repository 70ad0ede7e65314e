"""The stream of collected events: records put in as few calls as possible, and those that failed put again."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.events.collecting.packing import Record

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

CALL_RECORDS: Final = 500  # Kinesis' limits of a PutRecords call
CALL_BYTES: Final = 5 * 1024**2
PATIENCE_SECONDS: Final = 8.0  # API Gateway gives up after 30 seconds, browsers sooner
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What became of the records. A call that broke off may have stored records that are not counted here."""

    events: int  # stored for certain
    is_certain: bool  # nothing else can have been stored
    trouble: str | None = None  # the last one; None where all were stored


class EventStream:
    """Puts records; gives up on those that still fail after `patience` seconds."""

    def __init__(
        self,
        client: "KinesisClient",
        stream: str,
        *,
        patience: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self._client = client
        self._stream = stream
        self._patience = patience
        self._clock = clock
        self._pause = pause
        self._rng = rng or random.Random()  # noqa: S311 - jitter, no secret

    def put(self, records: Sequence[Record]) -> Put:
        """Store the records and return what was stored; never raises for a cloud that fails."""
        until = self._clock() + self._patience
        waiting = list(range(len(records)))
        broken: set[int] = set()  # was in a call that broke off
        trouble: str | None = None
        tries = 0
        while waiting:
            if tries and not self._waited(tries, until):
                break
            failed: list[int] = []
            for call in _calls(waiting, records):
                left, trouble_of_call, broke_off = self._try(call, records)
                failed += left
                broken.update(left if broke_off else ())
                trouble = trouble_of_call or trouble
            waiting = failed
            tries += 1
        return Put(
            events=sum(record.events for record in records) - sum(records[number].events for number in waiting),
            is_certain=broken.isdisjoint(waiting),
            trouble=trouble if waiting else None,
        )

    def _waited(self, tries: int, until: float) -> bool:
        """Wait before the next try and return whether there is time for one. The wait is full jitter."""
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (tries - 1))
        self._pause(self._rng.uniform(0, longest))
        return self._clock() < until

    def _try(self, call: list[int], records: Sequence[Record]) -> tuple[list[int], str | None, bool]:
        """Put the records with these numbers; return those that failed, why, and whether the call broke off."""
        entries = [{"Data": records[number].data, "PartitionKey": records[number].partition_key} for number in call]
        try:
            answer = self._client.put_records(StreamName=self._stream, Records=entries)  # type: ignore[arg-type]
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
            return call, f"PutRecords {error.response.get('Error', {}).get('Code', 'failed')}", status >= 500
        except BotoCoreError as error:
            return call, f"PutRecords {type(error).__name__}", True
        if not answer.get("FailedRecordCount"):
            return [], None, False
        failed = [
            (number, result["ErrorCode"])
            for number, result in zip(call, answer["Records"], strict=True)
            if result.get("ErrorCode")
        ]
        return [number for number, _ in failed], f"PutRecords {failed[-1][1]}" if failed else None, False


def _calls(numbers: Sequence[int], records: Sequence[Record]) -> Iterator[list[int]]:
    """Yield the numbers of records for one call each, within the limits of a call."""
    call: list[int] = []
    size = 0
    for number in numbers:
        bytes_of_record = len(records[number].data) + len(records[number].partition_key.encode())
        if call and (len(call) == CALL_RECORDS or size + bytes_of_record > CALL_BYTES):
            yield call
            call, size = [], 0
        call.append(number)
        size += bytes_of_record
    if call:
        yield call
