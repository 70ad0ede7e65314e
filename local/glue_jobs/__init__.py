"""Glue job runs of the local cloud: the job's script in a process of its own, with Spark 3.5 on Python 3.11."""

from collections.abc import Awaitable, Callable
from pathlib import Path


def install(home: Path) -> Callable[[], Awaitable[None]]:
    """Answer Glue's operations on runs; what is returned starts working them off, once the state is restored."""
    from local.glue_jobs.registration import register

    return register(home)
