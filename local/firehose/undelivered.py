"""The documents that Firehose writes below the error prefix: one JSON line a record, the record in base64.

docs.aws.amazon.com/firehose/latest/dev: data-transformation-failure-handling, record-format-conversion-error-handling.
"""

import json
from collections.abc import Mapping
from typing import Any

from local.firehose.records import PROCESSING, Failed
from local.firehose.settings import Settings


def document(failed: Failed, settings: Settings, *, account: str, region: str, now: float) -> bytes:
    """Return the line for one record; AWS spells the error's fields in two ways."""
    facts: dict[str, Any] = {
        "attemptsMade": failed.attempts,
        "arrivalTimestamp": int(failed.source.arrived * 1000),
        "attemptEndingTimestamp": int(now * 1000),
        "rawData": failed.raw,
        "sequenceNumber": failed.source.sequence,
        "subSequenceNumber": 0,
    }
    if failed.kind == PROCESSING:
        function = settings.transform.function_arn if settings.transform else ""
        facts |= {"errorCode": failed.code, "errorMessage": failed.message, "lambdaArn": function}
    else:
        facts |= {"ErrorCode": failed.code, "ErrorMessage": failed.message}
        facts["dataCatalogTable"] = _table(settings, account, region)
    return json.dumps(facts).encode() + b"\n"


def _table(settings: Settings, account: str, region: str) -> Mapping[str, str]:
    conversion = settings.conversion
    return {
        "catalogId": account,
        "databaseName": conversion.database if conversion else "",
        "tableName": conversion.table if conversion else "",
        "region": region,
        "versionId": "LATEST",
    }
