"""`tradewind rebuild`: the lake again from the raw files."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from tradewind.sales.loads import Load


@click.group(name="rebuild")
def rebuild_group() -> None:
    """Clean again from the raw files."""


@rebuild_group.command(name="sales")
@click.argument("loads", nargs=-1, metavar="[LOAD...]")
@click.pass_obj
def sales(env: str, loads: tuple[str, ...]) -> int:
    """Clean LOADs (default: all) again from raw and put the result in place; the result is the same."""
    from tradewind.aws import wiring
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.target import connect
    from tradewind.cli.waiting import settle
    from tradewind.sales import upkeep

    connect(env)
    stores = wiring.sales_stores()
    asked = upkeep.rebuild(stores, loads or None)
    if not asked:
        click.echo("nothing to rebuild: no load is clean yet")
        return DONE
    return report(settle(stores, asked, "rebuilding"))


@rebuild_group.command(name="events")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First event day, UTC (default: all).")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last event day, UTC (default: all).")
@click.pass_obj
def events(env: str, first: "datetime | None", last: "datetime | None") -> int:
    """Make events, interactions and the index of message ids again from raw; the result is the same.

    Earlier events of an anonymous id get the shopper that it was linked to since.
    """
    from tradewind.aws import wiring
    from tradewind.cli.rebuild_events import rebuild_and_wait
    from tradewind.cli.target import connect
    from tradewind.events.settling import upkeep

    connect(env)
    stores = wiring.event_stores()
    days = [each.date().isoformat() if each else None for each in (first, last)]
    return rebuild_and_wait(stores, upkeep.ask_rebuild(stores, days[0], days[1]))


def report(ended: "list[Load]") -> int:
    """Print what became of each load and return the exit status: the worst of theirs."""
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.import_sales import report as report_one
    from tradewind.cli.loading import Outcome

    return max((report_one(Outcome(load, unchanged=False)) for load in ended), default=DONE)
