"""A way of events for each test."""

from collections.abc import Iterator

import pytest

from tests.event_cloud import EventCloud, event_cloud
from tests.sales_cloud import aws_environment


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[EventCloud]:
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    with event_cloud() as made:
        yield made
