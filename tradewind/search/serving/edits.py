"""The door of the function that changes indexes and keys, and tells what is stored of them."""

from datetime import datetime
from typing import Final

from tradewind.events.collecting.request import Request
from tradewind.protocols.algolia.answers import Answer
from tradewind.search.serving import defining, editing, entry, granting
from tradewind.search.serving.shop import EditingShop

VERBS: Final = {**editing.VERBS, **defining.VERBS, **granting.VERBS}


def serve(request: Request, shop: EditingShop, now: datetime) -> Answer:
    """Return the answer to a request."""
    return entry.serve(request, VERBS, shop, keys=shop.keys, limits=shop.limits, guard=shop.guard, now=now)
