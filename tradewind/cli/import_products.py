"""`tradewind import products`: a file of products in, an index that can be searched out."""

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradewind.cli import steps
from tradewind.cli.exit_status import DONE, WAITING
from tradewind.cli.import_sales import import_group
from tradewind.errors import InputError

if TYPE_CHECKING:
    from tradewind.catalog.importing.mapping import FieldMapping
    from tradewind.cli.product_loading import Brought

_WAIT_SECONDS = 300.0
_SAID_EVERY, _LINE_EVERY = 0.2, 10.0  # seconds, on a terminal and elsewhere


@import_group.command(name="products")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--index", default="products", show_default=True, help="The index that they go into.")
@click.option("--map", "mapped", multiple=True, metavar="FIELD=COLUMN", help="Field is in that column. Repeatable.")
@click.option("--currency", metavar="CODE", help="Of prices that name none, such as GBP. Default: the shop's.")
@click.option("--replace", is_flag=True, help="Products that are not in FILE go, all at once.")
@click.option("--yes", is_flag=True, help="Do not ask whether the columns are right.")
@click.pass_obj
def products(
    env: str, file: Path, index: str, mapped: tuple[str, ...], currency: str | None, replace: bool, yes: bool
) -> int:
    """Load a file of products (csv, xlsx, jsonl, json, yaml, parquet) and wait until they can be searched.

    Products are known by their SKU: one that is there is replaced, others stay. Rows that cannot be products are
    refused one by one and listed in a file.

    Fields: sku, name, description, brand, categories, price, price_minor, currency, stock, images, popularity, created;
    whatever other columns there are becomes attributes. Say --map name="Product title" for an unusual one.

    Exit status: 0 searchable, 1 not loaded, 3 stored but not searchable yet.
    """
    from tradewind.catalog.importing.products import mapping_of, read_products
    from tradewind.catalog.money import currency_code
    from tradewind.cli.product_loading import bring_in, wait_until_searchable
    from tradewind.cli.target import connect

    told = field_map(mapped)
    mapping = mapping_of(file, told)
    for line in mapping_lines(mapping):
        click.echo(line, err=True)
    if not yes and sys.stdin.isatty() and not click.confirm("Import them so?", default=True, err=True):
        raise InputError("import", "not confirmed", "say with --map which column is what")
    target = connect(env)
    code = currency_code(currency or target.config.shop.currency)
    from tradewind.aws import wiring

    store = wiring.catalog_store()
    rows = read_products(file, told=told, currency=code)
    report = Path(f"{file.stem}.refused.jsonl")
    brought = bring_in(store, index, rows, replace=replace, report=report, progress=RowsSaid())
    click.echo(f"{file.name}: {accounting(brought)} in {time.monotonic() - brought.began:.1f} s")
    if brought.report:
        click.echo(f"why rows were refused: {brought.report}", err=True)
    click.echo(f"{index}: stored, becoming searchable", err=True)
    if not wait_until_searchable(store, index, brought, seconds=_WAIT_SECONDS):
        click.echo(f"{index}: stored, not searchable after {_WAIT_SECONDS:.0f} s: see `tradewind status`", err=True)
        return WAITING
    click.echo(f"{index}: searchable after {time.monotonic() - brought.began:.1f} s")
    return DONE


def field_map(mapped: Iterable[str]) -> dict[str, str]:
    """Return field -> column from the texts of --map. Raises: InputError for one without an equals sign."""
    fields: dict[str, str] = {}
    for text in mapped:
        field, equals, column = text.partition("=")
        if not equals or not field.strip():
            raise InputError("--map", repr(text), 'write FIELD=COLUMN, for example --map name="Product title"')
        if field.strip() in fields:
            raise InputError("--map", repr(text), f"{field.strip()!r} is mapped twice, keep one of the two")
        fields[field.strip()] = column.strip()
    return fields


def mapping_lines(mapping: "FieldMapping") -> list[str]:
    """Return the mapping for people: a line a field, the levels of categories, then the attributes."""
    lines = [f"{field:<12} <- {column}" for field, column in mapping.fields.items()]
    if mapping.levels:
        lines.append(f"{'categories':<12} <- {' > '.join(mapping.levels)}")
    if mapping.others:
        lines.append(f"{'attributes':<12} <- {', '.join(mapping.others)}")
    return lines


def accounting(brought: "Brought") -> str:
    """Return the counts of an import; they add up."""
    return f"{brought.read:,} rows: {brought.stored:,} products stored, {brought.refused:,} refused"


class RowsSaid:
    """Says on stderr how many rows went: some times a second on a terminal, elsewhere a line every ten seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, terminal: bool | None = None) -> None:
        """`clock`: seconds; `terminal`: whether stderr is one, None: look."""
        self._clock = clock
        self._terminal = steps.on_terminal() if terminal is None else terminal
        self._said = clock()

    def __call__(self, rows: int) -> None:
        now = self._clock()
        if now - self._said < (_SAID_EVERY if self._terminal else _LINE_EVERY):
            return
        self._said = now
        click.echo(f"\r{rows:,} rows" if self._terminal else f"{rows:,} rows", nl=not self._terminal, err=True)
