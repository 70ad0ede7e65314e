"""What is done with the records of one delivery, in order: transform, convert, write."""

import base64
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from ministack.services import glue, lambda_svc

from local import roles
from local.firehose import converting, objects, undelivered
from local.firehose.records import Delivered, Failed, Source
from local.firehose.settings import Conversion, Settings, Transform
from local.firehose.transforming import CallFailed, batches, transform

if TYPE_CHECKING:
    from local.firehose.writer import Writer

_CALLS_AT_ONCE = 2  # of the function
_SESSION = "firehose"
_TIMED_OUT = "Sandbox.Timedout"

Stream = Mapping[str, Any]  # ministack's record of a delivery stream


class NotAllowed(Exception):
    """The delivery stream's role lacks a right; its records wait until it has it."""


class Steps:
    """The way of records from a buffer to objects; `scratch` is a folder for files on the way."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._made_writer: Writer | None = None

    def take(self, records: Sequence[Source], stream: Stream, settings: Settings) -> None:
        """Deliver the records: when it returns, each is in an object, or was dropped by the function.

        Raises: what keeps them waiting: NotAllowed; OSError when S3 does not take an object.
        """
        delivered, failed = _transformed(settings.transform, stream, records)
        if delivered and settings.conversion:
            content, unfit = self._converted(settings.conversion, stream, delivered)
            failed = [*failed, *unfit]
        else:
            content = objects.plain_content(delivered, settings)
        if content:
            oldest = min(record.source.arrived for record in delivered)
            self._writer().put(settings, objects.object_key(settings, oldest), content)
        for kind in sorted({failure.kind for failure in failed}):
            self._write_undelivered(kind, [failure for failure in failed if failure.kind == kind], stream, settings)

    def _writer(self) -> "Writer":
        if self._made_writer is None:
            from local.firehose.writer import Writer

            self._made_writer = Writer()
        return self._made_writer

    def _converted(
        self, asked: Conversion, stream: Stream, delivered: Sequence[Delivered]
    ) -> tuple[bytes, list[Failed]]:
        region, account = _place(stream)
        arn = f"arn:aws:glue:{region}:{account}:table/{asked.database}/{asked.table}"
        _check(asked.role_arn, "glue:GetTable", arn)
        fields = converting.fields_of(glue._tables.get(f"{asked.database}/{asked.table}") or {}, asked.keys)
        if not fields:
            return b"", [converting.failed(record, converting.NO_TABLE) for record in delivered]
        return converting.convert(delivered, fields, compression=asked.compression, scratch=self._scratch)

    def _write_undelivered(self, kind: str, failed: Sequence[Failed], stream: Stream, settings: Settings) -> None:
        region, account = _place(stream)
        now = time.time()
        lines = [undelivered.document(f, settings, account=account, region=region, now=now) for f in failed]
        oldest = min(failure.source.arrived for failure in failed)
        self._writer().put(settings, objects.error_key(settings, kind, oldest), b"".join(lines))


def check_source(stream: Stream) -> None:
    """Raises: NotAllowed when the role may not read the Kinesis stream."""
    source = stream.get("kinesis_source")
    if source:
        for action in ("kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords"):
            _check(source["RoleARN"], action, source["KinesisStreamARN"])


def _check(role_arn: str, action: str, resource_arn: str) -> None:
    if not roles.allows(role_arn, action, resource_arn, session=_SESSION):
        raise NotAllowed(f"{role_arn} may not {action} on {resource_arn}")


def _place(stream: Stream) -> tuple[str, str]:
    """Return the delivery stream's region and account."""
    region, account = str(stream["arn"]).split(":")[3:5]
    return region, account


def _transformed(
    asked: Transform | None, stream: Stream, records: Sequence[Source]
) -> tuple[Sequence[Delivered], Sequence[Failed]]:
    if asked is None:
        return [Delivered(record, base64.b64decode(record.data)) for record in records], []
    told = {"deliveryStreamArn": str(stream["arn"]), "region": _place(stream)[0]}
    if stream.get("kinesis_source"):
        told["sourceKinesisStreamArn"] = stream["kinesis_source"]["KinesisStreamARN"]

    def one(batch: Sequence[Source]) -> tuple[list[Delivered], list[Failed]]:
        return transform(
            batch,
            lambda event: _call(asked, event),
            stream=told,
            retries=asked.retries,
            pause=_pause_before_another,
        )

    with ThreadPoolExecutor(_CALLS_AT_ONCE) as calls:
        results = list(calls.map(one, batches(records, asked.batch_bytes)))
    return [d for delivered, _ in results for d in delivered], [f for _, failed in results for f in failed]


def _pause_before_another(attempt: int) -> None:
    Event().wait(0.1 * 2.0**attempt)


def _call(asked: Transform, event: Mapping[str, Any]) -> object:
    """Return what the function answers.

    Raises: CallFailed.
    """
    arn = asked.function_arn
    if not roles.allows(asked.role_arn, "lambda:InvokeFunction", arn, session=_SESSION):
        raise CallFailed("Lambda.InvokeAccessDenied", f"{asked.role_arn} may not lambda:InvokeFunction on {arn}")
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if not function or not config:
        raise CallFailed("Lambda.ResourceNotFound", f"Function not found: {arn}")
    execution = lambda_svc._execution_record_for_config(function, config)
    result = lambda_svc._execute_function_with_config_scope(execution, dict(event))
    if result.get("throttle"):
        raise CallFailed("Lambda.InvokeLimitExceeded", str(result.get("body")))
    if result.get("error"):
        body = result.get("body") or {}
        code = "Lambda.FunctionTimedOut" if body.get("errorType") == _TIMED_OUT else "Lambda.FunctionError"
        raise CallFailed(code, str(body.get("errorMessage")))
    return result.get("body")
