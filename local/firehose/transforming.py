"""Records to the Lambda function of a delivery stream and back, in batches."""

import base64
import binascii
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from local.firehose.records import PROCESSING, Delivered, Failed, Source

logger = logging.getLogger("tradewind.firehose")

_ANSWER_BYTES = 6 * 1024**2  # Lambda's limit for an answer; it counts for the batch as a whole


@dataclass(frozen=True, slots=True)
class CallFailed(Exception):
    """The function could not be called, or gave no usable answer; `code` as AWS names it."""

    code: str
    message: str


# Calls the function with an event. Raises: CallFailed.
Call = Callable[[Mapping[str, Any]], object]


def batches(records: Iterable[Source], size: int) -> Iterator[list[Source]]:
    """Yield the records in order, each batch of at most `size` bytes of data, but of one record at least."""
    batch: list[Source] = []
    held = 0
    for record in records:
        length = len(record.data) * 3 // 4
        if batch and held + length > size:
            yield batch
            batch, held = [], 0
        batch.append(record)
        held += length
    if batch:
        yield batch


def transform(
    batch: Sequence[Source], call: Call, *, stream: Mapping[str, str], retries: int, pause: Callable[[int], None]
) -> tuple[list[Delivered], list[Failed]]:
    """Return what the function made of a batch; after `retries` failed calls more than one the whole batch has failed.

    `stream` is what the function is told of the delivery stream, `pause(n)` waits before call n + 1.
    """
    for attempt in range(1, retries + 2):
        try:
            return _sorted_out(batch, _results(call(_event(batch, stream))))
        except CallFailed as error:
            logger.warning("transformation of %d records, attempt %d: %s", len(batch), attempt, error)
            failure = error
        if attempt <= retries:
            pause(attempt)
    return [], [
        Failed(record, PROCESSING, failure.code, failure.message, record.data, attempts=retries + 1) for record in batch
    ]


def _event(batch: Sequence[Source], stream: Mapping[str, str]) -> dict[str, Any]:
    return {
        "invocationId": str(uuid4()),
        **stream,
        "records": [
            {
                "recordId": record.record_id,
                "approximateArrivalTimestamp": int(record.arrived * 1000),
                "data": record.data,
                **({"kinesisRecordMetadata": _metadata(record)} if "sourceKinesisStreamArn" in stream else {}),
            }
            for record in batch
        ],
    }


def _metadata(record: Source) -> dict[str, Any]:
    return {
        "sequenceNumber": record.sequence,
        "subsequenceNumber": 0,
        "partitionKey": record.key,
        "shardId": record.shard,
        "approximateArrivalTimestamp": int(record.arrived * 1000),
    }


def _results(answer: object) -> Mapping[str, Mapping[str, Any]]:
    """Return the function's results by record id.

    Raises: CallFailed for an answer without results, or one that Lambda would not let pass.
    """
    if not isinstance(answer, Mapping) or not isinstance(answer.get("records"), list):
        raise CallFailed("Lambda.JsonProcessingException", "the answer has no list of records")
    if sum(len(str(result)) for result in answer["records"]) > _ANSWER_BYTES:
        message = f"the answer is larger than {_ANSWER_BYTES} bytes: give the function less with BufferSizeInMBs"
        raise CallFailed("Lambda.FunctionResponseTooLarge", message)
    return {str(result.get("recordId")): result for result in answer["records"] if isinstance(result, Mapping)}


def _sorted_out(
    batch: Sequence[Source], results: Mapping[str, Mapping[str, Any]]
) -> tuple[list[Delivered], list[Failed]]:
    delivered, failed = [], []
    for record in batch:
        result = results.get(record.record_id)
        if result is None:
            failed.append(
                _failed(record, "Lambda.MissingRecordId", f"recordId {record.record_id} is not in the answer")
            )
        elif result.get("result") == "Ok":
            try:
                delivered.append(Delivered(record, base64.b64decode(str(result.get("data")), validate=True)))
            except binascii.Error as error:
                failed.append(_failed(record, "Lambda.JsonProcessingException", f"data: {error}"))
        elif result.get("result") == "ProcessingFailed":
            failed.append(_failed(record, "Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record"))
        elif result.get("result") != "Dropped":
            message = f"result {result.get('result')!r}: one of Ok, Dropped and ProcessingFailed"
            failed.append(_failed(record, "Lambda.JsonProcessingException", message))
    return delivered, failed


def _failed(record: Source, code: str, message: str) -> Failed:
    return Failed(record, PROCESSING, code, message, record.data)
