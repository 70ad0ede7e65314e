"""Start, stop and reset the local cloud as a process of its own. Standard library only: every environment may ask."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.home import Home
from tradewind.config import LocalPorts
from tradewind.deployment import LOCAL_ACCOUNT, LOCAL_REGION
from tradewind.errors import InputError, NotRunning

REPOSITORY = Path(__file__).resolve().parent.parent
INTERPRETER = REPOSITORY / ".venvs" / "local" / "bin" / "python"

_START_SECONDS = 60  # a start replays the journal; 2 s is usual
_STOP_SECONDS = 30
_PORT_SECONDS = 3  # a killed server counts as gone before the system has closed its sockets; 0.6 s seen
# The name that the port has in the settings, for the message of a taken one.
_SETTINGS = {"api": "TRADEWIND_API_PORT", "cloud": "TRADEWIND_CLOUD_PORT"}

# Servers that this process has started: it outlives few of them, and only it can see them end.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class CloudStatus:
    """What is known of the cloud of a home; `server` is what it says of itself, None while it is stopped."""

    home: Path
    pid: int | None
    ports: LocalPorts | None
    server: Mapping[str, Any] | None

    @property
    def ready(self) -> bool:
        return self.server is not None and bool(self.server.get("ready"))


def start(home: Path, ports: LocalPorts | None = None, *, interpreter: Path = INTERPRETER) -> int:
    """Return the pid of the cloud of `home` once it answers; a cloud that runs already is left as it is.

    Raises: InputError for a taken port or a missing environment; NotRunning when the server gives up.
    """
    ports = ports or LocalPorts()
    found = status(home)
    if found.ready and found.pid is not None:
        if found.ports != ports:
            wanted = f"{ports.cloud} and {ports.api}"
            raise InputError("ports", wanted, f"the cloud of {home} runs on others: `make down` first")
        return found.pid
    stop(home)
    _wait_for_ports(ports)
    if not interpreter.exists():
        raise InputError("environment", str(interpreter), "build it with `make setup`")
    place = Home(home.absolute())
    place.make()
    pid = _spawn(place, ports, interpreter)
    _wait_until_ready(place, pid, ports)
    return pid


def stop(home: Path) -> bool:
    """Stop the cloud of `home` after it has saved its state; False where none ran. Leaves no process behind."""
    place = Home(home.absolute())
    pid = _running_pid(place)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        if not _gone_within(pid, _STOP_SECONDS):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            _gone_within(pid, _STOP_SECONDS)
    _end_orphans(place)
    return pid is not None


def reset(home: Path) -> None:
    """Stop the cloud and delete its folder.

    Raises: InputError for a folder that does not carry our mark.
    """
    place = Home(home.absolute())
    if not place.root.exists():
        return
    if not place.marker.exists():
        raise InputError(
            "TRADEWIND_HOME", str(home), f"not deleted, it has no {place.marker.name}: is it the right one?"
        )
    stop(home)
    shutil.rmtree(place.root)


def status(home: Path) -> CloudStatus:
    """Return what runs for `home`."""
    place = Home(home.absolute())
    ports = _ports(place)
    pid = _running_pid(place)
    return CloudStatus(
        home=place.root,
        pid=pid,
        ports=ports,
        server=_ask(ports.cloud, "GET", "/_tradewind/status") if ports and pid else None,
    )


def snapshot(home: Path) -> None:
    """Save the whole state now, so that the next start has nothing to replay.

    Raises: NotRunning where no cloud answers.
    """
    ports = _ports(Home(home.absolute()))
    if ports is None or _ask(ports.cloud, "POST", "/_tradewind/snapshot") is None:
        raise NotRunning(f"the local cloud of {home} does not answer: start it with `make up`")


def client_environment(home: Path) -> dict[str, str]:
    """Return the environment by which AWS tools (CDK, CLI, SDKs) reach the cloud of `home`.

    Raises: NotRunning where the home has never been started.
    """
    ports = _ports(Home(home.absolute()))
    if ports is None:
        raise NotRunning(f"there is no local cloud in {home}: start one with `make up`")
    return environment_for(ports)


def environment_for(ports: LocalPorts) -> dict[str, str]:
    """Return the environment by which AWS tools reach a cloud on `ports`; the key is the account's own number."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports.cloud}",
        "AWS_ACCESS_KEY_ID": LOCAL_ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": LOCAL_REGION,
        "AWS_REGION": LOCAL_REGION,
    }


