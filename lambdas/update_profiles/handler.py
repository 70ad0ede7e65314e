"""Keeps the profiles of shoppers up to date with the stream of events."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from tradewind.aws import wiring
from tradewind.personalization.stream_batches import read_batch
from tradewind.personalization.updating import update

logger = Logger()


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Work off a batch and name the records that have to come again; all others are done."""
    profiling = wiring.profiling()
    batch = read_batch([record["kinesis"] for record in event["Records"]], profiling.consent)
    for poison in batch.poison:
        logger.warning(
            "skipped what is no event",
            extra={"sequence_number": poison.sequence_number, "line": poison.line, "why": poison.why},
        )
    for number, why in batch.broken.items():
        logger.error("not worked off", extra={"sequence_number": number, "why": why})
    done = update(profiling.profiles, batch.activities, profiling.limits)
    for why in sorted({f"{type(error).__name__}: {error}" for error in done.failed.values()}):
        logger.error("profiles not stored", extra={"why": why})
    failed = batch.failed(done.failed)
    logger.info(
        "worked off",
        extra={
            "records": len(event["Records"]),
            "events": len(batch.activities),
            "left_out": batch.left_out,
            "written": done.written,
            "failed": len(failed),
        },
    )
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
