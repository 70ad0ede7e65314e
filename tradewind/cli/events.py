"""`tradewind events`: events as they arrive."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tradewind.aws.event_tail import RefusalTail, StreamTail

_POLL_SECONDS = 0.5  # a shard takes five reads a second from all who read it


@click.group()
def events() -> None:
    """Follow events as they arrive."""


@events.command()
@click.option("--since", metavar="TIME", help="Begin so long ago: 30s, 10m, 24h. Refusals are kept for an hour.")
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="End after N lines.")
@click.option("--for", "seconds", type=click.FloatRange(min=0), metavar="SECONDS", help="End after so long.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for programs.")
@click.pass_obj
def tail(env: str, since: str | None, count: int | None, seconds: float | None, as_json: bool) -> int:
    """Print events as the collector accepts them, and refused ones with the reason. Ctrl-C ends it.

    One line an event: time (UTC), source of the key, what, who, which products.
    """
    from tradewind.aws import wiring
    from tradewind.cli.durations import duration
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.target import connect

    ago = None if since is None else duration(since, "--since")
    connect(env)
    now = datetime.now(UTC)
    begin = None if ago is None else now - ago
    stream, refusals = wiring.stream_tail(begin), wiring.refusal_tail(begin or now)
    click.echo(f"events since {begin or now:%H:%M:%S} UTC; Ctrl-C ends", err=True)
    try:
        for line in islice(lines(stream, refusals, as_json=as_json, seconds=seconds), count):
            click.echo(line)
    except KeyboardInterrupt:
        pass  # the way to end it, so no failure
    return DONE


def lines(stream: "StreamTail", refusals: "RefusalTail", *, as_json: bool, seconds: float | None) -> Iterator[str]:
    """Yield a line for each event and each refusal, for so many seconds; None: for ever."""
    from tradewind.cli import event_lines

    show_event, show_refusal = (
        (event_lines.event_json, event_lines.refusal_json)
        if as_json
        else (event_lines.event_line, event_lines.refusal_line)
    )
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        for line in stream.poll():
            yield show_event(line)
        for refused in refusals.poll(datetime.now(UTC)):
            yield show_refusal(refused)
        left = _POLL_SECONDS if deadline is None else min(_POLL_SECONDS, deadline - time.monotonic())
        if left <= 0:
            return
        time.sleep(left)
