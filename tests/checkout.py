"""The commands of this checkout against a local cloud of the tests' own: `make up`, `tradewind`, a kill -9."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local import process
from local.environments import ROOT
from local.free_ports import free_ports
from tests.missing import missing
from tradewind.config import LocalPorts


@dataclass(frozen=True, slots=True)
class Checkout:
    """The commands of this checkout with a home and ports of their own."""

    environment: dict[str, str]
    home: Path

    @property
    def ports(self) -> LocalPorts:
        cloud, api = (int(self.environment[f"TRADEWIND_{name}_PORT"]) for name in ("CLOUD", "API"))
        return LocalPorts(cloud=cloud, api=api)

    def up(self, **settings: str) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, "-m", "local.up"], settings)

    def down(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, "-m", "local.down", *arguments], {})

    def tradewind(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = "from tradewind.cli.main import main; main()"
        return self._run([sys.executable, "-c", program, *arguments], {})

    def status(self) -> dict[str, object]:
        told = self.tradewind("status", "--json")
        assert told.stdout, told.stderr
        return dict(json.loads(told.stdout))

    def pid(self) -> int:
        return int(json.loads((self.home / "cloud.json").read_text())["pid"])

    def kill(self) -> None:
        """End the cloud as a power cut does."""
        os.kill(self.pid(), signal.SIGKILL)

    def start(self) -> None:
        """Start the cloud again, without looking whether something is to be deployed."""
        process.start(self.home, self.ports)

    def _run(self, command: list[str], settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, **settings}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def new_checkout(home: Path) -> Checkout:
    """Return the commands for a cloud in `home` on free ports; nothing runs yet. Skips where CDK is not installed."""
    if not (ROOT / "node_modules" / ".bin" / "cdk").exists():
        missing("the CDK command is not there: build it with `make setup`")
    cloud_port, api_port = free_ports(2)
    ports = {"TRADEWIND_CLOUD_PORT": str(cloud_port), "TRADEWIND_API_PORT": str(api_port)}
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TRADEWIND_"))}
    return Checkout({**own, **ports, "TRADEWIND_HOME": str(home), "DEMO": "", "SALES": ""}, home)
