"""How many processes of one function work at once.

ministack 1.5.33 starts one more process for every call that finds none free: a burst of a hundred requests is a hundred
interpreters on a laptop's few cores. Here calls wait for a free one. Who has waited long gets one more all the same:
those at work may be waiting for him.
"""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

AT_ONCE = min(8, max(2, os.cpu_count() or 2))
_PATIENCE = 10.0  # seconds
_LOOK_AGAIN = 1.0  # seconds: a process that has failed is dropped without a word

Acquire = Callable[..., tuple[Any, str]]


class _Turns:
    """The calls that wait, by function."""

    def __init__(self, acquire: Acquire, release: Callable[[Any], None]) -> None:
        self._acquire = acquire
        self._release = release
        self._waiting: dict[str, threading.Condition] = {}

    def acquire(self, name: str, config: dict[str, Any], code: bytes, qualifier: str = "$LATEST") -> tuple[Any, str]:
        """Return a process for one call, and how it was come by."""
        until = time.monotonic() + _PATIENCE
        turn = self._turn(name, config, qualifier)
        with turn:
            while (left := until - time.monotonic()) > 0:
                worker, how = self._acquire(name, config, code, qualifier=qualifier, max_concurrency=AT_ONCE)
                if worker is not None:
                    return worker, how
                turn.wait(min(left, _LOOK_AGAIN))
        return self._acquire(name, config, code, qualifier=qualifier)

    def release(self, worker: Any) -> None:
        self._release(worker)
        if worker is not None:
            turn = self._turn(worker.func_name, worker.config, worker.config.get("Version", "$LATEST"))
            with turn:
                turn.notify()

    def _turn(self, name: str, config: dict[str, Any], qualifier: str) -> threading.Condition:
        return self._waiting.setdefault(lambda_runtime._worker_key(name, config, qualifier), threading.Condition())


def install() -> None:
    """Let calls wait for their turn."""
    turns = _Turns(lambda_svc.acquire_worker, lambda_svc.release_worker)
    lambda_svc.acquire_worker = turns.acquire
    lambda_svc.release_worker = turns.release
