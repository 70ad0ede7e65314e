"""Rows into products: each row is a product, or is refused with the reason."""

import datetime as dt
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tradewind.catalog.importing.mapping import FieldMapping, map_columns
from tradewind.catalog.importing.reading import Row, open_rows
from tradewind.catalog.money import currency_code, currency_in, minor_of
from tradewind.catalog.product import MAX_LEVELS, Product, record_of
from tradewind.catalog.record import StoredRecord, checked_object_id
from tradewind.errors import InputError

_BETWEEN_LEVELS = re.compile(r"\s*(?:>|»|/{1,2}|\\|\|)\s*")
_YES = frozenset({"true", "yes", "y", "in stock", "instock", "available", "in_stock"})
_NO = frozenset({"false", "no", "n", "out of stock", "outofstock", "unavailable", "sold out", "out_of_stock"})


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that becomes no product."""

    number: int  # 1-based data row
    why: str
    row: Row


@dataclass(frozen=True, slots=True)
class Read:
    """A row that became a product, and its record."""

    product: Product
    record: StoredRecord


def read_products(
    path: Path, *, told: Mapping[str, str] | None = None, currency: str | None = None
) -> Iterator[Read | Refused]:
    """Yield what becomes of each row of a file. `currency`: of prices that name none.

    Raises: InputError for a file that cannot be read, or whose columns cannot be understood.
    """
    with open_rows(path) as opened:
        mapping = map_columns(opened.columns, told or {})
        seen: set[str] = set()
        for number, row in enumerate(opened.rows, 1):
            if isinstance(row, InputError):
                yield Refused(number, str(row), {})
                continue
            try:
                product = product_of(row, mapping, currency=currency)
                if product.sku in seen:
                    raise InputError("sku", repr(product.sku), "is of an earlier row, too: keep one of the two")
                yield Read(product, record_of(product))
                seen.add(product.sku)
            except InputError as error:
                yield Refused(number, str(error), row)


def mapping_of(path: Path, told: Mapping[str, str]) -> FieldMapping:
    """Return what the columns of a file are taken for. Raises: InputError."""
    with open_rows(path) as opened:
        return map_columns(opened.columns, told)


def product_of(row: Row, mapping: FieldMapping, *, currency: str | None) -> Product:
    """Return the product of a row. Raises: InputError naming the field, the value and why."""
    values = {field: row.get(column) for field, column in mapping.fields.items()}
    found_currency = _currency(values, currency)
    return Product(
        sku=_sku(values.get("sku")),
        name=_text(values.get("name")),
        description=_text(values.get("description")),
        brand=_text(values.get("brand")),
        categories=_categories(values.get("categories"), [row.get(column) for column in mapping.levels]),
        price_minor=_price_minor(values, found_currency),
        currency=found_currency,
        stock=_stock(values.get("stock")),
        images=_images(values.get("images")),
        popularity=_number("popularity", values.get("popularity")),
        created=_created(values.get("created")),
        attributes=_attributes({column: row[column] for column in mapping.others if column in row}),
    )


def _sku(value: Any) -> str:
    text = _text(value)
    if text is None:
        raise InputError("sku", "is missing", "give every product one")
    return checked_object_id(text)


def _text(value: Any) -> str | None:
    """Return a value as text without blanks around it; None where nothing is left."""
    if value is None or isinstance(value, Mapping | list) or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # spreadsheets write whole numbers so
    return str(value).strip() or None


def _currency(values: Mapping[str, Any], default: str | None) -> str | None:
    """Return what the row says; the default only where there is a price: nothing is assumed of others."""
    told = _text(values.get("currency"))
    if told:
        return currency_code(told)
    has_price = any(_text(values.get(field)) for field in ("price", "price_minor"))
    return currency_in(values.get("price")) or (default if has_price else None)


def _price_minor(values: Mapping[str, Any], currency: str | None) -> int | None:
    minor, price = values.get("price_minor"), values.get("price")
    has_minor, has_price = _text(minor) is not None, _text(price) is not None
    if not (has_minor or has_price):
        return None
    if currency is None:
        raise InputError("currency", "of the price is not known", "say which one it is: --currency GBP")
    if has_minor:
        number = _number("price_minor", minor)
        if number is None or number < 0 or number != int(number):
            raise InputError("price_minor", repr(minor), "give a whole number from 0 on")
        return int(number)
    return minor_of(price, currency)


def _stock(value: Any) -> int | bool | None:
    if isinstance(value, bool):
        return value
    text = _text(value)
    if text is None:
        return None
    if text.casefold() in _YES | _NO:
        return text.casefold() in _YES
    number = _number("stock", value)
    return None if number is None else int(number)


def _number(field: str, value: Any) -> float | int | None:
    text = _text(value)
    if text is None:
        return None
    try:
        number = Decimal(text)
        if not number.is_finite() or abs(number) > Decimal(2) ** 53:
            raise ValueError(text)
    except (ArithmeticError, ValueError) as error:
        raise InputError(field, f"{text!r:.60}", "give a number") from error
    return int(number) if number == int(number) else float(number)


def _categories(value: Any, levels: list[Any]) -> tuple[tuple[str, ...], ...]:
    """Return paths: of columns by level, of "A > B", of a list of such texts, or of {"lvl0": ..., "lvl1": ...}."""
    named = tuple(text for each in levels if (text := _text(each)))
    if named:
        return (_path_of_levels(named),)
    if isinstance(value, Mapping):
        deepest = [value[name] for name in sorted(value) if name.startswith("lvl")][-1:]
        return _categories(deepest[0], []) if deepest else ()
    if isinstance(value, str) and value.strip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return (_path(value),) if _path(value) else ()
    texts = value if isinstance(value, list | tuple) else [value]
    paths = (_path(str(text)) for text in texts if _text(text))
    return tuple(dict.fromkeys(path for path in paths if path))


def _path(text: str) -> tuple[str, ...]:
    return tuple(part for part in _BETWEEN_LEVELS.split(text.strip()) if part)[:MAX_LEVELS]


def _path_of_levels(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path of texts by level; where they repeat the levels above ("A", "A > B"), the narrowest says all."""
    narrowest = _path(texts[-1])
    return narrowest if len(texts) > 1 and len(narrowest) == len(texts) else texts[:MAX_LEVELS]


def _images(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, list | tuple) else [value]
    return tuple(text for each in found if (text := _text(each)))


def _created(value: Any) -> str | None:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return _text(value)


def _attributes(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is left of a row, as JSON has it; a column `attributes` with an object in it is that object."""
    inner = values.get("attributes")
    if isinstance(inner, str) and inner.strip().startswith("{"):
        try:
            inner = json.loads(inner)
        except ValueError:
            inner = None
    if isinstance(inner, Mapping):
        rest = {name: value for name, value in values.items() if name != "attributes"}
        return {**_attributes(rest), **{str(name): _plain(value) for name, value in inner.items()}}
    made = {name: _plain(value) for name, value in values.items()}
    return {name: value for name, value in made.items() if value is not None and value not in ("", [], {})}


def _plain(value: Any) -> Any:
    """Return a value of a file as a JSON value."""
    match value:
        case bool() | int() | None:
            return value if not isinstance(value, int) or abs(value) < 2**63 else str(value)
        case float():
            return value if math.isfinite(value) else None
        case str():
            return value.strip()
        case Decimal():
            return int(value) if value == int(value) else float(value)
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return str(value)
