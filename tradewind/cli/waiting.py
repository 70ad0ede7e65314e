"""Waiting for what was asked of the sales queue."""

import time
from collections.abc import Sequence

from tradewind.cli import steps
from tradewind.sales.loads import Load
from tradewind.sales.stores import SalesStores
from tradewind.sales.upkeep import Asked, is_settled

_POLL_SECONDS = 0.2
# A load that waited before it was asked for again may be about to begin; one that says so for longer does wait.
_WAITING_POLLS = 25


def pause() -> None:
    """Let some time pass before looking again."""
    time.sleep(_POLL_SECONDS)


def settle(stores: SalesStores, asked: Sequence[Asked], title: str) -> list[Load]:
    """Return the records of the loads once all that was asked is done, well or badly; removed loads are not in it."""
    ended: list[Load] = []
    with steps.spinner(title) as say:
        for number, one in enumerate(asked, start=1):
            say(title if len(asked) == 1 else f"{title}: {number} of {len(asked)}, {one.load}")
            load = _settled(stores, one)
            ended += [load] if load is not None else []
    return ended


def _settled(stores: SalesStores, asked: Asked) -> Load | None:
    waiting_polls = 0
    while not is_settled(load := stores.loads.get(asked.load), asked):
        waiting_polls = waiting_polls + 1 if load is not None and load.state == "waiting" else 0
        if waiting_polls > _WAITING_POLLS:
            break
        pause()
    return load
