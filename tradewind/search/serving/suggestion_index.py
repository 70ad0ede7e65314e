"""Indexes of suggestions, which nobody makes: `<name>_query_suggestions` stands beside every index `<name>`."""

import math
from dataclasses import dataclass
from typing import Final

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.editing import UnknownIndex
from tradewind.search.index import CatalogIndex, IndexUnavailable
from tradewind.search.serving.access import Caller
from tradewind.search.serving.shop import SearchShop

SUFFIX: Final = "_query_suggestions"  # of those that Algolia makes


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query searches; `suggests`: it is answered with suggestions from the index and not with its products."""

    index: CatalogIndex
    definition: IndexDefinition
    suggests: bool = False


def asked_of(name: str, shop: SearchShop, caller: Caller) -> Asked:
    """Return what queries of a name search: the index of that name where there is one.

    Raises: UnknownIndex, IndexUnavailable; Refused (403) for a key that is not for the index that suggestions are of:
    they tell words of its products.
    """
    if not name.endswith(SUFFIX):
        return Asked(*shop.indexes.named(name))
    # A look at every letter typed would be a wait at every letter typed.
    looks = shop.clock() >= shop.absent.get(name, -math.inf)
    if looks:
        try:
            return Asked(*shop.indexes.named(name))
        except (UnknownIndex, IndexUnavailable):
            pass  # the suggestions of the index that is there are better than none
    of = name.removesuffix(SUFFIX)
    caller.need_index(of)
    try:
        index, definition = shop.indexes.named(of)
    except UnknownIndex:
        raise UnknownIndex(name) from None
    if looks:
        shop.absent[name] = shop.clock() + shop.limits.pointer_seconds
    return Asked(index, definition, suggests=True)
