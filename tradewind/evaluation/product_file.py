"""The products of `evaluate search --products`, read as `import products` reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.importing.products import Read, Refused, mapping_of, read_products
from tradewind.catalog.product import first_settings
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import parse_settings
from tradewind.errors import InputError


@dataclass(frozen=True, slots=True)
class ProductFile:
    """What a file of products becomes: exactly its products, under the settings of a first import."""

    records: Sequence[StoredRecord]
    definition: IndexDefinition
    refused: Sequence[Refused]
    columns: str  # which column is what, to be shown


def open_products(file: Path, *, currency: str) -> ProductFile:
    """Return the products of a file; `currency` is that of prices without one.

    Raises: InputError for a file that cannot be read or holds no product.
    """
    mapping = mapping_of(file, {})
    rows = list(read_products(file, currency=currency))
    products = [row for row in rows if isinstance(row, Read)]
    refused = [row for row in rows if isinstance(row, Refused)]
    if not products:
        why = f": {refused[0].why} (row {refused[0].number})" if refused else ""
        raise InputError("--products", file.name, f"has no product{why}")
    levels = max((len(path) for row in products for path in row.product.categories), default=0)
    return ProductFile(
        records=[row.record for row in products],
        definition=IndexDefinition(settings=parse_settings(first_settings(file.stem, levels=levels, attributes=()))),
        refused=refused,
        columns=", ".join(f"{field} = {column}" for field, column in mapping.fields.items()),
    )
