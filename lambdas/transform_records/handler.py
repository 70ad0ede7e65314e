"""Between Kinesis and the lake: Firehose asks it to turn each record's events into rows of the table raw_events."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from tradewind.aws.transform_settings import rules
from tradewind.events.enrichment.firehose import Delivery, transform

logger = Logger()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    answer, verdicts = transform(msgspec.convert(event, Delivery), rules())
    logger.info("transformed", extra={"records": len(answer.records), **verdicts})
    told: dict[str, Any] = msgspec.to_builtins(answer)  # data in base64 again
    return told
