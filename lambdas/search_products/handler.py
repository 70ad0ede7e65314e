"""Answers queries of Algolia's clients from published indexes (docs/algolia.md).

Without the libraries of other functions, and without a router: shoppers' browsers wait for this one to start.
"""

from datetime import UTC, datetime
from typing import Any

from tradewind.aws import searching
from tradewind.events.collecting.request import request_of
from tradewind.search.serving import reads


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return reads.serve(request_of(event), searching.search_shop(), datetime.now(UTC)).as_lambda()
