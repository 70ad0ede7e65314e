"""The first rows of an order by several keys without sorting all of them; pinned products at their places."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from tradewind.catalog.rules import Pin
from tradewind.search.embedded.arrays import Array

Key = Callable[[Array], Array]  # places -> values, lowest first

_FEW = 256  # so many rows are simply sorted


def first_rows(count: int, keys: Sequence[Key], limit: int) -> Array:
    """Return the places (0 to count - 1) of the first `limit` in the order of the keys: lowest first, the next key
    decides where one is equal. A key is asked only for the places whose order it can change."""
    if limit <= 0 or count == 0:
        return np.zeros(0, np.int64)
    sure: list[Array] = []  # places that are certainly among the first
    tied, wanted = np.arange(count), limit
    for key in keys:
        if len(tied) <= max(wanted, _FEW):
            break
        values = key(tied)
        border = np.partition(values, wanted - 1)[wanted - 1]
        before = tied[values < border]
        sure.append(before)
        tied, wanted = tied[values == border], wanted - len(before)
    chosen = np.concatenate([*sure, tied])
    return chosen[in_order(chosen, keys)][:limit]


def in_order(places: Array, keys: Sequence[Key]) -> Array:
    """Return how to sort the places by the keys, the first one first."""
    return np.lexsort([key(places) for key in reversed(keys)]) if keys else np.arange(len(places))


def best_of_groups(order: Array, groups: Array, kept: int, taken: Iterable[int] = ()) -> Array:
    """Return the places of `order` that are among the first `kept` of their group; `groups` by place. `taken`: groups
    of pinned products, which count."""
    group = groups[order]
    by_group = np.argsort(group, kind="stable")
    sorted_group = group[by_group]
    start = np.flatnonzero(np.diff(sorted_group, prepend=sorted_group[:1] - 1)) if len(group) else group[:0]
    nth = np.empty(len(group), np.int64)
    nth[by_group] = np.arange(len(group)) - np.repeat(start, np.diff(start, append=len(group)))
    for each in taken:
        nth[group == each] += 1
    return order[nth < kept]


def pinned_places(pins: Sequence[Pin], rows_of: Sequence[Sequence[int]], others: int) -> list[tuple[int, int]]:
    """Return (place in the answer, row) of pinned products, in order of places. `rows_of`: of each pin; a product that
    is pinned twice has its first place. Taken places move a product on; past the `others` they close ranks."""
    wanted: dict[int, int] = {}
    for pin, rows in sorted(zip(pins, rows_of, strict=True), key=lambda each: each[0].position):
        for at, row in enumerate(rows):
            wanted.setdefault(row, pin.position + at)
    placed: list[tuple[int, int]] = []
    for row, place in sorted(wanted.items(), key=lambda each: each[1]):
        free = max(place, placed[-1][0] + 1 if placed else 0)
        placed.append((min(free, others + len(placed)), row))
    return placed


def page_of(pinned: Sequence[tuple[int, int]], others: Array, offset: int, length: int) -> Iterator[tuple[int, bool]]:
    """Yield (row, whether it is pinned) of the answer's places from `offset` on. `others`: rows in order, at least as
    many as the page needs."""
    at_place = dict(pinned)
    before = sum(place < offset for place in at_place)
    other = offset - before
    for place in range(offset, offset + length):
        if place in at_place:
            yield at_place[place], True
        elif other < len(others):
            yield int(others[other]), False
            other += 1
