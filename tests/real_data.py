"""Where tests find real data and real engines that are not part of the project."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_folder() -> Path:
    """Return the folder of real data and engines: TRADEWIND_SHARED, by default `shared` beside the checkout."""
    return Path(os.environ.get("TRADEWIND_SHARED", ROOT.parent / "shared"))


def shared_path(name: str) -> Path:
    """Return `name` under the shared folder, or skip the test with the reason.

    Where CI=true and the folder is there, a missing file fails the test: a skip would hide that nothing was tested.
    """
    path = shared_folder() / name
    if path.exists():
        return path
    reason = f"{name} is not in {shared_folder()}; set TRADEWIND_SHARED to the folder that has it"
    if os.environ.get("CI") == "true" and shared_folder().is_dir():
        pytest.fail(reason)
    pytest.skip(reason)
