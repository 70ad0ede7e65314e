"""Ports for a cloud beside others: of tests and of benchmarks."""

import random
import socket


def free_ports(count: int) -> list[int]:
    """Return `count` loopback ports that nobody listens on.

    Below 32768, because the system hands those above to outgoing connections at any moment.
    """
    free: list[int] = []
    while len(free) < count:
        port = random.randrange(20_000, 32_000)  # noqa: S311
        with socket.socket() as probe:
            if port not in free and probe.connect_ex(("127.0.0.1", port)) != 0:
                free.append(port)
    return free
