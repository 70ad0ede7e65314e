"""`tradewind import sales`: files in, accounting out."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradewind.cli.exit_status import DONE, NOT_DONE, WAITING
from tradewind.errors import InputError

if TYPE_CHECKING:
    from tradewind.cli.loading import Outcome, Source
    from tradewind.sales.stores import SalesStores


@click.group(name="import")
def import_group() -> None:
    """Load files into the lake."""


@import_group.command(name="sales")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--as", "name", help="Name of the load; several files are then its parts, in this order.")
@click.option(
    "--split", default=1, show_default=True, metavar="N", help="Send each file in N parts; the result is the same."
)
@click.option("--map", "mapped", multiple=True, metavar="THEIRS=OURS", help="Their column is our column. Repeatable.")
@click.option("--keep-demo", is_flag=True, help="Keep the demo shop's sales beside the first real ones.")
@click.pass_obj
def sales(
    env: str, files: tuple[Path, ...], name: str | None, split: int, mapped: tuple[str, ...], keep_demo: bool
) -> int:
    """Load sales files (xlsx, csv, parquet) and wait until they can be queried.

    Each FILE is a load of its own, called by its file name. Importing a name again replaces it; the same bytes change
    nothing. Rows that are neither sale nor return are kept in quarantine with the reason.

    Columns: invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country, and the
    usual other names of each; say --map "Their name=unit_price" for an unusual one.

    Exit status: 0 loaded, also with rows in quarantine; 1 not loaded; 3 kept, but waiting for Spark.
    """
    if split < 1:
        raise InputError("--split", repr(split), "give 1 or more parts")
    columns = column_map(mapped)
    from tradewind.cli.loading import sources
    from tradewind.cli.target import connect

    target = connect(env)
    limit = target.config.limits.max_upload
    planned = sources(files, name=name, columns=columns, split=split, limit=limit, keep_demo=keep_demo)
    from tradewind.aws import wiring

    stores = wiring.sales_stores()
    had_demo = any(load.demo for load in stores.loads.list())
    status = max(_import(stores, source) for source in planned)
    if had_demo:
        _tell_demo_removed(stores)
    return status


def column_map(mapped: Iterable[str]) -> dict[str, str]:
    """Return theirs -> ours from the texts of --map. Raises: InputError for one without an equals sign."""
    columns: dict[str, str] = {}
    for text in mapped:
        theirs, equals, ours = text.rpartition("=")
        if not equals or not theirs or not ours:
            raise InputError("--map", repr(text), 'write THEIRS=OURS, for example --map "Price each=unit_price"')
        if theirs.strip() in columns:
            raise InputError("--map", repr(text), f"{theirs!r} is mapped twice, keep one of the two")
        columns[theirs.strip()] = ours.strip()
    return columns


def report(outcome: "Outcome") -> int:
    """Print what became of a load and return the exit status."""
    from tradewind.cli.amounts import accounting

    load = outcome.load
    if load.state == "failed":
        click.echo(f"error: {load.name}: {load.message}", err=True)
        if load.counts is not None:
            click.echo(f"the version before it is still in place: {accounting(load.counts)}", err=True)
        return NOT_DONE
    if load.state == "waiting":
        click.echo(f"{load.name}: kept, not cleaned yet: {load.message}", err=True)
        return WAITING
    if outcome.unchanged:
        click.echo(f"{load.name}: unchanged, the same content is loaded already")
    if load.counts is not None:
        click.echo(f"{load.name}: {accounting(load.counts)}")
    return DONE


def _import(stores: "SalesStores", source: "Source") -> int:
    from tradewind.cli.loading import Replaced, bring_in

    try:
        outcome = bring_in(stores, source)
    except (InputError, Replaced) as error:
        click.echo(f"error: {error}", err=True)
        return NOT_DONE
    status = report(outcome)
    if status == DONE and not outcome.unchanged:
        _tell_shared_invoices(stores, outcome.load.name)
    return status


def _tell_shared_invoices(stores: "SalesStores", name: str) -> None:
    """Say which other loads hold invoices of this one: rows are never matched across loads, so they count twice."""
    if not any(load.live_upload_id and load.name != name and not load.demo for load in stores.loads.list()):
        return
    from tradewind.cli.amounts import counted
    from tradewind.cli.shared_invoices import SharedInvoices, shared_with

    try:
        shared = shared_with(name)
    except SharedInvoices as error:
        click.echo(f"invoices present in other loads: not checked: {error}", err=True)
        return
    for other, invoices in shared:
        about = f"{counted(invoices, 'invoice')} also in {other}: every line counts in both"
        click.echo(f"{name}: {about} (see the view shared_invoices)")


def _tell_demo_removed(stores: "SalesStores") -> None:
    """Wait until the demo's sales are gone, where the first real ones remove them, and say so."""
    from tradewind.cli.waiting import settle
    from tradewind.sales import upkeep

    settle(stores, upkeep.remove_demo(stores), "removing the demo's sales")
    if not any(load.demo for load in stores.loads.list()):
        click.echo("the demo's sales are removed: real ones are here now (--keep-demo keeps them)")
