"""Works off the queue of raw events: all objects of a batch together, and commands to rebuild."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from tradewind.aws import wiring
from tradewind.events.settling.messages import Delivery
from tradewind.events.settling.working import Worker

logger = Logger()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Register each message, then clean all that waits; an exception there brings every message back."""
    worker = Worker(
        stores=wiring.event_stores(),
        clock=lambda: datetime.now(UTC),
        time_left=lambda: timedelta(milliseconds=context.get_remaining_time_in_millis()),
    )
    deliveries: list[Delivery] = []

    def register(record: SQSRecord) -> None:
        delivery = Delivery(record.message_id, record.body)
        if worker.register(delivery):
            deliveries.append(delivery)

    answer = process_partial_response(event=event, record_handler=register, processor=processor, context=context)
    done = worker.work_off(deliveries)
    logger.info("worked off", extra={"messages": len(deliveries), "done": done})
    return answer
