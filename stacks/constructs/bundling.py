"""Lambda layers and job archives without Docker: uv installs the wheels of the target, our own code is copied."""

import compileall
import hashlib
import os
import platform
import py_compile
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import aws_cdk as cdk
import jsii

from tradewind.config import EnvironmentName
from tradewind.errors import InputError

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON_VERSION = "3.13"  # of the Lambda runtime

# Lambda's Python 3.13 runs on Amazon Linux 2023 (glibc 2.34). manylinux2014 has no wheels of some packages.
_WHEEL_PLATFORM = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}

# What no function imports. The SDK comes with the runtime. Never strip binaries: it breaks some wheels.
_UNUSED_FOLDERS = frozenset({"__pycache__", "tests", "test", "boto3", "botocore", "s3transfer"})
_UNUSED_ENDINGS = frozenset({".pyc", ".pyi", ".pyx", ".pxd", ".c", ".h", ".hpp", ".a"})
# onnxruntime makes and converts models; its Python module has the runtime in it, a second one is for other languages.
_UNUSED_PATHS = (
    *(f"onnxruntime/{name}" for name in ("transformers", "quantization", "tools", "datasets")),
    "onnxruntime/capi/libonnxruntime.so.*",
    "numpy/f2py",
)

_SOURCE_ENDINGS = frozenset({".py", ".sql", ".json", ".typed"})


@dataclass(frozen=True, slots=True)
class Target:
    """The machine that the bundled code runs on."""

    architecture: str  # arm64 or x86_64
    is_host: bool = False

    @property
    def wheel_platform(self) -> str | None:
        """Return uv's name of the platform; None takes the wheels of this machine."""
        return None if self.is_host else _WHEEL_PLATFORM[self.architecture]


def target_of(env: EnvironmentName) -> Target:
    """Return where the functions of `env` run: on Lambda's arm64, or as processes of this machine (local)."""
    if env != "local":
        return Target("arm64")
    return Target("arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64", is_host=True)


class AssetBundling(Protocol):
    """Fills the folder of an asset."""

    def try_bundle(self, output_dir: str, options: Any) -> bool: ...

    def fingerprint(self) -> str:
        """Return what the content depends on: equal ones are not bundled again."""


@jsii.implements(cdk.ILocalBundling)
class UvBundling:
    """Fills an asset folder: locked requirements from `uv`, then source folders of the project."""

    def __init__(
        self, *, target: Target, requirements: Path | None = None, sources: Sequence[Path] = (), prefix: str = ""
    ) -> None:
        self._target = target
        self._requirements = requirements
        self._sources = tuple(sources)
        self._prefix = prefix

    def try_bundle(self, output_dir: str, options: Any) -> bool:  # options is positional: jsii calls it so
        """Fill `output_dir`; never falls back to Docker. Raises: InputError with uv's own words."""
        into = Path(output_dir) / self._prefix
        into.mkdir(parents=True, exist_ok=True)
        if self._requirements:
            install(self._requirements, into, target=self._target)
        for source in self._sources:
            copy_source(source, into / source.name)
        trim(into)
        if not self._target.is_host:
            compile_sources(into)
        return True

    def fingerprint(self) -> str:
        """Return what the content depends on: requirements, sources, target, how they are bundled. Equal ones are not
        bundled again."""
        digest = hashlib.sha256(f"{self._target} {PYTHON_VERSION} {self._prefix}".encode())
        digest.update(Path(__file__).read_bytes())
        files = [self._requirements] if self._requirements else []
        for source in self._sources:
            files.extend(source_files(source))
        for file in files:
            digest.update(f"{file.relative_to(ROOT)} {file.stat().st_size} ".encode())
            digest.update(file.read_bytes())
        return digest.hexdigest()


def domain_bundling(target: Target, *, prefix: str) -> UvBundling:
    """Return the bundling of our own packages: the domain code and the SQL."""
    return UvBundling(target=target, sources=[ROOT / "tradewind", ROOT / "analytics"], prefix=prefix)


def bundled(source: Path, bundling: AssetBundling, *, target: Target) -> dict[str, Any]:
    """Return the asset options of a bundled folder; `source` is only its name for the CDK."""
    return {
        "path": str(source),
        "asset_hash_type": cdk.AssetHashType.CUSTOM,
        "asset_hash": bundling.fingerprint(),
        "bundling": cdk.BundlingOptions(
            # Never pulled: the local bundling always succeeds or raises.
            image=cdk.DockerImage.from_registry("public.ecr.aws/lambda/python:3.13"),
            local=cast(cdk.ILocalBundling, bundling),  # jsii calls with options as one value, its types say otherwise
            # Part of the asset's hash: else arm64 and x86_64 would share one asset.
            environment={"ARCHITECTURE": target.architecture, "HOST": str(target.is_host)},
        ),
    }


def install(requirements: Path, into: Path, *, target: Target) -> None:
    """Install locked wheels for `target` into a folder. Raises: InputError with uv's own words."""
    for_target = ["--python-platform", target.wheel_platform] if target.wheel_platform else []
    command = [
        *(_uv(), "pip", "install", "--quiet", "--no-installer-metadata", "--link-mode=copy", "--only-binary", ":all:"),
        "--no-deps",  # the lock names all of them, but for those that nothing of ours imports
        *("--python-version", PYTHON_VERSION, *for_target, "--target", str(into), "-r", str(requirements)),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise InputError("layer requirements", str(requirements), f"uv could not install them: {run.stderr.strip()}")
    shutil.rmtree(into / "bin", ignore_errors=True)  # commands


def copy_source(source: Path, into: Path) -> None:
    """Copy the source files of a package folder, without caches."""
    for file in source_files(source):
        copy = into / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def source_files(source: Path) -> Iterator[Path]:
    """Yield the files of a package that belong to it, in a fixed order."""
    for file in sorted(source.rglob("*")):
        if file.is_file() and file.suffix in _SOURCE_ENDINGS and "__pycache__" not in file.parts:
            yield file


def trim(folder: Path) -> None:
    """Delete what no function imports."""
    for place, folders, files in os.walk(folder):
        for name in [name for name in folders if name in _UNUSED_FOLDERS]:
            shutil.rmtree(Path(place) / name)
            folders.remove(name)
        for name in files:
            if Path(name).suffix in _UNUSED_ENDINGS:
                (Path(place) / name).unlink()
    for unused in (path for pattern in _UNUSED_PATHS for path in folder.glob(pattern)):
        shutil.rmtree(unused) if unused.is_dir() else unused.unlink()


def compile_sources(folder: Path) -> None:
    """Write the bytecode of all modules beside them. A layer is mounted read-only: without it every start of a function
    compiles all that it imports, which takes longer than all else that a start does.

    The bytecode says nothing of times and places, so it is the same wherever it is made; Python takes it unchecked.
    """
    compileall.compile_dir(
        folder,
        quiet=2,  # what does not compile is left as it is
        stripdir=str(folder),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def _uv() -> str:
    beside_python = Path(os.environ.get("VIRTUAL_ENV", ROOT / ".venv")) / "bin" / "uv"
    found = os.environ.get("UV") or (str(beside_python) if beside_python.is_file() else shutil.which("uv"))
    if not found:
        raise InputError("uv", "not found", "run `make setup`, or put uv on the PATH")
    return found
