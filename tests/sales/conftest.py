"""The sales path of one test."""

from collections.abc import Iterator

import pytest

from tests.sales_cloud import SalesCloud, aws_environment, sales_cloud


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> Iterator[SalesCloud]:
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    with sales_cloud() as cloud:
        yield cloud
