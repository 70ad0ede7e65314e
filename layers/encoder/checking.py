"""Whether a model computes what it should, before it is put in place."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from layers.encoder import pins
from tradewind.search.encoder import Vectors
from tradewind.search.onnx_encoder import MAX_TOKENS


class WrongModel(Exception):
    """A model that was built computes something else; the text says which text and by how much."""


def vectors_of(model: bytes | Path, tokenizer_file: Path, texts: Iterable[str]) -> Vectors:
    """Return the vectors of texts, each computed alone: float32, shape (texts, 384), rows of length 1."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return np.vstack([_vector(session, tokenizer.encode(text).ids) for text in texts])


def check_examples(vectors: Vectors) -> None:
    """Raise WrongModel unless the float vectors of the model card's examples begin as they should."""
    for (text, wanted), vector in zip(pins.EXAMPLES.items(), vectors, strict=True):
        off = float(np.abs(vector[: len(wanted)] - np.array(wanted)).max())
        if not off <= pins.EXAMPLE_TOLERANCE:  # also where it is not a number
            raise WrongModel(f"the float model's vector of {text!r} is off by {off:.2g}")


def check_cosines(quantised: Vectors, floats: Vectors) -> float:
    """Return the least cosine between the vectors of the samples. Raises: WrongModel where it is too low."""
    cosines: NDArray[np.float32] = np.einsum("ij,ij->i", quantised, floats)
    worst = int(np.argmin(np.nan_to_num(cosines, nan=-1.0)))
    if not cosines[worst] >= pins.LEAST_COSINE:
        raise WrongModel(
            f"the int8 model's vector of {pins.SAMPLES[worst][:60]!r} has cosine {cosines[worst]:.4f} to the float "
            f"model's, less than {pins.LEAST_COSINE}"
        )
    return float(cosines[worst])


def _vector(session: onnxruntime.InferenceSession, ids: list[int]) -> Vectors:
    made: Vectors = session.run(None, {"input_ids": np.array([ids], np.int64)})[0]
    return made