def check_ports(ports: LocalPorts) -> None:
    """Raise InputError for the first port that another program holds."""
    for name, port in (("api", ports.api), ("cloud", ports.cloud)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As the server binds: a port that only waits for its last packets is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                way_out = f"stop it or set {_SETTINGS[name]}"
                raise InputError("port", f"{port} ({name}) is taken by another program", way_out) from error


def _wait_for_ports(ports: LocalPorts) -> None:
    """Return once the ports are free. Raises: InputError for one that stays taken."""
    deadline = time.monotonic() + _PORT_SECONDS
    while True:
        try:
            return check_ports(ports)
        except InputError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def _spawn(place: Home, ports: LocalPorts, interpreter: Path) -> int:
    command = [str(interpreter), "-m", "local.server", "--home", str(place.root)]
    command += ["--cloud-port", str(ports.cloud), "--api-port", str(ports.api)]
    with place.log.open("ab") as log:
        server = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its functions share its process group, so that none outlives a kill -9
        )
    _children[server.pid] = server
    facts = {"pid": server.pid, "cloud_port": ports.cloud, "api_port": ports.api}
    facts_text = json.dumps({**facts, "account": LOCAL_ACCOUNT, "region": LOCAL_REGION})
    staged = place.facts.with_suffix(".tmp")
    staged.write_text(facts_text)
    staged.replace(place.facts)
    return server.pid


def _wait_until_ready(place: Home, pid: int, ports: LocalPorts) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        answer = _ask(ports.cloud, "GET", "/_tradewind/status")
        if answer and answer.get("ready") and answer.get("pid") == pid:
            return
        if not _alive(pid):
            break
        time.sleep(0.05)
    stop(place.root)
    raise NotRunning(f"the local cloud did not start; {place.log} says why: {_last_line(place.log)}")


def _ask(port: int, method: str, path: str) -> dict[str, Any] | None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as response:
            return dict(json.load(response))
    except (OSError, ValueError):
        return None


def _ports(place: Home) -> LocalPorts | None:
    facts = place.read_facts()
    if "cloud_port" not in facts or "api_port" not in facts:
        return None
    return LocalPorts(cloud=int(facts["cloud_port"]), api=int(facts["api_port"]))


def _running_pid(place: Home) -> int | None:
    """Return the pid that cloud.json names if that process is really this home's server."""
    pid = int(place.read_facts().get("pid", 0))
    if pid and _alive(pid) and f"local.server --home {place.root}" in _command_lines().get(pid, ("", 0))[0]:
        return pid
    return None


def _end_orphans(place: Home) -> None:
    """Kill what a killed server left running: its functions would go on beside those of the next one."""
    group = int(place.read_facts().get("pid", 0))
    if not group:
        return
    for pid, (command, process_group) in _command_lines().items():
        # The number of the group may be another's after a reboot: ours name our folder.
        if process_group == group and str(place.root) in command:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            _gone_within(pid, _STOP_SECONDS)


def _command_lines() -> dict[int, tuple[str, int]]:
    """Return (command line, process group) of every living process."""
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,pgid=,stat=,command="], capture_output=True, text=True, check=True
    )
    processes = {}
    for line in listing.stdout.splitlines():
        pid, group, state, command = (line.split(None, 3) + [""] * 4)[:4]
        if not state.startswith("Z"):
            processes[int(pid)] = (command, int(group))
    return processes


def _alive(pid: int) -> bool:
    if pid in _children:
        return _children[pid].poll() is None  # our own child stays a zombie until it is waited for
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _alive(pid):
            return True
        time.sleep(0.02)
    return not _alive(pid)


def _last_line(path: Path) -> str:
    """Return the last line of a log: of a trace, what went wrong."""
    try:
        return [line for line in path.read_text(errors="replace").splitlines() if line.strip()][-1]
    except (FileNotFoundError, IndexError):
        return "(the log is empty)"
