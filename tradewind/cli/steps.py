"""Progress on stderr: bars and spinners on a terminal, one plain line a step elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Advance = Callable[[int, int], None]  # (amount since the last call, total)


def on_terminal() -> bool:
    return sys.stderr.isatty()


@contextmanager
def bar(title: str) -> Iterator[Advance]:
    """Show a bar of bytes while the block runs; without a terminal, one line at its beginning."""
    if not on_terminal():
        click.echo(title, err=True)
        yield lambda _amount, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda amount, total: progress.update(task, advance=amount, total=total)


@contextmanager
def spinner(title: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner with seconds while the block runs, and yield what changes its title.

    Without a terminal each new title is one line.
    """
    if not on_terminal():
        click.echo(title, err=True)
        said = [title]

        def say(text: str) -> None:
            if text != said[-1]:
                said.append(text)
                click.echo(text, err=True)

        yield say
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda text: progress.update(task, description=text)
