"""What `tradewind settings` does, step by step."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tradewind.aws import wiring
from tradewind.catalog.definition_changes import DefinitionChange, settings_changed
from tradewind.catalog.editing import UnknownIndex
from tradewind.catalog.raw_definition import changed
from tradewind.catalog.settings import parse_settings
from tradewind.cli import steps, target, waiting
from tradewind.cli.exit_status import DONE, NOT_DONE, WAITING
from tradewind.errors import InputError
from tradewind.search.index import IndexUnavailable

if TYPE_CHECKING:
    from tradewind.aws.catalog_store import CatalogStore
    from tradewind.evaluation.gate import Verdict
    from tradewind.evaluation.guarding import NotCompared

WAIT_SECONDS = 120.0
_NOTHING = "not set"


def stored_settings(env: str, name: str) -> Mapping[str, Any]:
    """Return the settings of an index as they were set. Raises: NotRunning, InputError for an unknown index."""
    target.connect(env)
    return _settings(wiring.catalog_store(), name)


def change_settings(env: str, name: str, text: str, *, force: bool, dry_run: bool) -> int:
    """Show what changes, compare, store, wait. Raises: InputError, NotRunning."""
    changes = parsed(text)
    target.connect(env)
    store = wiring.catalog_store()
    before = _settings(store, name)
    told = list(differences(before, changed(before, changes)))
    for line in told:
        click.echo(line)
    if not told:
        click.echo(f"{name}: nothing changes")
        return DONE
    found = judged_change(store, name, settings_changed(changes))
    click.echo(f"{name}: {found}")
    if not found.allowed and not force:
        click.echo("refused: it ranks worse; --force publishes it all the same", err=True)
        return NOT_DONE
    if dry_run:
        click.echo(f"{name}: --dry-run: nothing was changed")
        return DONE
    task = store.set_settings(name, changes)
    if not published(lambda: store.is_published(name, task), seconds=WAIT_SECONDS):
        click.echo(f"{name}: stored, not published after {WAIT_SECONDS:.0f} s: see `tradewind status`", err=True)
        return WAITING
    click.echo(f"{name}: published")
    return DONE


def parsed(text: str) -> Mapping[str, Any]:
    """Return the settings of a JSON text. Raises: InputError naming what is wrong."""
    try:
        changes = json.loads(text)
    except ValueError as error:
        raise InputError("settings", repr(text[:40]), f"is no JSON: {error}") from error
    if not isinstance(changes, dict):
        raise InputError("settings", repr(text[:40]), 'give an object, like {"hitsPerPage": 24}')
    parse_settings({key: value for key, value in changes.items() if value is not None})
    return changes


def lines(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line a setting, those of ours by their paths: tradewind.weights.rrf_k 30."""
    flat = _flat(settings)
    width = max(map(len, flat), default=0)
    for name in sorted(flat):
        yield f"{name:<{width}}  {flat[name]}"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line a setting that changes: hitsPerPage: 20 -> 24."""
    old, new = _flat(before), _flat(after)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"{name}: {old.get(name, _NOTHING)} -> {new.get(name, _NOTHING)}"


def published(is_done: Callable[[], bool], *, seconds: float) -> bool:
    """Return whether a task was done within `seconds`."""
    until = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() >= until:
            return False
        waiting.pause()
    return True


def judged_change(store: "CatalogStore", name: str, change: DefinitionChange) -> "Verdict | NotCompared":
    """Return what the publish gate finds. Raises: InputError where the index cannot be read."""
    from tradewind.aws import catalog_wiring
    from tradewind.evaluation.guarding import NotCompared, judge_definition

    judged = wiring.judgement_store().guarding(name)
    if judged is None:
        return NotCompared("no judgements are stored for it (`tradewind evaluate judgements`)", allowed=True)
    try:
        with steps.spinner(f"asking {len(judged.gains):,} judged queries, with and without the change"):
            return judge_definition(
                name,
                change,
                judged,
                catalog=store,
                indexes=wiring.index_reader(),
                encoder=catalog_wiring.text_encoder(),
                now=datetime.now(UTC),
            )
    except IndexUnavailable as error:
        raise InputError("--index", repr(name), f"it cannot be read now ({error}); try again in a moment") from error


def _settings(store: "CatalogStore", name: str) -> Mapping[str, Any]:
    try:
        return store.settings(name)
    except UnknownIndex:
        raise InputError("--index", repr(name), "there is no such index; `tradewind status` names them") from None


def _flat(settings: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Return path -> JSON; only ours have a path of several names."""
    found: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, dict) and value and (above or name == "tradewind"):
            found |= _flat(value, f"{above}{name}.")
        else:
            found[above + name] = json.dumps(value, ensure_ascii=False)
    return found
