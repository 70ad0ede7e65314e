"""BERT in plain NumPy, float64, word for word after the paper: slow, and an oracle for the graph."""

from collections.abc import Mapping
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
_erf = np.vectorize(erf)


def sentence_vector(weights: Mapping[str, NDArray[np.float32]], ids: list[int]) -> Matrix:
    """Return the vector of one text given as word pieces: float64, shape (384,), of length 1."""
    w = {name: value.astype(np.float64) for name, value in weights.items() if value.dtype == np.float32}
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = _norm(w, "embeddings.LayerNorm", x + w["embeddings.token_type_embeddings.weight"][0])
    for number in range(6):
        x = _layer(w, f"encoder.layer.{number}", x)
    mean = x.mean(axis=0)
    vector: Matrix = mean / sqrt(float(mean @ mean))
    return vector


def _layer(w: Mapping[str, Matrix], name: str, x: Matrix) -> Matrix:
    query, key, value = (_linear(w, f"{name}.attention.self.{part}", x) for part in ("query", "key", "value"))
    mixed = np.empty_like(x)
    for head in range(12):
        at = slice(head * 32, head * 32 + 32)
        scores = np.exp(query[:, at] @ key[:, at].T / sqrt(32))
        mixed[:, at] = scores / scores.sum(axis=1, keepdims=True) @ value[:, at]
    x = _norm(w, f"{name}.attention.output.LayerNorm", x + _linear(w, f"{name}.attention.output.dense", mixed))
    wide = _linear(w, f"{name}.intermediate.dense", x)
    gelu = wide * (1 + _erf(wide / sqrt(2))) / 2
    return _norm(w, f"{name}.output.LayerNorm", x + _linear(w, f"{name}.output.dense", gelu))


def _linear(w: Mapping[str, Matrix], name: str, x: Matrix) -> Matrix:
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def _norm(w: Mapping[str, Matrix], name: str, x: Matrix) -> Matrix:
    centred = x - x.mean(axis=1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12)
    return scaled * w[f"{name}.weight"] + w[f"{name}.bias"]
