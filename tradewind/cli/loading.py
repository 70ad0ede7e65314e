"""Bringing one load in and waiting until it is queryable: what `import sales` and `make up` share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tradewind.cli import steps, waiting
from tradewind.cli.amounts import size
from tradewind.errors import InputError
from tradewind.sales.intake import Upload, check_file, upload
from tradewind.sales.loads import Load, check_name
from tradewind.sales.stores import SalesStores

_ENDED = ("clean", "failed", "waiting")
_TITLES = {
    "queued": "waiting for its turn",
    "cleaning": "cleaning",
    "publishing": "putting it in place",
}


class Replaced(Exception):
    """Another upload of the same name came in between, or the load was removed; the text says which."""


@dataclass(frozen=True, slots=True)
class Source:
    """What becomes one load: its files in the order of their rows."""

    name: str
    files: tuple[Path, ...]
    columns: Mapping[str, str] = field(default_factory=dict)  # theirs -> ours
    split: int = 1
    demo: bool = False
    keep_demo: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The load as it is after waiting; `unchanged` where the same content was live already."""

    load: Load
    unchanged: bool


def sources(
    files: Sequence[Path],
    *,
    name: str | None,
    columns: Mapping[str, str],
    split: int,
    limit: int,
    keep_demo: bool = False,
) -> list[Source]:
    """Return the loads that `files` are: all of them one where `name` is given, else each one its own.

    Raises: InputError for a file that cannot be used, and for two files of one name; before anything is sent.
    """
    for file in files:
        check_file(file, limit=limit)
    if name is not None:
        return [Source(check_name(name), tuple(files), columns, split, keep_demo=keep_demo)]
    names = [check_name(file.name) for file in files]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        raise InputError(
            "file name",
            repr(twice),
            "two files of this name would replace each other: import one of them with --as NAME",
        )
    return [Source(name, (file,), columns, split, keep_demo=keep_demo) for name, file in zip(names, files, strict=True)]


def bring_in(stores: SalesStores, source: Source) -> Outcome:
    """Upload `source` and return once its load is clean, has failed or waits.

    Raises: InputError, Replaced.
    """
    total = sum(file.stat().st_size for file in source.files)
    with steps.bar(f"{source.name}: checking and uploading {size(total)}") as progress:
        sent = upload(
            source.files,
            stores,
            now=datetime.now(UTC),
            name=source.name,
            columns=source.columns,
            split=source.split,
            demo=source.demo,
            keep_demo=source.keep_demo,
            progress=progress,
        )
    load = stores.loads.get(sent.load) if sent.unchanged else wait(stores, sent)
    if load is None:
        raise Replaced(f"load {sent.load!r} was removed meanwhile")
    return Outcome(load, sent.unchanged)


def wait(stores: SalesStores, sent: Upload) -> Load:
    """Return the load's record once the upload `sent` is clean, has failed or waits. Raises: Replaced."""
    with steps.spinner(f"{sent.load}: {_TITLES['queued']}") as say:
        while True:
            load = stores.loads.get(sent.load)
            if load is None:
                raise Replaced(f"load {sent.load!r} was removed meanwhile: import it again")
            if load.upload_id != sent.upload_id:
                raise Replaced(f"load {sent.load!r} was replaced by another import of this name: see tradewind loads")
            if load.state in _ENDED:
                return load
            say(f"{sent.load}: {_TITLES[load.state]}")
            waiting.pause()
