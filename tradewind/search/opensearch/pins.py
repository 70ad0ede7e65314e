"""Where pinned products stand, and which part of the other products a page then needs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tradewind.catalog.rules import Pin


@dataclass(frozen=True, slots=True)
class PageParts:
    """A page as its pinned products by their place on it, and a stretch of the other products around them."""

    pinned: Mapping[int, str]  # place on the page (0-based) -> objectID
    start: int  # of the other products
    length: int

    def __post_init__(self) -> None:
        assert self.start >= 0
        assert self.length >= 0


def places(pins: Sequence[Pin], shown: Collection[str], others: int) -> dict[int, str]:
    """Return the place in the whole answer of each pinned product that is shown, among `others` products.

    A product that is pinned twice has its first place; of two pins for one place the later moves on; behind the last
    product pins close up.

    >>> places([Pin(("a", "b"), 1)], {"a", "b"}, others=5)
    {1: 'a', 2: 'b'}
    """
    wanted: dict[str, int] = {}
    for pin in pins:
        present = [object_id for object_id in pin.object_ids if object_id in shown]
        for offset, object_id in enumerate(present):
            wanted.setdefault(object_id, pin.position + offset)
    found: dict[int, str] = {}
    following = 0
    for number, (object_id, place) in enumerate(sorted(wanted.items(), key=lambda each: each[1])):
        place = min(max(place, following), others + number)
        found[place] = object_id
        following = place + 1
    return found


def page_parts(placed: Mapping[int, str], offset: int, length: int) -> PageParts:
    """Return what a page of `length` products from `offset` on consists of.

    >>> page_parts({1: "a"}, 0, 3)
    PageParts(pinned={1: 'a'}, start=0, length=2)
    """
    before = sum(place < offset for place in placed)
    within = {place - offset: object_id for place, object_id in placed.items() if offset <= place < offset + length}
    return PageParts(within, max(offset - before, 0), length - len(within))


def merged(parts: PageParts, others: Sequence[str]) -> list[str]:
    """Return the objectIDs of a page in order: the pinned ones at their places, the others around them."""
    rest = iter(others)
    page: list[str] = []
    for place in range(len(parts.pinned) + len(others)):
        page.append(parts.pinned[place] if place in parts.pinned else next(rest))
    return page
