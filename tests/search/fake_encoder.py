"""A small encoder for tests: words as directions, so that texts that share words lie close."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np

from tradewind.search.encoder import DIMENSION, Vectors
from tradewind.search.text import words


class BagOfWordsEncoder:
    """The same text has the same vector in every process. `meanings` gives words a common direction:
    {"cosy": "warm", "blanket": "warm"} makes "cosy" and "blanket" mean the same.
    """

    def __init__(self, meanings: Mapping[str, str] | None = None, name: str = "bag-of-words/1") -> None:
        self.name = name
        self._meanings = dict(meanings or {})
        self._directions: dict[str, Vectors] = {}

    def encode(self, text: str) -> Vectors:
        """Return the sum of the directions of the words, of length 1; a text without words has one of its own."""
        parts = words(text) or ["\0nothing"]
        total = np.sum([self._direction(self._meanings.get(word, word)) for word in parts], axis=0, dtype=np.float32)
        return (total / np.linalg.norm(total)).astype(np.float32)

    def encode_many(self, texts: Sequence[str]) -> Vectors:
        """Return one row for each text."""
        if not texts:
            return np.zeros((0, DIMENSION), np.float32)
        return np.stack([self.encode(text) for text in texts])

    def _direction(self, word: str) -> Vectors:
        if word not in self._directions:
            seed = int.from_bytes(sha256(word.encode()).digest()[:8], "big")
            self._directions[word] = np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
        return self._directions[word]
