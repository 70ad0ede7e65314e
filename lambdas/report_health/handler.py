"""GET /health: says that the API answers, and in which version."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

import tradewind

logger = Logger()
app = APIGatewayHttpResolver()


@app.get("/health")
def report_health() -> dict[str, str]:
    return {"status": "ok", "version": tradewind.__version__}


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
