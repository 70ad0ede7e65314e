"""What a function that searches needs before its first answer: its package, and the time of a fresh process."""

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.measure import ROOT, ROUNDS, Figure, figure
from stacks.constructs.bundling import AssetBundling, Target, UvBundling, domain_bundling
from stacks.constructs.encoder import BUILT, EncoderBundling
from tradewind.search.embedded.index import EmbeddedIndex
from tradewind.search.request import SearchRequest

START_GOAL_MS = 500.0
PACKAGE_GOAL_MB = 200
_LAYERS = ("collector", "search")  # beside our own code and the encoder, see stacks/search_api.py

_START = """
import time; start = time.perf_counter(), time.process_time()
import pickle
from datetime import UTC, datetime
from pathlib import Path
from tradewind.search.answering import answer
from tradewind.search.embedded.index import EmbeddedIndex
from tradewind.search.embedded.opening import open_snapshot
from tradewind.search.onnx_encoder import load_encoder
folder = Path({folder!r})
manifest, definition, requests = pickle.loads((folder / "start").read_bytes())
index, encoder = EmbeddedIndex(open_snapshot(manifest, folder), definition), load_encoder(Path({encoder!r}))
for number, request in enumerate(requests):
    answer(
        request, name="products", index=index, definition=definition, encoder=encoder, now=datetime.now(UTC),
        query_id="0" * 32,
    )
    if number == 0:
        taken = (time.perf_counter() - start[0]) * 1000, (time.process_time() - start[1]) * 1000
from benchmarks.peak import peak_memory
print(*taken, peak_memory())
"""
MEMORY_GOAL_MB = 1500


@dataclass(frozen=True, slots=True)
class Started:
    """What fresh processes needed, medians: milliseconds from the first import to the first answer; bytes at most."""

    wall: float
    cpu: float
    memory: float


def started(index: EmbeddedIndex, requests: Sequence[SearchRequest], folder: Path, *, times: int = ROUNDS) -> Started:
    """Return what processes needed that answer the requests from the index in `folder`."""
    (folder / "start").write_bytes(pickle.dumps((index.manifest, index.definition, list(requests))))
    code = _START.format(folder=str(folder), encoder=str(BUILT))
    # Layers are packed with bytecode: the first process writes it, and is not counted.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    command = [sys.executable, "-c", code]
    runs = [
        subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, check=True, text=True).stdout.split()
        for _ in range(times + 1)
    ]
    return Started(*np.median(np.array(runs[1:], float), axis=0).tolist())


def start_figures(index: EmbeddedIndex, request: SearchRequest, folder: Path) -> list[Figure]:
    """Return the time from the first import to the first answer. `folder` holds the index."""
    found = started(index, [request], folder)
    how = "from the first import to the first answer, encoder loaded, files in the page cache, with bytecode; no SDK"
    return [
        figure("fresh process to first answer, wall", ours=found.wall, goal=START_GOAL_MS, unit="ms", how=how),
        figure("fresh process to first answer, CPU", ours=found.cpu, unit="ms", how=how),
    ]


def memory_figure(name: str, index: EmbeddedIndex, requests: Sequence[SearchRequest], folder: Path) -> Figure:
    """Return the resident memory of a process that answers the requests, with the pages of the files that it read."""
    found = started(index, requests, folder, times=1)
    how = f"peak resident memory of a process that answers {len(requests)} queries, with the pages of files it read"
    return figure(name, ours=found.memory / 1e6, goal=MEMORY_GOAL_MB, unit="MB", how=how)


def package_figure() -> Figure:
    """Return the size of what `search_products` is deployed with to AWS, installed into a folder that goes."""
    target = Target("arm64")
    parts = {name: UvBundling(target=target, requirements=_lock(name), prefix="python") for name in _LAYERS}
    bundlings: dict[str, AssetBundling] = {
        "domain": domain_bundling(target, prefix="python"),
        **parts,
        "encoder": EncoderBundling(),
    }
    sizes = {}
    with TemporaryDirectory(prefix="tradewind-bench-") as name:
        for layer, bundling in bundlings.items():
            bundling.try_bundle(f"{name}/{layer}", None)
            sizes[layer] = sum(file.stat().st_size for file in Path(name, layer).rglob("*") if file.is_file()) / 1e6
    told = ", ".join(f"{layer} {size:.1f}" for layer, size in sizes.items())
    how = f"layers unzipped, arm64, Python 3.13, with bytecode, without the runtime's own; MB of {told}"
    return figure("search_products package", ours=sum(sizes.values()), goal=PACKAGE_GOAL_MB, unit="MB", how=how)


def _lock(layer: str) -> Path:
    return ROOT / "layers" / layer / "requirements.txt"
