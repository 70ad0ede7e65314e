"""What a delivery stream writes: the keys and the contents."""

import datetime as dt
import gzip
import time
from collections.abc import Sequence
from uuid import uuid4
from zoneinfo import ZoneInfo

from ministack.services import firehose

from local.firehose.records import Delivered
from local.firehose.settings import Settings
from tradewind.errors import InputError


def plain_content(records: Sequence[Delivered], settings: Settings) -> bytes:
    """Return the records one after the other, as they are."""
    content = b"".join(record.content + settings.delimiter for record in records)
    return gzip.compress(content) if settings.gzip else content


def object_key(settings: Settings, arrived: float) -> str:
    """Return the key of an object whose oldest record arrived at `arrived`: that is what the prefix is made of."""
    ending = ".parquet" if settings.conversion else ".gz" if settings.gzip else ""
    at = _local_time(settings, arrived)
    return _prefix(settings.prefix, at) + _name(settings) + (settings.extension or ending)


def error_key(settings: Settings, kind: str, arrived: float) -> str:
    """Return the key of an object of undelivered records of one error output type."""
    at = _local_time(settings, arrived)
    if settings.error_prefix:
        return _prefix(settings.error_prefix, at, kind) + _name(settings)
    return _prefix(settings.prefix + kind + "/", at) + _name(settings)


def check_prefixes(settings: Settings) -> None:
    """Raises: InputError for a prefix with an expression that cannot be evaluated."""
    for field, template in (("Prefix", settings.prefix), ("ErrorOutputPrefix", settings.error_prefix)):
        try:
            _prefix(template, time.gmtime(), "processing-failed" if field == "ErrorOutputPrefix" else None)
        except firehose._DeliveryError as error:
            raise InputError(field, repr(template), str(error)) from None


def _prefix(template: str, at: time.struct_time, kind: str | None = None) -> str:
    return str(firehose._evaluate_prefix(template, at, error_type=kind))


def _name(settings: Settings) -> str:
    return f"{settings.name}-{settings.version}-{time.strftime('%Y-%m-%d-%H-%M-%S', time.gmtime())}-{uuid4()}"


def _local_time(settings: Settings, moment: float) -> time.struct_time:
    return dt.datetime.fromtimestamp(moment, ZoneInfo(settings.time_zone)).timetuple()
