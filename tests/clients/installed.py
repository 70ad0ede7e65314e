"""The clients as they come from their registries: installed on first use, run as processes of their own."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.missing import missing

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
_NODE_MODULES = HERE / "node_modules"
_INSTALLED = _NODE_MODULES / ".installed-lock"  # a copy of the lock file that was installed last
_SECONDS = 120

PYTHON_CLIENTS = {"segment-python": "segment.analytics", "rudder-python": "rudderstack.analytics"}
NODE_CLIENTS = {"segment-node": "segment_node.mjs", "rudder-node": "rudder_node.mjs"}
VERSIONS = {
    "segment-python": "segment-analytics-python",
    "rudder-python": "rudder-sdk-python",
    "segment-node": "@segment/analytics-node",
    "rudder-node": "@rudderstack/rudder-sdk-node",
    "segment-browser": "@segment/analytics-next",
    "rudder-browser": "@rudderstack/analytics-js",
}


def need_node() -> None:
    """Install the pinned Node packages, or skip the test with the reason."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("node and npm are not there: install Node 20 or newer")
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "clients.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (HERE / "package-lock.json").read_text()
        if _INSTALLED.exists() and _INSTALLED.read_text() == wanted:
            return
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
        if done.returncode:
            missing(f"npm ci in tests/clients failed: {done.stderr.strip()[-300:]}")
        _INSTALLED.write_text(wanted)


def need_chromium() -> str:
    """Return the path of Chromium (TRADEWIND_CHROMIUM, else the one on the path), or skip the test with the reason."""
    names = [os.environ.get("TRADEWIND_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        missing("chromium is not there: sudo apt-get install chromium, or set TRADEWIND_CHROMIUM to it")
    return found


def play(client: str, job: Mapping[str, Any]) -> dict[str, Any]:
    """Let a client play a job {origin, writeKey, calls, options} and return what it says: {"failed": [...]}."""
    if client in PYTHON_CLIENTS:
        return run([sys.executable, str(HERE / "python_client.py"), PYTHON_CLIENTS[client]], job)
    need_node()
    return run(["node", str(HERE / NODE_CLIENTS[client])], job)


def run(command: list[str], job: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a script of this folder prints for a job."""
    done = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, cwd=HERE, timeout=_SECONDS, check=False
    )
    if done.returncode:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def version_of(client: str) -> str:
    """Return the installed version of a client's package."""
    if client in PYTHON_CLIENTS:
        from importlib.metadata import version

        return version(VERSIONS[client])
    package = _NODE_MODULES / VERSIONS[client] / "package.json"
    return str(json.loads(package.read_text())["version"])
