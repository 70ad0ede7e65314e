"""The local cloud: `python -m local.server --home DIR --cloud-port N --api-port N`, from the repository's root.

Listens on the loopback alone. `local.process` starts and stops it.
"""

import argparse
import asyncio
import importlib.util
import logging
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from local import ministack_settings
from local.durability.mending import mend
from local.home import Home
from local.process import check_ports
from tradewind.config import LocalPorts, config_for
from tradewind.errors import InputError

# Parts that answer services of their own; each has install(home: Path) and registers through local.services.
# TRADEWIND_CLOUD_PARTS names others, or none, for trials of the server alone.
_PARTS = "local.athena local.glue_jobs local.crawler"

logger = logging.getLogger("tradewind.server")


def main() -> None:
    """Serve until SIGTERM or SIGINT; then save the state and go."""
    home, ports = _arguments()
    try:
        check_ports(ports)
        home.make()
    except InputError as error:
        sys.exit(f"error: {error}")
    mend(home.objects)
    for folder in (home.temporary, home.spool):
        shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
    ministack_settings.apply(home, cloud_port=ports.cloud)
    logging.basicConfig(level=os.environ["LOG_LEVEL"], format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(_serve(home, ports))


async def _serve(home: Home, ports: LocalPorts) -> None:
    # Imported late: ministack reads its settings while it is imported, and loads the objects of S3.
    from local.durability.store import Store

    store = Store(home)
    from hypercorn.asyncio import serve
    from hypercorn.config import Config as ServerConfig

    from local import function_waits, function_workers, http_events, layer_folders, resource_types, whole_answers
    from local.gateway import Gateway
    from local.listener import Listener

    whole_answers.install()
    function_waits.install()
    function_workers.install()
    layer_folders.install(home.layers)
    http_events.install()
    resource_types.install()
    at_ready = _install_parts(home.root)

    def status() -> dict[str, Any]:
        placeholders = sorted(placeholder.type for placeholder in resource_types.PLACEHOLDERS)
        return {
            "pid": os.getpid(),
            "version": version("ministack"),
            "placeholders": placeholders,
            **store.status(),
        }

    gateway = Gateway(status=status, snapshot=store.snapshot, commit=store.commit)
    listener = Listener()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)

    def server_config(port: int) -> ServerConfig:
        config = ServerConfig()
        config.bind = [f"127.0.0.1:{port}"]
        config.loglevel = "WARNING"
        config.keep_alive_timeout = 75
        config.graceful_timeout = 3
        return config

    async def open_when_restored() -> None:
        await gateway.started.wait()
        await store.restore()
        for start in at_ready:
            await start()
        gateway.ready = listener.ready = True
        store.start_consumers()

    cloud = asyncio.create_task(serve(gateway, server_config(ports.cloud), shutdown_trigger=stopping.wait))
    api = asyncio.create_task(serve(listener, server_config(ports.api), shutdown_trigger=stopping.wait))
    opening = asyncio.create_task(open_when_restored())
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait({cloud, api, opening}, return_when=asyncio.FIRST_COMPLETED)
    if opening.done() and opening.exception() is None:
        await asyncio.wait({cloud, api, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    gateway.ready = listener.ready = False
    if opening.done() and opening.exception() is None:
        await store.close()
    await asyncio.gather(cloud, api, opening)


def _install_parts(home: Path) -> list[Callable[[], Awaitable[None]]]:
    """Install the parts that are there; return what they want started once the state is restored."""
    starts = []
    for name in os.environ.get("TRADEWIND_CLOUD_PARTS", _PARTS).split():
        if importlib.util.find_spec(name) is not None:
            start = importlib.import_module(name).install(home)
            if start is not None:
                starts.append(start)
    return starts


def _arguments() -> tuple[Home, LocalPorts]:
    defaults = config_for("local", os.environ).ports
    parser = argparse.ArgumentParser(prog="python -m local.server", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("TRADEWIND_HOME", ".tradewind")))
    parser.add_argument("--cloud-port", type=int, default=defaults.cloud)
    parser.add_argument("--api-port", type=int, default=defaults.api)
    given = parser.parse_args()
    return Home(given.home.absolute()), LocalPorts(cloud=given.cloud_port, api=given.api_port)


if __name__ == "__main__":
    main()
