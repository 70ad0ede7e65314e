"""Puts the stacks into the local cloud with the real CDK command, and knows when there is nothing to do."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tradewind.config import Config
from tradewind.deployment import LOCAL_ACCOUNT, LOCAL_REGION

# What the synthesized templates and their bundled code are made from.
_SOURCES = (
    "app.py",
    "cdk.json",
    "package-lock.json",
    "requirements.txt",
    "pyproject.toml",
    "stacks",
    "lambdas",
    "layers",
    "tradewind",
    "analytics",
    "glue_jobs",
)
_MARK = "deployed.json"
_TOLD_LINES = 20
# CDK says this of every asset: the local cloud's caller is the account itself and needs no role.
_NOISE = "could not be used to assume"
_WELL = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")

# What would send CDK's calls to a real account, or ask the network for news.
_NOT_FOR_CDK = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
_QUIET = {
    "CDK_DISABLE_VERSION_CHECK": "1",
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
}


class CdkFailed(Exception):
    """The CDK command ended badly; the text is the end of what it said."""


def fingerprint(root: Path, config: Config) -> str:
    """Return the SHA-256 of everything that a deployment is made from: names and bytes of the sources, and Config."""
    return fingerprint_of(root, _SOURCES, repr(config), str(root))


def fingerprint_of(root: Path, sources: Sequence[str], *facts: str) -> str:
    """Return the SHA-256 of names and bytes of all files in `sources` (files and folders under `root`), and `facts`."""
    digest = hashlib.sha256("\0".join(facts).encode())
    for path in sorted(_files(root, sources)):
        digest.update(f"\0{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_deployed(home: Path, wanted: str, stacks: Mapping[str, str]) -> bool:
    """Return whether `wanted` is deployed and its stacks are well; `stacks`: name -> status of those in the cloud."""
    try:
        mark = json.loads((home / _MARK).read_text())
    except (OSError, ValueError):
        return False
    return mark["fingerprint"] == wanted and all(stacks.get(name) in _WELL for name in mark["stacks"])


def is_bootstrapped(stacks: Mapping[str, str]) -> bool:
    return stacks.get("CDKToolkit") in _WELL


def was_deployed(home: Path) -> bool:
    """Return whether a deployment into the cloud of `home` was ever completed."""
    return (home / _MARK).exists()


def mark_deployed(home: Path, wanted: str, stacks: Sequence[str]) -> None:
    """Record that `wanted` is deployed; at once or not at all."""
    staged = home / f".{_MARK}"
    staged.write_text(json.dumps({"fingerprint": wanted, "stacks": sorted(stacks)}))
    staged.replace(home / _MARK)


def run_cdk(root: Path, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """Run the project's CDK command; what it says goes to `log`. Raises: CdkFailed."""
    surroundings = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_CDK}
    surroundings |= _QUIET | dict(environment)
    surroundings["PATH"] = f"{root / '.venv' / 'bin'}{os.pathsep}{surroundings.get('PATH', '')}"
    command = [str(root / "node_modules" / ".bin" / "cdk"), "--no-notices", "--no-color", *arguments]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        done = subprocess.run(
            command,
            cwd=root,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        said = log.read_text(errors="replace").rstrip().splitlines()
        raise CdkFailed("\n".join([line for line in said if _NOISE not in line][-_TOLD_LINES:]))


def bootstrap_arguments(home: Path) -> list[str]:
    """Return the arguments that bootstrap the account; it makes templates, too, and they stay in `home`."""
    return ["bootstrap", f"aws://{LOCAL_ACCOUNT}/{LOCAL_REGION}", "--output", str(home / "cdk.out")]


def deploy_arguments(home: Path) -> list[str]:
    """Return the arguments that deploy every stack; templates stay in `home`, so that two clouds do not meet."""
    return [
        "deploy",
        "Tradewind/*",  # --all finds only stacks outside of a stage
        "-c",
        "env=local",
        "--require-approval",
        "never",
        "--progress",
        "events",
        "--output",
        str(home / "cdk.out"),
    ]


def _files(root: Path, sources: Sequence[str]) -> Iterator[Path]:
    for name in sources:
        source = root / name
        if source.is_file():
            yield source
        for folder, folders, files in os.walk(source):
            folders[:] = [each for each in folders if each != "__pycache__" and not each.startswith(".")]
            yield from (Path(folder) / file for file in files if not file.endswith(".pyc"))
