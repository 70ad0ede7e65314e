"""The query encoder: all-MiniLM-L6-v2 in int8, run by onnxruntime. Built by `layers/encoder`, see docs/encoder.md."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tradewind.search.encoder import DIMENSION, Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODEL_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
FACTS_FILE: Final = "encoder.json"

# Word pieces that are read of a text; the model was trained with 256.
MAX_TOKENS = 256
MAX_QUERY_TOKENS = 64
# A word piece has some 4 letters: more than this is cut off before it is split into pieces, which takes longest.
_LETTERS_A_TOKEN = 16
_INPUT = "input_ids"
# Queries whose vectors are kept: a page with refinement lists asks for one query several times at once, and a shopper
# who turns pages or sets filters asks for it again.
_KEPT_QUERIES = 256

_PROJECT = Path(__file__).resolve().parents[2]


class EncoderUnavailable(Exception):
    """The folder holds no encoder that can be used; the text names the file and why."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a build wrote beside its files."""

    name: str
    sizes: Mapping[str, int]  # file -> bytes


def encoder_folder(environ: Mapping[str, str]) -> Path:
    """Return where the encoder lies: ENCODER_FOLDER (Lambda: its layer), else where a checkout builds it."""
    told = environ.get("ENCODER_FOLDER")
    return Path(told) if told else _PROJECT / "build" / "encoder"


class OnnxEncoder:
    """A `TextEncoder`. Safe for several threads.

    A text is computed alone, never beside others: the numbers of an int8 network depend on all that is computed with
    it, so that one text would have another vector in another company (cosine .982 at worst, measured), and one core
    is not faster with many.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """Load the files of a build (some 100 ms). `threads`: so many documents are computed at the same time.

        Raises: EncoderUnavailable where a file is missing or damaged.
        """
        facts = _facts(folder)
        self._name = facts.name
        self._threads = threads
        self._session = _session(folder / MODEL_FILE)
        self._tokenizer = _tokenizer(folder / TOKENIZER_FILE)
        self._of_query = lru_cache(_KEPT_QUERIES)(self._read_only_vector)

    @property
    def name(self) -> str:
        return self._name

    def encode(self, text: str) -> Vectors:
        """Return the vector of a query: float32, shape (384,), of length 1, not to be written to. Reads 64 word pieces;
        remembers the last queries."""
        return self._of_query(text)

    def encode_many(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of documents: float32, shape (texts, 384), rows of length 1. Reads 256 word pieces."""
        vectors = np.empty((len(texts), DIMENSION), np.float32)

        def compute(row: int) -> None:
            vectors[row] = self._vector(texts[row], MAX_TOKENS)

        if self._threads == 1:
            for row in range(len(texts)):
                compute(row)
        else:
            from concurrent.futures import ThreadPoolExecutor  # for the builder of an index alone

            with ThreadPoolExecutor(self._threads) as pool:  # a computation lets other threads run
                list(pool.map(compute, range(len(texts))))
        return vectors

    def knows(self, word: str) -> bool:
        """Return whether a folded word is a word piece by itself: some 24,000 words of English are."""
        return self._tokenizer.token_to_id(word) is not None

    def _read_only_vector(self, query: str) -> Vectors:
        vector = self._vector(query, MAX_QUERY_TOKENS)
        vector.flags.writeable = False
        return vector

    def _vector(self, text: str, limit: int) -> Vectors:
        ids = self._tokenizer.encode(_encodable(text[: limit * _LETTERS_A_TOKEN])).ids
        if len(ids) > limit:
            ids = [*ids[: limit - 1], ids[-1]]  # the last piece says that the text ends
        vector: Vectors = self._session.run(None, {_INPUT: np.array([ids], np.int64)})[0][0]
        return vector


class EncoderFolder:
    """The encoder of a folder, loaded when it is first asked for; looked for again later where it was not there."""

    def __init__(self, folder: Path, *, threads: int = 1, patience: float = 30.0) -> None:
        """`patience`: seconds until it is looked for again."""
        self._folder = folder
        self._threads = threads
        self._patience = patience
        self._encoder: OnnxEncoder | None = None
        self._looked: float | None = None
        self.reason: str | None = None  # why there is none

    def encoder(self, now: float) -> OnnxEncoder | None:
        """Return the encoder, or None (`reason` says why). `now`: seconds of any steady clock."""
        if self._encoder is None and (self._looked is None or now - self._looked >= self._patience):
            self._looked = now
            try:
                self._encoder, self.reason = OnnxEncoder(self._folder, threads=self._threads), None
            except EncoderUnavailable as error:
                self.reason = str(error)
        return self._encoder


def load_encoder(folder: Path, *, threads: int = 1) -> OnnxEncoder | None:
    """Return the encoder of a folder, or None where there is none that can be used."""
    return EncoderFolder(folder, threads=threads).encoder(0.0)


def encoder_name(folder: Path) -> str | None:
    """Return the name of the encoder of a folder without loading it, None where there is none."""
    try:
        return _facts(folder).name
    except EncoderUnavailable:
        return None


def _encodable(text: str) -> str:
    """Return the text without halves of surrogate pairs, which JSON may hold and the tokenizer refuses."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _facts(folder: Path) -> _Facts:
    """Return what the build wrote, after a look at the sizes of its files. Raises: EncoderUnavailable."""
    try:
        told: dict[str, Any] = json.loads((folder / FACTS_FILE).read_bytes())
        facts = _Facts(str(told["name"]), {name: int(file["size"]) for name, file in told["files"].items()})
    except FileNotFoundError as error:
        raise EncoderUnavailable(f"no query encoder in {folder}: build it with `make encoder`") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EncoderUnavailable(f"{folder / FACTS_FILE} is damaged ({error}): build it with `make encoder`") from error
    for name, size in facts.sizes.items():
        file = folder / name
        found = file.stat().st_size if file.is_file() else None
        if found != size:
            is_now = "is missing" if found is None else f"has {found} bytes instead of {size}"
            raise EncoderUnavailable(f"{file} {is_now}: build it with `make encoder`")
    return facts


def _session(model: Path) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # one text is too little work to share
    options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common base
        if type(error).__module__.startswith("onnxruntime"):
            raise EncoderUnavailable(f"{model} cannot be loaded: {error}") from error
        raise
    if [each.name for each in session.get_inputs()] != [_INPUT]:
        raise EncoderUnavailable(f"{model} was built by another version: build it with `make encoder`")
    return session


def _tokenizer(file: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # it raises bare Exception
        raise EncoderUnavailable(f"{file} cannot be loaded: {error}") from error
    tokenizer.no_padding()  # as published it pads every text to 128 pieces
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer
