"""Changes indexes and keys for Algolia's clients, and tells what is stored of them (docs/algolia.md)."""

from datetime import UTC, datetime
from typing import Any

from tradewind.aws import searching
from tradewind.events.collecting.request import request_of
from tradewind.search.serving import edits


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return edits.serve(request_of(event), searching.editing_shop(), datetime.now(UTC)).as_lambda()
