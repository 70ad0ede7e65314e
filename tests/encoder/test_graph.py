"""The network that is written from the weights, against BERT in plain NumPy and against sentence-transformers."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer

from layers.encoder import pins
from layers.encoder.checking import vectors_of
from layers.encoder.graph import sentence_encoder
from stacks.constructs.bundling import ROOT
from tests.encoder.reference_bert import sentence_vector
from tradewind.search.encoder import Vectors
from tradewind.search.onnx_encoder import OnnxEncoder

Weights = dict[str, NDArray[np.float32]]

# Where `pip install -r sagemaker/requirements.txt` was run (Python 3.11), by TRADEWIND_TRAINING or its usual place.
TRAINING = ROOT / ".venvs" / "training"


@pytest.fixture(scope="module")
def model(weights: Weights) -> bytes:
    return bytes(sentence_encoder(weights).SerializeToString())


@pytest.fixture(scope="module")
def floats(model: bytes, weights_folder: Path) -> Vectors:
    return vectors_of(model, weights_folder / pins.TOKENIZER, pins.SAMPLES)


def test_the_graph_computes_bert(weights: Weights, weights_folder: Path, floats: Vectors) -> None:
    tokenizer = Tokenizer.from_file(str(weights_folder / pins.TOKENIZER))
    tokenizer.no_padding()
    for text, vector in list(zip(pins.SAMPLES, floats, strict=True))[:6]:
        slow = sentence_vector(weights, tokenizer.encode(text).ids)
        assert np.abs(vector - slow).max() < 2e-6, text


def test_couch_is_nearer_to_sofa_than_hose(floats: Vectors) -> None:
    at = dict(zip(pins.SAMPLES, floats, strict=True))
    assert at["red leather sofa"] @ at["couch"] > 0.5
    assert at["red leather sofa"] @ at["hose reel 50 ft"] < 0.1


def test_the_int8_encoder_agrees_with_the_float_model(built: Path, floats: Vectors) -> None:
    vectors = OnnxEncoder(built).encode_many(pins.SAMPLES)
    cosines = np.einsum("ij,ij->i", vectors, floats)
    assert cosines.min() >= pins.LEAST_COSINE
    assert cosines.mean() >= 0.99


def test_sentence_transformers_computes_the_same(
    weights_folder: Path, built: Path, floats: Vectors, tmp_path: Path
) -> None:
    told = tmp_path / "vectors.json"
    ask = [str(_training_python()), str(Path(__file__).with_name("ask_sentence_transformers.py"))]
    texts = json.dumps(pins.SAMPLES)
    run = subprocess.run(
        [*ask, str(weights_folder), str(told)], input=texts, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    theirs = np.array(json.loads(told.read_text()), np.float32)
    assert np.abs(floats - theirs).max() < 2e-6
    vectors = OnnxEncoder(built).encode_many(pins.SAMPLES)
    assert np.einsum("ij,ij->i", vectors, theirs).min() >= pins.LEAST_COSINE


def _training_python() -> Path:
    folder = Path(os.environ.get("TRADEWIND_TRAINING", TRAINING))
    python = folder / "bin" / "python"
    if not python.exists():
        pytest.skip(
            f"no training environment in {folder}: make one of Python 3.11 with sagemaker/requirements.txt, "
            "or set TRADEWIND_TRAINING to where it is"
        )
    return python
