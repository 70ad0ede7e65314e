"""A local cloud of the tests' own: free ports, a folder of its own, clients, and the ways to end it."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.client import BaseClient
from botocore.config import Config as ClientConfig

from local import process
from local.free_ports import free_ports as free_ports_of_loopback
from tradewind.config import LocalPorts

Found = TypeVar("Found")

_ONE_ANSWER = ClientConfig(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60)


class RunningCloud:
    """A server process and its folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports = free_ports()
        self.pid = 0

    def start(self) -> None:
        self.pid = process.start(self.home, self.ports)

    def stop(self) -> None:
        process.stop(self.home)

    def kill(self) -> None:
        """Kill the server as nobody should."""
        os.kill(self.pid, signal.SIGKILL)
        eventually(lambda: process.status(self.home).pid is None)

    def client(self, service: str, **credentials: str) -> Any:
        """Return a client that asks once: what it is answered is what counts. By default it is the account itself."""
        keys = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "local", **credentials}
        client: BaseClient = boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=f"http://127.0.0.1:{self.ports.cloud}",
            region_name="us-east-1",
            config=_ONE_ANSWER,
            **keys,
        )
        return client


def free_ports() -> LocalPorts:
    """Return two ports that nobody listens on."""
    cloud, api = free_ports_of_loopback(2)
    return LocalPorts(cloud=cloud, api=api)


def eventually(look: Callable[[], Found], *, seconds: float = 60) -> Found:
    """Return the first true thing that `look` finds; after `seconds` what it found last."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)
