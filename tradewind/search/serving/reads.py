"""The door of the function that reads: which requests are its own, and how they are answered."""

from datetime import datetime

from tradewind.events.collecting.request import Request
from tradewind.protocols.algolia import routes
from tradewind.protocols.algolia.answers import Answer
from tradewind.search.serving import entry
from tradewind.search.serving.reading import VERBS
from tradewind.search.serving.shop import SearchShop


def takes(request: Request) -> bool:
    """Return whether a request reads published indexes."""
    match = routes.match_of(request.method, request.path)
    return match is not None and match.route.part == "reads"


def serve(request: Request, shop: SearchShop, now: datetime) -> Answer:
    """Return the answer to a request."""
    return entry.serve(request, VERBS, shop, keys=shop.keys, limits=shop.limits, counts=shop.counts, now=now)
