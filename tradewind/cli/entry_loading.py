"""What `tradewind synonyms` and `tradewind rules` do, step by step."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tradewind.aws import wiring
from tradewind.catalog.definition_changes import Kind, entries_put
from tradewind.catalog.editing import UnknownIndex
from tradewind.catalog.entry_files import Entry, Faulty, format_of, lost_in_csv, read_entries, write_entries
from tradewind.cli import target
from tradewind.cli.amounts import counted
from tradewind.cli.exit_status import DONE, NOT_DONE, WAITING
from tradewind.cli.setting import WAIT_SECONDS, judged_change, published
from tradewind.errors import InputError

if TYPE_CHECKING:
    from tradewind.aws.catalog_store import CatalogStore

_TOLD = 20  # wrong entries that are named


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file changes, in numbers of entries. `others` are in the index and not in the file."""

    new: int
    changed: int
    alike: int
    others: int

    def nothing(self, *, replace: bool) -> bool:
        return not (self.new or self.changed or (replace and self.others))

    def told(self, *, replace: bool) -> str:
        others = f"{self.others:,} others {'go' if replace else 'stay'}"
        return f"{self.new:,} new, {self.changed:,} changed, {self.alike:,} as they are; {others}"


def export_entries(env: str, kind: Kind, index: str, file: str) -> int:
    """Write all entries of an index; at once or not at all. Raises: InputError, NotRunning."""
    form = format_of(file)
    if form == "csv" and kind == "rule":
        raise InputError("FILE", repr(file), "rules have no csv form: give a name that ends in .json or .jsonl")
    target.connect(env)
    entries = _stored(wiring.catalog_store(), index, kind)
    text = write_entries(entries, form)
    lost = lost_in_csv(entries) if form == "csv" else frozenset()
    if lost:
        click.echo(f"csv has no column for {', '.join(sorted(lost))}: left out (JSON has all)", err=True)
    if file == "-":
        click.echo(text, nl=False)
    else:
        place = Path(file)
        staged = place.with_name(f".{place.name}.part")
        staged.write_text(text, encoding="utf-8", newline="")
        staged.replace(place)
    click.echo(f"{index}: {counted(len(entries), kind)} written", err=True)
    return DONE


def import_entries(env: str, kind: Kind, index: str, file: str, *, replace: bool, check: bool, force: bool) -> int:
    """Read, compare, judge, store, wait. Raises: InputError, NotRunning."""
    try:
        entries = read_entries(_text_of(file), kind, format_of(file))
    except Faulty as faulty:
        return _refused(faulty, kind)
    if not entries and not replace:
        raise InputError("FILE", repr(file), f"has no {kind}; to delete all of them, say --replace")
    target.connect(env)
    store = wiring.catalog_store()
    found = difference(_stored(store, index, kind), entries)
    click.echo(f"{index}: {counted(len(entries), kind)}: {found.told(replace=replace)}")
    if found.nothing(replace=replace):
        click.echo(f"{index}: nothing changes")
        return DONE
    verdict = judged_change(store, index, entries_put(kind, entries, replaces=replace))
    click.echo(f"{index}: {verdict}")
    if not verdict.allowed and not force:
        click.echo("refused: it ranks worse; --force publishes it all the same", err=True)
        return NOT_DONE
    if check:
        click.echo(f"{index}: --check: nothing was changed")
        return DONE
    task = store.put_entries(index, kind, entries, replace=replace)
    if not published(lambda: store.is_published(index, task), seconds=WAIT_SECONDS):
        click.echo(f"{index}: stored, not published after {WAIT_SECONDS:.0f} s: see `tradewind status`", err=True)
        return WAITING
    click.echo(f"{index}: published")
    return DONE


def difference(before: Sequence[Entry], given: Sequence[Entry]) -> Difference:
    """Return how entries of a file differ from those that are stored, by their objectID."""
    known: Mapping[str, Any] = {str(entry["objectID"]): entry for entry in before}
    there = [entry for entry in given if entry["objectID"] in known]
    alike = sum(known[entry["objectID"]] == entry for entry in there)
    return Difference(len(given) - len(there), len(there) - alike, alike, len(known) - len(there))


def _stored(store: "CatalogStore", index: str, kind: Kind) -> Sequence[Entry]:
    try:
        return store.entries(index, kind)
    except UnknownIndex:
        raise InputError("INDEX", repr(index), "there is no such index; `tradewind status` names them") from None


def _text_of(file: str) -> str:
    """Return the text of a file or of stdin, UTF-8 or UTF-16 with a mark. Raises: InputError."""
    with click.open_file(file, "rb") as opened:
        content: bytes = opened.read()
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("FILE", repr(file), f"is no UTF-8 text ({error}): save it as UTF-8") from error


def _refused(faulty: Faulty, kind: Kind) -> int:
    for fault in faulty.faults[:_TOLD]:
        click.echo(f"error: {fault}", err=True)
    more = len(faulty.faults) - _TOLD
    if more > 0:
        click.echo(f"... and {more:,} more", err=True)
    click.echo(f"nothing was imported: {counted(len(faulty.faults), 'error')} in the {kind}s", err=True)
    return NOT_DONE
