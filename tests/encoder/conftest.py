"""The real weights and the built encoder, once a session."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from layers.encoder.building import build
from layers.encoder.weights import NoWeights, fetch_weights
from stacks.constructs.bundling import ROOT
from tests.missing import missing

WEIGHTS = ROOT / "build" / "encoder-weights"


@pytest.fixture(scope="session")
def weights_folder() -> Path:
    """Return the folder of the published weights, fetched where they are not there; skips where they cannot be had."""
    try:
        fetch_weights(WEIGHTS, print)
    except NoWeights as error:
        missing(f"the encoder's weights cannot be fetched here: {error}")
    return WEIGHTS


@pytest.fixture(scope="session")
def weights(weights_folder: Path) -> dict[str, NDArray[np.float32]]:
    from safetensors.numpy import load_file

    read: dict[str, NDArray[np.float32]] = load_file(weights_folder / "model.safetensors")
    return read


@pytest.fixture(scope="session")
def built(weights_folder: Path) -> Path:
    """Return the folder of a current encoder."""
    folder = ROOT / "build" / "encoder"
    build(folder, print)
    return folder
