"""Where an index differs from the store of record."""

from collections.abc import Iterable
from itertools import batched

from tradewind.catalog.record import StoredRecord
from tradewind.search.index import CatalogIndex

_AT_ONCE = 500  # records


def different(stored: Iterable[StoredRecord], index: CatalogIndex) -> tuple[str, ...]:
    """Return the ids of records that the index lacks, has otherwise, or has although they are not stored.

    Raises: IndexUnavailable.
    """
    known: set[str] = set()
    found: list[str] = []
    for some in batched(stored, _AT_ONCE):
        ids = [each.object_id for each in some]
        known.update(ids)
        there = index.get(ids)
        found += [each.object_id for each, body in zip(some, there, strict=True) if each.body != body]
    after: str | None = None
    while page := index.scan(after=after, limit=_AT_ONCE):
        found += [object_id for object_id, _ in page if object_id not in known]
        after = page[-1][0]
    return tuple(found)
