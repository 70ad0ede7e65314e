"""A million products: what building takes, what a query takes, what a process holds that answers.

The build runs in a process of its own, so that its memory is its own, too.
"""

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import numpy as np
import orjson

from benchmarks.measure import ROOT, Figure, figure
from benchmarks.peak import peak_memory
from benchmarks.search_catalogue import DEFINITION, TopicEncoder, products, queries
from benchmarks.search_start import memory_figure
from tradewind.catalog.record import StoredRecord
from tradewind.search.embedded.building import build
from tradewind.search.embedded.index import EmbeddedIndex
from tradewind.search.embedded.match_set import NEAREST
from tradewind.search.embedded.opening import OpenedSnapshot, open_snapshot
from tradewind.search.embedded.vectors import VectorPart, nearest
from tradewind.search.encoder import TextEncoder, Vectors
from tradewind.search.onnx_encoder import load_encoder
from tradewind.search.request import SearchRequest

MILLION = 1_000_000
GOAL_MS = 12.0
BUILDING_GOAL_MB = 2_500  # an indexer has 3 GB
TOP = 100
_KNOWN = 40  # queries that are measured against all vectors
_BLOCK = 20_000

Times = Callable[[EmbeddedIndex, TextEncoder], dict[str, float]]  # -> CPU milliseconds at "p50" and "p99"


def million_figures(folder: Path, encoder_folder: Path, requests: list[SearchRequest], times: Times) -> list[Figure]:
    """Return the figures of a million products. `folder`: an empty one, for the index."""
    command = [sys.executable, "-m", "benchmarks.search_million", str(folder), str(encoder_folder), str(MILLION)]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    seconds, megabytes = map(float, told.split())
    opened = open_snapshot(pickle.loads((folder / "manifest").read_bytes()), folder)
    index, encoder = EmbeddedIndex(opened, DEFINITION), TopicEncoder(load_encoder(encoder_folder))
    measured = times(index, encoder)
    how = f"as above with {MILLION:,} products"
    building = "records streamed, in a process of its own"
    recall = f"of the {TOP} nearest by cosine, how many are among the {NEAREST:,} found by clusters and signs"
    return [
        figure("a million, building, CPU", ours=seconds, unit="s", how=f"{building}, with making the records"),
        figure(
            "a million, building, memory", ours=megabytes, goal=BUILDING_GOAL_MB, unit="MB", how=f"peak, {building}"
        ),
        figure("a million, p50, CPU", ours=measured["p50"], goal=GOAL_MS, unit="ms", how=how),
        figure("a million, p99, CPU", ours=measured["p99"], unit="ms", how=how),
        figure(f"a million, recall@{TOP}", ours=recall_of(opened, encoder), unit="share", how=recall),
        memory_figure("a million, memory", index, requests, folder),
    ]


def recall_of(snapshot: OpenedSnapshot, encoder: TextEncoder) -> float:
    """Return which share of the nearest products by cosine the search by clusters and signs finds, in an index that is
    one part of vectors."""
    ((part, offset),) = ((part, segment.offset) for segment in snapshot.segments for part in segment.vectors)
    wanted = [encoder.encode(query) for query, _ in queries(_KNOWN)]
    cosines = np.concatenate(list(_cosines(part, np.stack(wanted, axis=1))))
    shares = []
    for at, query in enumerate(wanted):
        (near,) = nearest([(part, offset, None)], query, NEAREST)
        exact = part.rows[np.argpartition(-cosines[:, at], TOP)[:TOP]] + offset
        shares.append(np.isin(exact, near.rows).mean())
    return float(np.mean(shares))


def _cosines(part: VectorPart, wanted: Vectors) -> Iterator[Vectors]:
    """Yield the cosines of all vectors, some at a time, to each of the wanted."""
    for start in range(0, len(part), _BLOCK):
        some = slice(start, start + _BLOCK)
        yield np.asarray((part.numbers[some].astype(np.float32) @ wanted) * part.scales[some, None])


def main() -> int:
    """Build an index in a folder; print CPU seconds and the peak of memory in MB."""
    folder, count = Path(sys.argv[1]), int(sys.argv[3])
    encoder = TopicEncoder(load_encoder(Path(sys.argv[2])))
    start = process_time()
    manifest = build(
        base=None,
        upserts=(StoredRecord(each.record["objectID"], orjson.dumps(each.record)) for each in products(count)),
        deletes=(),
        definition=DEFINITION,
        encoder=encoder,
        index_id="products",
        version="1",
        now=datetime(2026, 1, 1, tzinfo=UTC),
        folder=folder,
        encode_for=lambda: True,
    )
    (folder / "manifest").write_bytes(pickle.dumps(manifest))
    print(process_time() - start, peak_memory() / 1e6)
    return 0


if __name__ == "__main__":
    sys.exit(main())
