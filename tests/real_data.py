"""Where tests find real data and real engines that are not part of the project."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

from tests.missing import missing

ROOT = Path(__file__).resolve().parent.parent


def shared_folder() -> Path:
    """Return the folder of real data and engines: TRADEWIND_SHARED, by default `shared` beside the checkout."""
    return Path(os.environ.get("TRADEWIND_SHARED", ROOT.parent / "shared"))


def shared_path(name: str) -> Path:
    """Return `name` under the shared folder; without it the test is `not_shared`."""
    path = shared_folder() / name
    if not path.exists():
        not_shared(f"{name} is not in {shared_folder()}; set TRADEWIND_SHARED to the folder that has it")
    return path


def not_shared(reason: str) -> NoReturn:
    """Skip the test for want of data or an engine; where CI=true and the shared folder is there, fail it."""
    if shared_folder().is_dir():
        missing(reason)
    pytest.skip(reason)
