"""Texts as vectors: the interface of the query encoder."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

DIMENSION = 384

Vectors = NDArray[np.float32]


class TextEncoder(Protocol):
    """Maps texts to points so that texts of like meaning lie close: the dot product of two is their cosine.

    Where no encoder could be built there is none (`None` in its place), and search is by words alone.
    """

    @property
    def name(self) -> str:
        """Which encoder: vectors of two names must not be compared. Contains the hash of the model."""

    def encode(self, text: str) -> Vectors:
        """Return float32, shape (384,), of length 1."""

    def encode_many(self, texts: Sequence[str]) -> Vectors:
        """Return float32, shape (texts, 384), rows of length 1."""


@runtime_checkable
class WordList(Protocol):
    """What an encoder may be besides: one that has whole words of the language, so that they are no typing mistakes."""

    def knows(self, word: str) -> bool:
        """Return whether a folded word is one that the encoder learnt as a whole."""
