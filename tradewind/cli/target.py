"""Which deployment a command addresses, and how its AWS clients reach it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from tradewind.config import Config, config_for
from tradewind.deployment import LOCAL_ACCOUNT, LOCAL_REGION
from tradewind.errors import NotRunning

# The checkout that the package is installed from: the command works from any directory.
PROJECT = Path(__file__).resolve().parent.parent.parent
_ANSWER_SECONDS = 5

# What would send a local command's calls to a real account.
_OF_A_REAL_ACCOUNT = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A deployment as the command sees it; `home` is the local cloud's folder, None for an account."""

    env: str
    config: Config
    home: Path | None
    cloud_url: str | None
    api_url: str | None  # None for an account: its stack knows

    def cloud_status(self) -> Mapping[str, Any] | None:
        """Return what the local cloud says of itself, None where it does not answer."""
        if self.cloud_url is None:
            return None
        # Not urlopen: a proxy of the environment must not get loopback calls.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(f"{self.cloud_url}/_tradewind/status", timeout=_ANSWER_SECONDS) as answer:
                told: dict[str, Any] = json.load(answer)
                return told
        except (URLError, OSError, ValueError):
            return None


def home_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of the local cloud's data: TRADEWIND_HOME, by default `.tradewind` in the checkout."""
    return Path(environ.get("TRADEWIND_HOME") or PROJECT / ".tradewind").expanduser().absolute()


def find_target(env: str, environ: Mapping[str, str]) -> Target:
    """Return the deployment of `env`. A local cloud that was started says itself which ports it has."""
    config = config_for(env, environ)
    if env != "local":
        return Target(env=env, config=config, home=None, cloud_url=None, api_url=None)
    home = home_folder(environ)
    started = _started_with(home)
    cloud = started.get("cloud_port", config.ports.cloud)
    api = started.get("api_port", config.ports.api)
    return Target(
        env=env,
        config=config,
        home=home,
        cloud_url=f"http://127.0.0.1:{cloud}",
        api_url=f"http://127.0.0.1:{api}",
    )


def address(target: Target) -> None:
    """Point this process's AWS clients at `target`."""
    os.environ["TRADEWIND_ENV"] = target.env
    if target.cloud_url is None:
        return
    for name in _OF_A_REAL_ACCOUNT:
        os.environ.pop(name, None)
    os.environ.update(client_environment(target.cloud_url))


def client_environment(cloud_url: str) -> dict[str, str]:
    """Return the environment variables that lead any AWS SDK to the local cloud."""
    return {
        "AWS_ENDPOINT_URL": cloud_url,
        "AWS_ACCESS_KEY_ID": LOCAL_ACCOUNT,  # the local cloud takes the account from the access key
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": LOCAL_REGION,
        "AWS_REGION": LOCAL_REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1"))),
    }


def connect(env: str) -> Target:
    """Return the deployment of `env`, with this process's AWS clients pointed at it.

    Raises: NotRunning for a stopped local cloud.
    """
    target = find_target(env, os.environ)
    address(target)
    if target.env == "local" and target.cloud_status() is None:
        raise NotRunning(f"the local cloud does not answer at {target.cloud_url}: start it with `make up`")
    return target


def _started_with(home: Path) -> dict[str, int]:
    try:
        told: dict[str, int] = json.loads((home / "cloud.json").read_text())
    except (OSError, ValueError):
        return {}
    return told
