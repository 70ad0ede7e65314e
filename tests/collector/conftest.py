from collections.abc import Iterator

import pytest

from tests.collector_cloud import CollectorCloud, collector_cloud


@pytest.fixture
def shop() -> Iterator[CollectorCloud]:
    with collector_cloud() as cloud:
        yield cloud
