"""Which column of a file is which part of a product: guessed by their names, and told by the person."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tradewind.errors import InputError

# Names that shops' exports use, best first; compared without case and signs.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "sku": (
        *("sku", "productsku", "variantsku", "productid", "itemid", "stockcode", "articlenumber", "asin", "objectid"),
        *("id", "itemnumber", "code", "handle", "uniqid"),
    ),
    "name": ("name", "productname", "title", "producttitle", "itemname"),
    "description": ("description", "productdescription", "longdescription", "bodyhtml", "body", "details", "desc"),
    "brand": ("brand", "brandname", "manufacturer", "vendor", "make"),
    "categories": ("categories", "categorypath", "category", "productcategory", "producttype", "breadcrumbs"),
    "price": ("price", "unitprice", "currentprice", "saleprice", "variantprice", "amount"),
    "price_minor": ("priceminor", "pricecents", "pricepence"),
    "currency": ("currency", "currencycode", "pricecurrency"),
    "stock": ("stock", "currentstock", "stockquantity", "inventory", "variantinventoryqty", "instock", "availability"),
    "images": ("images", "image", "imageurl", "imagelink", "imagesrc", "picture", "thumbnail"),
    "popularity": ("popularity", "unitssold", "salescount", "soldcount"),
    "created": ("created", "createdat", "creationdate", "dateadded", "publishedat"),
}
FIELDS = tuple(_NAMES)
_LEVEL = re.compile(r"(?:categor(?:y|ies))?(?:lvl|level|l)?(?P<number>\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """field -> column; `levels` are the columns of a category's levels, widest first; `others` become attributes."""

    fields: Mapping[str, str]
    levels: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def map_columns(columns: Sequence[str], told: Mapping[str, str]) -> FieldMapping:
    """Return what each column is; `told` (field -> column) goes before what the names say.

    Raises: InputError for an unknown field or column, and where no column can be the SKU.
    """
    fields = {field: _told(field, column, columns) for field, column in told.items()}
    plain = {_plain(column): column for column in reversed(columns)}
    for field, names in _NAMES.items():
        free = (plain[name] for name in names if name in plain and plain[name] not in fields.values())
        if field not in fields and (found := next(free, None)):
            fields[field] = found
    if "sku" not in fields:
        listed = ", ".join(columns)
        raise InputError("sku", "is in no column", f"say which one it is: --map sku=COLUMN; columns are {listed}")
    taken = {column for field, column in fields.items() if column}
    levels = () if "categories" in told else _levels([column for column in columns if column not in taken])
    if levels:
        fields.pop("categories", None)
    used = {*fields.values(), *levels}
    ordered = {field: fields[field] for field in FIELDS if fields.get(field)}
    return FieldMapping(fields=ordered, levels=levels, others=tuple(each for each in columns if each not in used))


def _told(field: str, column: str, columns: Sequence[str]) -> str:
    if field not in _NAMES:
        raise InputError("--map", f"{field}={column}", f"choose a field of {', '.join(FIELDS)}")
    if column and column not in columns:
        raise InputError("--map", f"{field}={column}", f"there is no such column; columns are {', '.join(columns)}")
    return column


def _levels(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of categories by level: category_l1, category_l2 or lvl0, lvl1, or categories.lvl0 ..."""
    found = {}
    for column in columns:
        plain = _plain(column)
        match = _LEVEL.fullmatch(plain)
        if match and ("categor" in plain or "lvl" in plain):
            found[int(match["number"])] = column
    return tuple(found[number] for number in sorted(found)) if len(found) > 1 else ()


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
