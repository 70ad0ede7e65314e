"""`tradewind produce`: a sales file's lines, sent as events through the collector's door."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tradewind.cli.target import Target
    from tradewind.events.sending import Answer, Collector

_TRACK = "/v1/track"
_OF_NO_USE = (401, 403, 404)  # every other event would get the same answer
_TELL_EVERY = 1000  # events, where there is no terminal


@dataclass(slots=True)
class Tally:
    """What became of the events that were sent."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # by reason

    @property
    def sent(self) -> int:
        return self.accepted + self.refused.total()

    def count(self, answer: "Answer") -> None:
        """Add the answer to one event."""
        if answer.accepted:
            self.accepted += 1
            return
        why = answer.rejected[0] if answer.rejected else answer
        self.refused[f"{why.code}: {why.message}"] += 1


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="The first N sale lines; without it all.")
@click.option("--write-key", envvar="TRADEWIND_WRITE_KEY", help="By default the one that `tradewind status` shows.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="PER_SECOND", help="At most so fast.")
@click.option("--map", "mapped", multiple=True, metavar="THEIRS=OURS", help="Their column is our column. Repeatable.")
@click.pass_obj
def produce(
    env: str, file: Path, count: int | None, write_key: str | None, rate: float | None, mapped: tuple[str, ...]
) -> int:
    """Send the sale lines of a sales file as Order Completed events, one request each, at their invoice dates.

    File name and row make the message id: a line that is sent again is a duplicate.

    Exit status: 0 all accepted, 1 some were refused.
    """
    from tradewind.cli import steps
    from tradewind.cli.import_sales import column_map
    from tradewind.cli.target import connect
    from tradewind.events.producing import order_completed, sale_lines
    from tradewind.events.sending import Collector
    from tradewind.sales.intake import check_file

    columns = column_map(mapped)
    target = connect(env)
    check_file(file, limit=target.config.limits.max_upload)
    collector = Collector(_api_url(target), write_key or _shown_key(target))
    shop = target.config.shop
    tally = Tally()
    try:
        with steps.spinner(f"{file.name}: reading") as say:
            lines = sale_lines(file, columns=columns, limits=target.config.limits, count=count)
            bodies = (order_completed(line, file.name, shop) for line in lines)
            for _ in _sent(collector, tally, paced(bodies, rate)):
                if steps.on_terminal() or tally.sent % _TELL_EVERY == 0:
                    say(f"{file.name}: {tally.sent:,} sent")
    finally:
        collector.close()
        if tally.sent:
            _report(file.name, tally)
    return _status(file.name, tally)


def paced(
    bodies: Iterable[bytes],
    rate: float | None,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[bytes]:
    """Yield `bodies`, at most `rate` a second; None: as fast as they are taken."""
    due = clock()
    for body in bodies:
        if rate is not None:
            sleep(max(0.0, due - clock()))
            due = max(due, clock() - 1) + 1 / rate  # what a slow answer cost is caught up for a second at most
        yield body


def _sent(collector: "Collector", tally: Tally, bodies: Iterable[bytes]) -> Iterator[None]:
    """Send one body after the other and count the answers."""
    from tradewind.errors import InputError

    for body in bodies:
        answer = collector.post(_TRACK, body)
        if answer.status in _OF_NO_USE:
            raise InputError("write key", f"{answer.code}: {answer.message}", "see tradewind keys list")
        tally.count(answer)
        yield


def _report(name: str, tally: Tally) -> None:
    click.echo(f"{name}: {tally.sent:,} sent, {tally.accepted:,} accepted, {tally.refused.total():,} refused")
    for reason, events in tally.refused.most_common():
        click.echo(f"{events:,} refused: {reason}", err=True)


def _status(name: str, tally: Tally) -> int:
    from tradewind.cli.exit_status import DONE, NOT_DONE

    if not tally.sent:
        click.echo(f"{name}: no row is a sale line, nothing was sent", err=True)
    return NOT_DONE if tally.refused or not tally.sent else DONE


def _api_url(target: "Target") -> str:
    from tradewind.aws.deployed import stack_output
    from tradewind.errors import NotRunning

    url: Any = target.api_url or stack_output(target.env, "Api", "ApiUrl")
    if not url:
        raise NotRunning(f"the API of {target.env} is not deployed: run `make deploy ENV={target.env}`")
    return str(url).rstrip("/")


def _shown_key(target: "Target") -> str:
    from tradewind.errors import InputError
    from tradewind.key_file import read_keys

    keys = read_keys(target.home) if target.home else None
    if keys is None:
        way_out = f"give one; tradewind --env {target.env} keys create --source produce makes it"
        raise InputError("--write-key", "is missing", way_out)
    return keys.write_key
