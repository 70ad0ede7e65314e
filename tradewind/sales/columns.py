"""The eight columns of a sales file, and the names that other programs give them."""

import re
from collections.abc import Mapping, Sequence

from tradewind.errors import InputError

# Ours -> names it is also known by. Compared without case, spaces, underscores and punctuation: "Invoice No." is known.
ALIASES: dict[str, tuple[str, ...]] = {
    "invoice_no": ("Invoice", "Invoice Number", "Invoice ID", "Order", "Order No", "Order Number", "Order ID"),
    "stock_code": ("Stock", "SKU", "Product Code", "Product ID", "Item Code", "Item No", "Article No"),
    "description": ("Product", "Product Name", "Item Description", "Item Name", "Product Description", "Title"),
    "quantity": ("Qty", "Units", "Quantity Sold"),
    "invoice_date": ("Date", "Order Date", "Invoice Time", "Timestamp", "Date Time", "Created At"),
    "unit_price": ("Price", "Price Each", "Item Price", "Unit Cost"),
    "customer_id": ("Customer", "Customer No", "Customer Number", "Customer Code", "Client ID"),
    "country": ("Country Name", "Customer Country", "Shipping Country", "Billing Country"),
}

COLUMNS = tuple(ALIASES)

_PUNCTUATION = re.compile(r"[\W_]+")


def match_columns(header: Sequence[str], mapping: Mapping[str, str], *, source: str) -> dict[str, str]:
    """Return ours -> theirs for all eight columns; other columns of the file are left out.

    `mapping` (theirs -> ours, from --map) comes before the aliases. `source` is the file's name, for messages.

    Raises: InputError if a column is missing or given twice, or if `mapping` names a column that is not there.
    """
    found = _mapped(header, mapping, source)
    spoken_for = set(found.values())
    for name in COLUMNS:
        if name in found:
            continue
        theirs = [title for title in header if title not in spoken_for and _known_as(title) == name]
        if len(theirs) > 1:
            raise InputError(
                f"column {name} of {source!r}",
                f"could be {_listed(theirs)}",
                f"say which with --map '{theirs[0]}={name}'"
                if len(set(theirs)) > 1
                else "give each column a title of its own",
            )
        if theirs:
            found[name] = theirs[0]
    _check_complete(found, header, source)
    return {name: found[name] for name in COLUMNS}


def known_columns(header: Sequence[str]) -> int:
    """Return how many of the eight columns `header` seems to have."""
    return len({_known_as(title) for title in header} - {None})


def _mapped(header: Sequence[str], mapping: Mapping[str, str], source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for theirs, ours in mapping.items():
        if ours not in ALIASES:
            raise InputError("--map", f"'{theirs}={ours}'", f"after the = give one of {', '.join(COLUMNS)}")
        if ours in found:
            raise InputError("--map", f"'{theirs}={ours}'", f"{ours} is given twice, keep one of the two")
        titles = [title for title in header if title == theirs] or [
            title for title in header if _plain(title) == _plain(theirs)
        ]
        if len(titles) != 1:
            has = "has no" if not titles else "has more than one"
            raise InputError(
                "--map", f"'{theirs}={ours}'", f"{source!r} {has} column {theirs!r}; it has {_listed(header)}"
            )
        found[ours] = titles[0]
    return found


def _check_complete(found: Mapping[str, str], header: Sequence[str], source: str) -> None:
    missing = [name for name in COLUMNS if name not in found]
    if missing:
        raise InputError(
            f"columns of {source!r}",
            f"lack {', '.join(missing)}; it has {_listed(header)}",
            f"say which is which with --map 'THEIRS={missing[0]}'",
        )


def _plain(title: str) -> str:
    return _PUNCTUATION.sub("", title).casefold()


def _listed(titles: Sequence[str]) -> str:
    shown = ", ".join(repr(title) for title in titles[:20])
    return f"{shown} and {len(titles) - 20} more" if len(titles) > 20 else shown or "none"


_KNOWN = {_plain(name): ours for ours, names in ALIASES.items() for name in (ours, *names)}


def _known_as(title: str) -> str | None:
    return _KNOWN.get(_plain(title))
