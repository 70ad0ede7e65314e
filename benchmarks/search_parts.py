"""Where the time of an answer goes: its steps as `answer` takes them, by CPU time of the thread."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from time import thread_time
from typing import Any, TypeVar

import numpy as np

from benchmarks.measure import Figure, figure
from benchmarks.search_catalogue import DEFINITION
from tradewind.search.answering import window_of
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex
from tradewind.search.request import SearchRequest
from tradewind.search.showing import Display
from tradewind.search.understanding.understand import understand

_Made = TypeVar("_Made")


class _Timed:
    """An encoder that tells how long its last query took."""

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder, self.name, self.seconds = encoder, encoder.name, 0.0

    def encode(self, text: str) -> Any:
        made, self.seconds = _timed(lambda: self._encoder.encode(text))
        return made

    def encode_many(self, texts: Sequence[str]) -> Any:
        return self._encoder.encode_many(texts)


def parts_figures(
    index: CatalogIndex, encoder: TextEncoder, requests: Sequence[SearchRequest], *, now: datetime
) -> list[Figure]:
    """Return the median of each step over the requests."""
    taken: dict[str, list[float]] = {}
    for request in requests:
        for step, seconds in _steps(index, _Timed(encoder), request, now).items():
            taken.setdefault(step, []).append(seconds * 1000)
    how = "of the hybrid answers above, one turn"
    return [
        figure(f"  {step}, p50, CPU", ours=float(np.median(each)), unit="ms", how=how) for step, each in taken.items()
    ]


def _steps(index: CatalogIndex, encoder: _Timed, request: SearchRequest, now: datetime) -> dict[str, float]:
    """Return the CPU seconds of each step of one answer."""
    (plan, _, request), reading = _timed(
        lambda: understand(request, index=index, definition=DEFINITION, encoder=encoder, now=now)
    )
    window = window_of(request, DEFINITION.settings)
    outcome, searching = _timed(lambda: index.search(replace(plan, offset=window.offset, length=window.length)))

    def show() -> object:
        display = Display(plan, request, DEFINITION.settings)
        return [display.show(hit) for hit in outcome.hits]

    _, showing = _timed(show)
    return {
        "understanding": reading - encoder.seconds,
        "encoding": encoder.seconds,
        "searching with facets": searching,
        "showing": showing,
    }


def _timed(work: Callable[[], _Made]) -> tuple[_Made, float]:
    start = thread_time()
    made = work()
    return made, thread_time() - start
