"""The local cloud that the tests share, and clouds of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import process
from tests.local.running_cloud import RunningCloud
from tests.missing import missing


@pytest.fixture(scope="session")
def cloud_environment() -> None:
    """Skip where the local cloud's environment is not built; in CI it must be."""
    if not process.INTERPRETER.exists():
        missing(f"{process.INTERPRETER} is not there: build it with `make setup`")


@pytest.fixture(scope="session")
def cloud(cloud_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A running cloud for tests that leave nothing behind which others mind."""
    running = RunningCloud(tmp_path_factory.mktemp("cloud") / "home")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def own_cloud(cloud_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCloud]:
    """A cloud that a test may kill, without the parts beside ministack; it is not started yet."""
    monkeypatch.setenv("TRADEWIND_CLOUD_PARTS", "")
    running = RunningCloud(tmp_path / "home")
    yield running
    running.stop()
