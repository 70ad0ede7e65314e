"""One deployed shop for all tests of this folder that a process runs: to deploy takes about a minute."""

from collections.abc import Iterator

import pytest

from local import process
from tests.checkout import new_checkout
from tests.events_end_to_end.shop import Shop
from tests.missing import missing


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop without demo data; tests may kill its cloud if they start it again."""
    if not process.INTERPRETER.exists():
        missing(f"{process.INTERPRETER} is not there: build it with `make setup`")
    checkout = new_checkout(tmp_path_factory.mktemp("shop") / "home")
    try:
        up = checkout.up(DEMO="0")
        assert up.returncode == 0, up.stdout + up.stderr
        told = checkout.status()
        yield Shop(checkout, str(told["api_url"]), str(told["write_key"]))
    finally:
        process.stop(checkout.home)
