"""`tradewind quarantine`: rows and loads that were set aside."""

from typing import TYPE_CHECKING

import click

from tradewind.cli.quarantine_events import events, resend

if TYPE_CHECKING:
    from tradewind.sales.stores import SalesStores

_BY_REASON = """
select load, reason, count(*) as "rows", sum(total_price) as total_price, min(detail) as example
from sales_quarantine
group by load, reason
order by load, reason
"""
_ROWS = """
select source_row, reason, detail,
  invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country
from sales_quarantine
where load = {load}
order by source_row
limit {limit}
"""


@click.group()
def quarantine() -> None:
    """Look at rows, loads and events that were set aside, try again."""


quarantine.add_command(events)
quarantine.add_command(resend)


@quarantine.command(name="list")
@click.argument("load", required=False)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="Rows to show of LOAD.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.pass_obj
def list_rows(env: str, load: str | None, limit: int, form: str) -> int:
    """Show quarantined rows by load and reason, failed loads and given-up messages; with LOAD, its rows."""
    from tradewind.aws import wiring
    from tradewind.cli.exit_status import DONE, NOT_DONE
    from tradewind.cli.queried_rows import print_rows
    from tradewind.cli.target import connect
    from tradewind.sales.formats.cells import literal

    connect(env)
    stores = wiring.sales_stores()
    if load is not None:
        _check_load(stores, load)
    sql = _BY_REASON if load is None else _ROWS.format(load=literal(load), limit=limit)
    if not print_rows(sql, form):
        return NOT_DONE
    if load is None:
        _tell_failed(stores)
    return DONE


@quarantine.command()
@click.pass_obj
def retry(env: str) -> int:
    """Clean failed and waiting loads again, and send given-up messages again."""
    from tradewind.aws import wiring
    from tradewind.cli.amounts import counted
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.rebuild import report
    from tradewind.cli.target import connect
    from tradewind.cli.waiting import settle
    from tradewind.sales import upkeep

    connect(env)
    stores = wiring.sales_stores()
    again = upkeep.retry_failed(stores)
    if again.messages:
        click.echo(
            f"{counted(again.messages, 'given-up message')} sent again: tradewind loads shows what becomes of it"
        )
    if not again.loads:
        click.echo("no load failed or waits" if not again.messages else "no other load failed or waits")
        return DONE
    return report(settle(stores, again.loads, "trying again"))


def _check_load(stores: "SalesStores", name: str) -> None:
    from tradewind.errors import InputError

    if stores.loads.get(name) is None:
        names = ", ".join(repr(load.name) for load in stores.loads.list()) or "none"
        raise InputError("load", f"{name!r} does not exist", f"give one of: {names}")


def _tell_failed(stores: "SalesStores") -> None:
    """Say on stderr which loads failed or wait and which messages were given up."""
    from tradewind.sales import upkeep

    stuck = [load for load in stores.loads.list() if load.state in ("failed", "waiting")]
    for load in stuck:
        click.echo(f"{load.state}: {load.name}: {load.message}", err=True)
    letters = upkeep.dead_letters(stores)
    for letter in letters:
        click.echo(f"given up: {letter.load or letter.body}", err=True)
    if stuck or letters:
        click.echo("try again with: tradewind quarantine retry", err=True)
