"""`tradewind quarantine events` and `resend`: events that were turned away or stand still."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.aws.profile_dead_letters import GivenUp
    from tradewind.events.settling.upkeep import PutRecord, StandingStill

_BY_REASON = """
select reason, count(*) as events, min(received_at) as first, max(received_at) as last, min(line) as example
from events_quarantine
group by reason
order by reason
"""
_ROWS = """
select received_at, receipt, reason, line
from events_quarantine
where reason = {reason}
order by received_at, receipt
limit {limit}
"""


@click.command()
@click.argument("reason", required=False)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="Events to show of REASON.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.pass_obj
def events(env: str, reason: str | None, limit: int, form: str) -> int:
    """Show rejected events by reason, and what stands still; with REASON, its events."""
    from tradewind.aws import wiring
    from tradewind.cli.exit_status import DONE, NOT_DONE
    from tradewind.cli.queried_rows import print_rows
    from tradewind.cli.target import connect
    from tradewind.events.settling.upkeep import standing_still
    from tradewind.sales.formats.cells import literal

    connect(env)
    sql = _BY_REASON if reason is None else _ROWS.format(reason=literal(reason), limit=limit)
    if not print_rows(sql, form):
        return NOT_DONE
    if reason is None:
        told = list(_told(standing_still(wiring.event_stores()), wiring.profile_dead_letters().all()))
        for line in [*told, *(["send it again with: tradewind quarantine resend"] if told else [])]:
            click.echo(line, err=True)
    return DONE


@click.command()
@click.option("--rejected", is_flag=True, help="Also events that were turned away, where they can be read now.")
@click.pass_obj
def resend(env: str, rejected: bool) -> int:
    """Send again what stands still on the way of events.

    Raw objects that were set aside, messages that were given up, what Firehose could not deliver, and stream records
    that update_profiles gave up.
    """
    from datetime import UTC, datetime

    from tradewind.aws import wiring
    from tradewind.cli.amounts import counted
    from tradewind.cli.exit_status import DONE, NOT_DONE
    from tradewind.cli.target import connect
    from tradewind.events.settling import upkeep

    connect(env)
    stores, put = wiring.event_stores(), _putter()
    sent = upkeep.send_again(stores, put, lambda: datetime.now(UTC))
    click.echo(f"{counted(sent.objects, 'raw object')} sent again")
    click.echo(f"{counted(sent.messages, 'given-up message')} sent again")
    click.echo(f"{counted(sent.undelivered, 'undelivered record')} sent again")
    all_well = _resend_profiles()
    if rejected:
        again, stay = upkeep.send_rejected_again(stores, put)
        click.echo(f"{counted(again, 'rejected event')} sent again; {stay:,} still cannot be read as events and stay")
    return DONE if all_well else NOT_DONE


def _resend_profiles() -> bool:
    """Send what update_profiles gave up, and return whether it took all of it."""
    from tradewind.aws import wiring
    from tradewind.cli.amounts import counted

    letters = wiring.profile_dead_letters()
    all_well = True
    for given_up in letters.all():
        sent = letters.send_again(given_up)
        if sent.kept_because is not None:
            click.echo(f"error: {_records(given_up)}: {sent.kept_because}", err=True)
            all_well = False
        elif sent.records:
            click.echo(f"{counted(sent.records, 'stream record')} sent to update_profiles again")
        else:
            click.echo(f"{_records(given_up)}: the stream does not hold them any more", err=True)
    return all_well


def _told(still: "StandingStill", profiles: "list[GivenUp]") -> "Iterator[str]":
    """Yield what stands still, a line each."""
    for each in still.failed:
        yield f"set aside: {each.key}: {each.message}"
    for body in still.messages:
        yield f"given up: {body}"
    for key, failures in still.undelivered.items():
        yield f"undelivered: {key}: {failures:,} records"
    for given_up in profiles:
        yield f"given up by update_profiles: {_records(given_up)}: {given_up.why}"


def _records(given_up: "GivenUp") -> str:
    return f"records {given_up.first} to {given_up.last} of {given_up.shard}"


def _putter() -> "PutRecord":
    """Return what puts data into the stream as one record."""
    from uuid import uuid4

    from tradewind.aws import wiring
    from tradewind.errors import InputError
    from tradewind.events.collecting.packing import Record

    stream = wiring.event_stream()

    def put(data: bytes) -> None:
        told = stream.put([Record(data, uuid4().hex, 1)])
        if told.trouble is not None:
            raise InputError("stream", f"did not take a record ({told.trouble})", "try again; what was sent stays sent")

    return put
