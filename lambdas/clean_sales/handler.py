"""Works off the sales queue, one message at a time: new uploads, and commands about loads."""

import uuid
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from tradewind.aws import wiring
from tradewind.sales.attempts import work_off
from tradewind.sales.in_process import InProcess
from tradewind.sales.messages import Delivery

logger = Logger()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def work_off_record(record: SQSRecord) -> None:
    """Do what one message asks for; an exception brings it back."""
    delivery = Delivery(record.message_id, record.body, int(record.attributes.approximate_receive_count or "1"))
    done = work_off(
        delivery, wiring.sales_stores(), InProcess(), attempt=uuid.uuid4().hex, clock=lambda: datetime.now(UTC)
    )
    logger.info("worked off", extra={"message_id": delivery.message_id, "times": delivery.times, "done": done})


def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return process_partial_response(event=event, record_handler=work_off_record, processor=processor, context=context)
