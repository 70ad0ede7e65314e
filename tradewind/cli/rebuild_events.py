"""Waiting for a rebuild of events, and what it changed."""

import click

from tradewind.cli import steps, waiting
from tradewind.cli.amounts import counted
from tradewind.cli.exit_status import DONE, NOT_DONE
from tradewind.events.settling.registry import Progress
from tradewind.events.settling.stores import EventStores


def rebuild_and_wait(stores: EventStores, rebuild_id: str) -> int:
    """Wait until the rebuild is done, print what it changed, and return the exit status."""
    with steps.spinner("rebuilding events: waiting for its turn") as say:
        while (progress := stores.cleanings.rebuild(rebuild_id)) is None or progress.state not in ("done", "failed"):
            if progress is not None:
                say(f"rebuilding events: {_left(progress)}")
            waiting.pause()
    if progress.state == "failed":
        click.echo(f"error: the rebuild stopped: {progress.message}", err=True)
        return NOT_DONE
    click.echo(f"rebuilt {counted(progress.steps, 'day')} (index days and event days): {changes(progress)}")
    return DONE


def changes(progress: Progress) -> str:
    """Return what a rebuild added to the totals: "clean +2, duplicate -2"."""
    changed = [f"{term} {number:+,}" for term, number in progress.changed.items() if number]
    return ", ".join(changed) or "the counts are unchanged"


def _left(progress: Progress) -> str:
    if progress.state == "asked":
        return "cleaning what waits first"
    if progress.received_days:
        return f"{counted(len(progress.received_days), 'day')} of the index left"
    if progress.event_days:
        return f"{counted(len(progress.event_days), 'event day')} left"
    return "almost done"
