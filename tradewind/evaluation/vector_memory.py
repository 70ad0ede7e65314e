"""Remembers the vectors of the products that were evaluated last: the next evaluation of them takes seconds."""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from tradewind.search.encoder import DIMENSION, TextEncoder, Vectors, WordList

_KEY_BYTES = 16


class RememberingEncoder:
    """A `TextEncoder` that computes no document's vector twice.

    `save` keeps the vectors that were asked for since the start, and forgets all others: the file never holds more
    than one evaluation needs.
    """

    def __init__(self, encoder: TextEncoder, file: Path) -> None:
        """Read what `file` remembers of this encoder; a file that cannot be read counts as none."""
        self._encoder = encoder
        self._file = file
        self._known = _read(file, encoder.name)
        self._asked: dict[bytes, Vectors] = {}

    @property
    def name(self) -> str:
        return self._encoder.name

    def encode(self, text: str) -> Vectors:
        return self._encoder.encode(text)

    def encode_many(self, texts: Sequence[str]) -> Vectors:
        keys = [_key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        self._known.update(zip(new, self._encoder.encode_many(list(new.values())), strict=True))
        self._asked.update((key, self._known[key]) for key in keys)
        return np.stack([self._known[key] for key in keys]) if keys else np.empty((0, DIMENSION), np.float32)

    def knows(self, word: str) -> bool:
        """Return what the encoder says: spelling must not change because vectors are remembered."""
        return isinstance(self._encoder, WordList) and self._encoder.knows(word)

    def save(self) -> None:
        """Write what was asked for; at once or not at all."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        staged = self._file.with_name(f".{self._file.name}")
        keys = np.frombuffer(b"".join(self._asked), np.uint8).reshape(-1, _KEY_BYTES)
        vectors = np.stack(list(self._asked.values())) if self._asked else np.empty((0, DIMENSION), np.float32)
        with staged.open("wb") as out:
            np.savez(out, encoder=np.array(self.name), keys=keys, vectors=vectors)
        staged.replace(self._file)


def _read(file: Path, encoder: str) -> dict[bytes, Vectors]:
    try:
        with np.load(file, allow_pickle=False) as held:
            if str(held["encoder"]) != encoder or held["vectors"].shape[1:] != (DIMENSION,):
                return {}
            return {key.tobytes(): vector for key, vector in zip(held["keys"], held["vectors"], strict=True)}
    except (OSError, ValueError, KeyError, EOFError):
        return {}


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
