"""Writes each change of a product into the lake: what the catalogue was at any time can be asked there."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from tradewind.aws import product_changes

logger = Logger()


def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Deliver a batch of the table's stream; an exception brings it again, and the view counts each change once."""
    delivered = product_changes.record_changes(event["Records"])
    logger.info("delivered", extra={"records": len(event["Records"]), "changes": delivered})
