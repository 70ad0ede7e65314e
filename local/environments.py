"""Makes the Python environments and the Node packages that the project runs in: `python3 -m local.environments`.

Runs on the machine's own Python (3.11 or newer) before anything is installed, so it imports the standard library only.
Each environment carries a stamp of what it was made from; a second run compares the stamps and is done.
"""

from __future__ import annotations  # an older Python must get as far as saying that it is too old

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
UV_VERSION = "0.13.9"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
OLDEST_JAVA = 17  # Spark 3.5, as Glue 5 has it
_TOLD_LINES = 12  # of a failed command's output

DEBIAN_NODE = "curl -fsSL https://deb.nodesource.com/setup_22.x | sudo -E bash - && sudo apt-get install -y nodejs"


class SetupError(Exception):
    """A step that cannot be done on this machine as it is; the text says what to do."""


@dataclass(frozen=True)
class PythonEnvironment:
    """A Python environment of the project: where, which Python, which locked set."""

    name: str
    folder: str
    python: str
    lock: str
    what: str


MAIN = PythonEnvironment("main", ".venv", "3.13", "requirements.txt", "command and tests")
LOCAL_CLOUD = PythonEnvironment("local", ".venvs/local", "3.13", "local/requirements.txt", "local cloud")
GLUE = PythonEnvironment("glue", ".venvs/glue", "3.11", "glue_jobs/requirements.txt", "Spark jobs")


def main() -> int:
    """Make what is missing and return the exit status."""
    try:
        set_up(ROOT)
    except SetupError as error:
        say("✗", str(error), stream=sys.stderr)
        return 1
    return 0


def set_up(root: Path) -> None:
    """Make every environment of `root` that is not up to date. Raises: SetupError saying what is missing."""
    system = platform.system()
    check_python(sys.version_info[:2], system)
    node = find_node(system)
    uv = uv_path(root)
    _python_environment(root, uv, MAIN)
    _project(root, uv)
    _python_environment(root, uv, LOCAL_CLOUD)
    _glue(root, uv, system)
    _node_packages(root, node)


def check_python(version: Sequence[int], system: str) -> None:
    """Raise SetupError where the Python that runs this is too old or cannot make environments."""
    if tuple(version) < OLDEST_PYTHON:
        found = ".".join(str(number) for number in version)
        raise SetupError(
            f"Python {found} is too old, 3.11 or newer is needed: "
            + _install(system, debian="sudo apt-get install python3.11 python3.11-venv", macos="brew install python")
            + "; then make PYTHON=python3.11 ..."
        )
    try:
        import ensurepip  # noqa: F401 Debian's Python comes without it
        import venv  # noqa: F401
    except ImportError as error:
        command = _install(system, debian="sudo apt-get install python3-venv", macos="brew install python")
        raise SetupError(f"Python's venv is missing: {command}") from error


def find_node(system: str, *, run: Callable[[list[str]], str] | None = None) -> Path:
    """Return npm beside a Node that is new enough. Raises: SetupError with the command that installs it."""
    command = _install(system, debian=DEBIAN_NODE, macos="brew install node")
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise SetupError(f"Node {OLDEST_NODE} or newer with npm is missing: {command}")
    version = (run or _output)([node, "--version"]).strip()
    match = re.match(r"v(\d+)\.", version)
    if match is None or int(match[1]) < OLDEST_NODE:
        raise SetupError(
            f"Node {version or 'of unknown version'} is too old, {OLDEST_NODE} or newer is needed: {command}"
        )
    return Path(npm)


def java_version(text: str) -> int | None:
    """Return the major version that `java -version` tells in `text`: 17 of 'openjdk version "17.0.9"', 8 of "1.8.0"."""
    match = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(match[1]) if match else None


def find_java(environ: Mapping[str, str]) -> Path | None:
    """Return a Java that can run Spark: of JAVA_HOME, on the PATH, or macOS's registered one; else None."""
    candidates = [Path(environ["JAVA_HOME"]) / "bin" / "java"] if environ.get("JAVA_HOME") else []
    on_path = shutil.which("java", path=environ.get("PATH"))
    candidates += [Path(on_path)] if on_path else []
    registered = Path("/usr/libexec/java_home")
    if registered.exists():
        home = _output([str(registered), "-v", f"{OLDEST_JAVA}+"]).strip()
        candidates += [Path(home) / "bin" / "java"] if home else []
    for java in candidates:
        version = java_version(_output([str(java), "-version"])) if java.exists() else None
        if version is not None and version >= OLDEST_JAVA:
            return java
    return None


