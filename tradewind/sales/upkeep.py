"""Asking for loads to be rebuilt, retried or removed, and what did not work."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from tradewind.errors import InputError
from tradewind.sales import messages
from tradewind.sales.loads import Load
from tradewind.sales.stores import SalesStores


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that was sent; it is settled once the load's record says so (`is_settled`)."""

    load: str
    message_id: str


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A message that was given up, and the load that it is about (None: not about a load)."""

    load: str | None
    message_id: str
    body: str


@dataclass(frozen=True, slots=True)
class Retried:
    """What was asked for again."""

    loads: list[Asked]
    messages: int


def is_settled(load: Load | None, asked: Asked) -> bool:
    """Return whether what was asked for is done, well or badly; a load that is gone needs nothing more."""
    return load is None or load.answered == asked.message_id


def rebuild(stores: SalesStores, names: Iterable[str] | None = None) -> list[Asked]:
    """Ask for the live version of loads (default: of all that have one) to be made again from raw.

    Raises: InputError for a name that is not a load.
    """
    known = {load.name: load for load in stores.loads.list()}
    if names is None:
        names = [name for name, load in known.items() if load.live_upload_id is not None]
    return [_ask(stores, "rebuild", name, known) for name in names]


def remove(stores: SalesStores, name: str) -> Asked:
    """Ask for a load to be taken out of clean/ and quarantine/; its raw files stay."""
    return _ask(stores, "remove", name, {load.name: load for load in stores.loads.list()})


def remove_demo(stores: SalesStores) -> list[Asked]:
    """Ask for the demo's loads to be removed, once real sales can be queried that were not told to stand beside them.

    Called after each load that becomes clean, however it came; what was asked for twice is done once.
    """
    loads = stores.loads.list()
    real = [load for load in loads if load.live_upload_id is not None and not load.demo]
    if not real or any(load.keep_demo for load in real):
        return []
    return [Asked(load.name, stores.queue.command("remove", load.name)) for load in loads if load.demo]


def retry_failed(stores: SalesStores) -> Retried:
    """Ask again for loads that failed or wait, and send the dead letters again."""
    letters = stores.queue.dead_letters()
    for letter in letters:
        stores.queue.redrive(letter)
    redriven = {_load_of(letter.body) for letter in letters}
    again = [
        load.name for load in stores.loads.list() if load.state in ("failed", "waiting") and load.name not in redriven
    ]
    return Retried([Asked(name, stores.queue.command("retry", name)) for name in again], len(letters))


def dead_letters(stores: SalesStores) -> list[DeadMessage]:
    """Return the messages that were tried as often as the queue allows."""
    return [
        DeadMessage(_load_of(letter.body), letter.message_id, letter.body) for letter in stores.queue.dead_letters()
    ]


def _ask(stores: SalesStores, command: str, name: str, known: dict[str, Load]) -> Asked:
    if name not in known:
        loads = ", ".join(repr(load) for load in known) or "none"
        raise InputError(f"load {name!r}", "does not exist", f"give one of: {loads}")
    return Asked(name, stores.queue.command(command, name))


def _load_of(body: str) -> str | None:
    try:
        request = messages.parse(body)
    except (json.JSONDecodeError, KeyError, TypeError):
        return None
    return request.load if request else None
