"""What an evaluation was made with, so that its figures can be told apart from those of other versions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from tradewind.search.embedded.opening import FORMAT

# Libraries that words, vectors and scores depend on.
_LIBRARIES: Final = ("tradewind", "numpy", "PyStemmer", "onnxruntime", "tokenizers")


@dataclass(frozen=True, slots=True)
class EncoderUsed:
    """`name` has the first digits of the model's hash; `sha256` is of the file that lists model and tokenizer."""

    name: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Hashes are SHA-256 in hex."""

    engine: str  # embedded, opensearch
    versions: Mapping[str, str]  # of the engine and of libraries
    definition: str | None  # settings, synonyms and rules as the pointer of an index names them
    judgements: str  # of the file
    encoder: EncoderUsed | None = None
    other_encoders: Mapping[str, EncoderUsed] = field(default_factory=dict)  # by the name that was given


def as_json(provenance: Provenance) -> dict[str, Any]:
    return asdict(provenance)


def provenance_in(told: Mapping[str, Any]) -> Provenance:
    """Return what `as_json` wrote. Raises: KeyError, TypeError, AttributeError for anything else."""
    encoder = told["encoder"]
    return Provenance(
        engine=told["engine"],
        versions=told["versions"],
        definition=told["definition"],
        judgements=told["judgements"],
        encoder=EncoderUsed(**encoder) if encoder else None,
        other_encoders={name: EncoderUsed(**each) for name, each in told["other_encoders"].items()},
    )


def library_versions() -> dict[str, str]:
    """Return the versions of what is installed here, and of the files of the embedded engine."""
    found = {name: _version(name) for name in _LIBRARIES}
    return {name: told for name, told in found.items() if told} | {"snapshot format": str(FORMAT)}


def file_hash(file: Path) -> str:
    """Return the hash of a file's bytes. Raises: OSError."""
    return sha256(file.read_bytes()).hexdigest()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