def stamp_of(root: Path, paths: Sequence[str], *facts: str) -> str:
    """Return the SHA-256 of the files `paths` under `root` and of `facts`: what an environment was made from."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update((root / path).read_bytes())
    for fact in facts:
        digest.update(b"\0" + fact.encode())
    return digest.hexdigest()


def is_current(folder: Path, stamp: str) -> bool:
    """Return whether `folder` was completely made from what `stamp` stands for."""
    try:
        return (folder / ".made-from").read_text() == stamp
    except OSError:
        return False


def uv_path(root: Path) -> Path:
    """Return uv, installed by pip in an environment of its own where it is not there yet."""
    folder = root / ".venvs" / "uv"
    uv = folder / "bin" / "uv"
    if is_current(folder, UV_VERSION) and uv.exists():
        return uv
    say("·", f"uv {UV_VERSION}")
    _do("uv", [sys.executable, "-m", "venv", "--clear", str(folder)], root)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _do("uv", [*pip, f"uv=={UV_VERSION}"], root)
    _stamp(folder, UV_VERSION)
    return uv


def find_python(root: Path, uv: Path, version: str) -> str:
    """Return a Python of `version`: one that is installed, else one that uv fetches. Raises: SetupError."""
    found = _output([str(uv), "python", "find", "--system", "--no-project", version], root).strip()
    if found and Path(found).exists():
        return found
    for folder in sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*"), reverse=True):
        if (folder / "bin" / "python").exists():
            return str(folder / "bin" / "python")
    say("·", f"Python {version} is not installed, fetching it")
    _do(f"Python {version}", [str(uv), "python", "install", version], root)
    return version


def _python_environment(root: Path, uv: Path, environment: PythonEnvironment) -> None:
    folder = root / environment.folder
    stamp = stamp_of(root, [environment.lock], environment.python)
    if is_current(folder, stamp):
        say("✓", f"{environment.folder} ({environment.what})")
        return
    say("·", f"{environment.folder} ({environment.what}): installing {environment.lock}")
    step = f"environment {environment.folder}"
    if _version_in(folder) != environment.python:
        python = find_python(root, uv, environment.python)
        _do(step, [str(uv), "venv", "--quiet", "--clear", "--python", python, str(folder)], root)
    install = [str(uv), "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
    _do(step, [*install, "-r", environment.lock], root)
    _stamp(folder, stamp)
    say("✓", f"{environment.folder} ({environment.what})")


def _project(root: Path, uv: Path) -> None:
    """Install the project itself, so that `.venv/bin/tradewind` is there; its sources stay where they are."""
    folder = root / MAIN.folder
    stamp = stamp_of(root, ["pyproject.toml"], str(root))
    done = folder / ".project-made-from"
    if (folder / "bin" / "tradewind").exists() and done.exists() and done.read_text() == stamp:
        return
    install = [str(uv), "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
    _do("command tradewind", [*install, "--no-deps", "--no-build-isolation", "--editable", "."], root)
    done.write_text(stamp)
    say("✓", ".venv/bin/tradewind")


def _glue(root: Path, uv: Path, system: str) -> None:
    if not (root / GLUE.lock).exists():
        return
    if find_java(os.environ) is None:
        command = _install(
            system, debian="sudo apt-get install openjdk-17-jre-headless", macos="brew install openjdk@17"
        )
        say("!", f"no Java {OLDEST_JAVA}: files that need Spark stay queued until it is there ({command}; make up)")
        return
    _python_environment(root, uv, GLUE)


def _node_packages(root: Path, npm: Path) -> None:
    if not (root / "package-lock.json").exists():
        return
    folder = root / "node_modules"
    stamp = stamp_of(root, ["package.json", "package-lock.json"])
    if not is_current(folder, stamp):
        say("·", "node_modules (CDK command): installing package-lock.json")
        _do("node_modules", [str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error"], root)
        _stamp(folder, stamp)
    say("✓", "node_modules (CDK command)")


def say(mark: str, text: str, stream: TextIO | None = None) -> None:
    """Print one line: a mark and what it is about; colour only on a terminal."""
    out = stream or sys.stdout
    colour = {"✓": "32", "✗": "31", "!": "33"}.get(mark)
    if colour and out.isatty() and "NO_COLOR" not in os.environ:
        mark = f"\x1b[{colour}m{mark}\x1b[0m"
    print(f"{mark} {text}", file=out, flush=True)


def _version_in(folder: Path) -> str | None:
    try:
        text = (folder / "pyvenv.cfg").read_text()
    except OSError:
        return None
    match = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", text, re.MULTILINE)
    return match[1] if match and (folder / "bin" / "python").exists() else None


def _stamp(folder: Path, stamp: str) -> None:
    (folder / ".made-from").write_text(stamp)


def _install(system: str, *, debian: str, macos: str) -> str:
    return macos if system == "Darwin" else debian


def _output(command: list[str], cwd: Path | None = None) -> str:
    """Return what a command says, on stderr where stdout is empty (`java -version`); nothing where it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr) if done.returncode == 0 else ""


def _do(step: str, command: list[str], cwd: Path) -> None:
    done = subprocess.run(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        told = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-_TOLD_LINES:])
        raise SetupError(
            f"{step}: {Path(command[0]).name} ended with status {done.returncode}:\n{told}\n"
            "    mend what it names (often: no network, no disk space), then run make again"
        )


if __name__ == "__main__":
    sys.exit(main())
