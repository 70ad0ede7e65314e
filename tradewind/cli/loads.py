"""`tradewind loads`: every load with its state."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tradewind.sales.loads import Load


@click.command()
@click.pass_obj
def loads(env: str) -> int:
    """List the loads: state, when, rows, and why one failed or waits."""
    from tradewind.aws import wiring
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.target import connect

    connect(env)
    listed = wiring.load_store().list()
    if not listed:
        click.echo("no loads yet: tradewind import sales FILE")
        return DONE
    for line in table(listed):
        click.echo(line)
    return DONE


def table(listed: "Sequence[Load]") -> list[str]:
    """Return the loads as aligned lines, with the reason under one that failed or waits."""
    from tradewind.aws.athena import ResultColumn
    from tradewind.cli.row_formats import as_table

    titles = ("load", "state", "since (UTC)", "rows", "sales", "returns", "quarantined")
    numbers = titles[3:]
    columns = [ResultColumn(title, "bigint" if title in numbers else "varchar") for title in titles]
    lines = list(as_table(columns, [_row(load) for load in listed]))
    told = [f"{load.name}: {load.message}" for load in listed if load.message]
    return [*lines, *(["", *told] if told else [])]


def _row(load: "Load") -> tuple[str, ...]:
    counts = load.counts
    rows = (
        ("", "", "", "")
        if counts is None
        else (f"{counts.read:,}", f"{counts.sales:,}", f"{counts.returns:,}", f"{counts.total_quarantined:,}")
    )
    return (load.name + (" (demo)" if load.demo else ""), load.state, f"{load.updated_at:%Y-%m-%d %H:%M:%S}", *rows)
