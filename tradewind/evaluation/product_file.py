"""The products of `evaluate search --products`, read as `import products` reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.importing.products import Read, Refused, mapping_of, read_products
from tradewind.catalog.product import first_settings
from tradewind.catalog.raw_definition import RawDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.errors import InputError


@dataclass(frozen=True, slots=True)
class ProductFile:
    """What a file of products becomes: exactly its products, under the settings of a first import."""

    records: Sequence[StoredRecord]
    definition: IndexDefinition
    refused: Sequence[Refused]
    columns: str  # which column is what, to be shown
    definition_hash: str  # as the pointer of an index would name it


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
    definition = RawDefinition(settings=_settings(file, products))
    return ProductFile(
        records=[row.record for row in products],
        definition=definition.parsed(),
        refused=refused,
        columns=", ".join(f"{field} = {column}" for field, column in mapping.fields.items()),
        definition_hash=sha256(definition.to_json()).hexdigest(),
    )


def _settings(file: Path, products: Sequence[Read]) -> Mapping[str, Any]:
    levels = max((len(path) for row in products for path in row.product.categories), default=0)
    return first_settings(file.stem, levels=levels, attributes=())
