"""The nearest vectors by signs and by clusters, against all cosines computed one by one."""

from pathlib import Path

import numpy as np
import pytest

from tradewind.search.embedded import vectors as embedded_vectors
from tradewind.search.embedded.arrays import Array, open_arrays, write_arrays
from tradewind.search.embedded.vectors import (
    FLOOR_BOUNDS,
    VectorPart,
    calibrated_floor,
    codes_of,
    nearest,
    quantised,
    vector_arrays,
)
from tradewind.search.encoder import DIMENSION, Vectors


def unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def topics(count: int, *, noise: float = 1.0) -> Vectors:
    """Return vectors around 40 topics."""
    rng = np.random.default_rng(3)
    centres = unit(rng.standard_normal((40, DIMENSION), dtype=np.float32))
    own = unit(rng.standard_normal((count, DIMENSION), dtype=np.float32))
    return unit(centres[rng.integers(0, 40, count)] + noise * own)


def part(folder: Path, vectors: Vectors, rows: Array | None = None) -> VectorPart:
    rows = np.arange(len(vectors)) if rows is None else rows
    return VectorPart(
        open_arrays(write_arrays(folder, "vectors", vector_arrays(rows, *quantised(vectors)), {}), folder)
    )


def test_a_quantised_vector_has_length_one_and_hardly_moves() -> None:
    vectors = topics(50)
    numbers, scales = quantised(vectors)
    restored = numbers.astype(np.float32) * scales[:, None]
    assert np.allclose(np.linalg.norm(restored, axis=1), 1, atol=1e-5)
    assert np.einsum("ij,ij->i", restored, vectors).min() > 0.999


def test_codes_are_the_signs() -> None:
    vectors = np.full((1, DIMENSION), -1, np.float32)
    vectors[0, :3] = 1  # three positive numbers of 384
    codes = codes_of(vectors)
    assert codes.shape == (6, 1)
    assert int(np.bitwise_count(codes).sum()) == 3


def test_few_vectors_are_all_measured(tmp_path: Path) -> None:
    vectors = topics(100)
    (near,) = nearest([(part(tmp_path, vectors), 0, None)], vectors[7], 2000)
    assert sorted(near.rows.tolist()) == list(range(100))
    exact = vectors @ vectors[7]
    assert np.allclose(near.cosines(vectors[7]), exact[near.rows], atol=0.01)


def test_the_nearest_by_signs_hold_the_nearest_by_cosine(tmp_path: Path) -> None:
    vectors = topics(6000)
    queries = topics(20, noise=0.3)
    here = part(tmp_path, vectors)
    found = []
    for query in queries:
        (near,) = nearest([(here, 0, None)], query, 400)
        assert 200 < len(near.rows) <= 400
        best = np.argsort(-(vectors @ query))[:20]
        found.append(len(set(best.tolist()) & set(near.rows.tolist())) / 20)
    assert np.mean(found) > 0.95


def test_rows_that_are_not_live_take_no_place(tmp_path: Path) -> None:
    vectors = topics(3000)
    live = np.ones(3000, bool)
    live[::2] = False
    (near,) = nearest([(part(tmp_path, vectors), 10, live)], vectors[1], 300)
    assert len(near.rows)
    assert live[near.rows - 10].all()  # rows of the index begin at the segment's offset
    assert 11 in near.rows


def test_parts_are_searched_together(tmp_path: Path) -> None:
    vectors = topics(3000)
    one, other = part(tmp_path, vectors[:2000]), part(tmp_path, vectors[2000:], np.arange(2000, 3000))
    together = nearest([(one, 0, None), (other, 0, None)], vectors[5], 300)
    (alone,) = nearest([(part(tmp_path, vectors), 0, None)], vectors[5], 300)
    assert sorted(np.concatenate([near.rows for near in together])) == sorted(alone.rows)


def test_many_vectors_are_stored_by_clusters_and_found_in_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_vectors, "CLUSTERED_FROM", 1000)
    monkeypatch.setattr(embedded_vectors, "_CLUSTER_ROWS", 100)
    monkeypatch.setattr(embedded_vectors, "SCANNED", 1500)
    vectors = topics(6000)
    here = part(tmp_path, vectors)
    assert sorted(here.rows.tolist()) == list(range(6000))
    found = []
    for query in topics(20, noise=0.3):
        spans = here.spans_to_scan(query)
        assert 1500 <= np.sum(spans[:, 1] - spans[:, 0]) < 3000
        (near,) = nearest([(here, 0, None)], query, 400)
        best = np.argsort(-(vectors @ query))[:20]
        found.append(len(set(best.tolist()) & set(near.rows.tolist())) / 20)
    assert np.mean(found) > 0.9


def test_the_floor_is_above_what_random_products_have_in_common(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    common = rng.standard_normal(DIMENSION, dtype=np.float32)
    alike = unit(unit(rng.standard_normal((2000, DIMENSION), dtype=np.float32)) + 0.6 * common / np.linalg.norm(common))
    floor = calibrated_floor([part(tmp_path, alike)])
    cosines = alike[:1000] @ alike[1000:].T
    assert floor == pytest.approx(float(np.quantile(cosines, 0.97)), abs=0.02)
    assert FLOOR_BOUNDS[0] < floor < FLOOR_BOUNDS[1]
    unlike = unit(rng.standard_normal((500, DIMENSION), dtype=np.float32))
    assert calibrated_floor([part(tmp_path, unlike)]) == FLOOR_BOUNDS[0]
    assert calibrated_floor([]) == FLOOR_BOUNDS[0]
