"""Makes edits of the catalogue visible: woken by open tasks, and by the clock to look for what was forgotten."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from tradewind.aws import catalog_wiring

logger = Logger()


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Work off the open tasks; what woke us is not believed, the table is read."""
    done = catalog_wiring.indexer(context.get_remaining_time_in_millis).run(sweep="Records" not in event)
    logger.info(
        "worked off",
        extra={
            "closed": done.closed,
            "published": {name: each.version for name, each in done.published.items()},
            "without_vector": {name: each.unencoded for name, each in done.published.items()},
        },
    )
