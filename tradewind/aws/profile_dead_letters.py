"""Stream records that update_profiles gave up: its dead letters name them, the stream still holds them for a while."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tradewind.aws.work_queue import DeadLetter, WorkQueue

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient

_AT_ONCE = 100  # records in one call; a call may hold 6 MB, a record has some 25 KB


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """Records of one shard, from the first to the last by sequence number."""

    letter: DeadLetter
    shard: str
    first: str
    last: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAgain:
    """What became of one dead letter: how many records were sent, and why it is kept (None: it is gone)."""

    records: int
    kept_because: str | None = None


class ProfileDeadLetters:
    """The dead letters of the function `function`, which consumes `stream`."""

    def __init__(
        self, queue: WorkQueue, kinesis: "KinesisClient", lambda_: "LambdaClient", *, stream: str, function: str
    ) -> None:
        self._queue = queue
        self._kinesis = kinesis
        self._lambda = lambda_
        self._stream = stream
        self._function = function

    def all(self) -> list[GivenUp]:
        return [given_up for letter in self._queue.dead_letters() if (given_up := _read(letter)) is not None]

    def send_again(self, given_up: GivenUp) -> SentAgain:
        """Give the records to the function again; where it takes them all, the letter is taken away.

        So it is where the stream holds none of them any more: nothing can be done then.
        """
        sent = 0
        for records in _parts(list(self._records(given_up)), _AT_ONCE):
            payload = json.dumps({"Records": [self._as_event(record, given_up.shard) for record in records]})
            answer = self._lambda.invoke(FunctionName=self._function, Payload=payload.encode())
            told = json.loads(answer["Payload"].read() or b"{}")
            if answer.get("FunctionError"):
                return SentAgain(records=sent, kept_because=str(told.get("errorMessage") or "the function failed"))
            if failed := told.get("batchItemFailures"):
                return SentAgain(records=sent, kept_because=f"{len(failed)} records failed again")
            sent += len(records)
        self._queue.forget(given_up.letter)
        return SentAgain(records=sent)

    def _records(self, given_up: GivenUp) -> Iterator[dict[str, Any]]:
        """Yield those of the records that the stream still holds."""
        try:
            iterator: str | None = self._kinesis.get_shard_iterator(
                StreamName=self._stream,
                ShardId=given_up.shard,
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                StartingSequenceNumber=given_up.first,
            )["ShardIterator"]
        except (
            self._kinesis.exceptions.InvalidArgumentException,
            self._kinesis.exceptions.ResourceNotFoundException,
        ):
            return
        while iterator:
            answer = self._kinesis.get_records(ShardIterator=iterator)
            for record in answer["Records"]:
                if int(record["SequenceNumber"]) > int(given_up.last):
                    return
                yield dict(record)
            # At the tip of a shard the iterator never ends.
            done = not answer["Records"] and not answer.get("MillisBehindLatest")
            iterator = None if done else answer.get("NextShardIterator")

    def _as_event(self, record: dict[str, Any], shard: str) -> dict[str, Any]:
        """Return a record as Lambda gives it to a consumer."""
        number = record["SequenceNumber"]
        return {
            "eventSource": "aws:kinesis",
            "eventName": "aws:kinesis:record",
            "eventVersion": "1.0",
            "eventID": f"{shard}:{number}",
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record["PartitionKey"],
                "sequenceNumber": number,
                "data": base64.b64encode(record["Data"]).decode(),
                "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
            },
        }


def _read(letter: DeadLetter) -> GivenUp | None:
    """Return what a letter is about, None for one that no stream consumer wrote."""
    try:
        body = json.loads(letter.body)
        batch = body["KinesisBatchInfo"]
        return GivenUp(
            letter=letter,
            shard=batch["shardId"],
            first=batch["startSequenceNumber"],
            last=batch["endSequenceNumber"],
            why=str(body.get("requestContext", {}).get("condition") or "no reason"),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _parts(of: list[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(of), size):
        yield of[start : start + size]
