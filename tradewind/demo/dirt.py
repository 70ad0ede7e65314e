"""The faults of a real sales file, put into the demo's so that its quarantine has something to show."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType

from tradewind.demo.chance import below, pick
from tradewind.demo.sales import SaleRow

# Reason of quarantine -> rows that end there.
DIRTY_ROWS: Mapping[str, int] = MappingProxyType({"duplicate": 14, "no_price": 7, "adjustment": 3})


def add_dirt(rng: Random, rows: list[SaleRow]) -> list[SaleRow]:
    """Return `rows` and among them lines keyed in twice, lines without a price and adjustments of the books."""
    dirty = list(rows)
    for _ in range(DIRTY_ROWS["no_price"]):
        # A quantity that no order has, so that the row is no duplicate of another fault.
        at = below(rng, len(dirty))
        dirty.insert(at, _found(dirty[at], quantity=-(1000 + len(dirty))))
    for number in range(DIRTY_ROWS["adjustment"]):
        at = below(rng, len(dirty))
        dirty.insert(at, _bad_debt(dirty[at], number))
    twice = [index for index, row in enumerate(dirty) if row.invoice_no.isdigit() and row.price_minor > 0]
    chosen: set[int] = set()
    while len(chosen) < DIRTY_ROWS["duplicate"]:
        chosen.add(pick(rng, twice))
    for index in sorted(chosen, reverse=True):
        dirty.insert(index + 1, dirty[index])
    return dirty


def _found(row: SaleRow, *, quantity: int) -> SaleRow:
    return replace(row, description="Damaged in warehouse", quantity=quantity, price_minor=0, customer_id="")


def _bad_debt(row: SaleRow, number: int) -> SaleRow:
    return replace(
        row,
        invoice_no=f"A{row.invoice_no.lstrip('C')}",
        stock_code="B",
        description="Adjust bad debt",
        quantity=1,
        price_minor=-(12_500 + 4_000 * number),
        customer_id="",
    )
