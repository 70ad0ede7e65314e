"""The build: weights, graph, int8, checks, and then, in one step, a folder that the encoder loads from."""

import fcntl
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from layers.encoder import pins
from layers.encoder.weights import fetch_weights, sha256_of
from tradewind.search.onnx_encoder import FACTS_FILE, MODEL_FILE, TOKENIZER_FILE

_MAKERS = ("onnx", "onnxruntime")  # whose versions decide about the bytes


def is_current(folder: Path) -> bool:
    """Return whether `folder` holds an undamaged encoder of this very build."""
    try:
        facts = json.loads((folder / FACTS_FILE).read_bytes())
        return bool(
            facts["made_from"] == made_from()
            and set(facts["files"]) == {MODEL_FILE, TOKENIZER_FILE}
            and all(sha256_of(folder / name) == file["sha256"] for name, file in facts["files"].items())
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def build(folder: Path, say: Callable[[str], None], *, again: bool = False) -> str:
    """Make the encoder in `folder`, where it is not current or `again`, and return its name.

    The weights stay beside it, in `<folder>-weights`.

    Killed at any moment it leaves the encoder that was there, none, or the new one, never a mixture.
    Raises: NoWeights, WrongModel, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder.with_name(f"{folder.name}-weights")
    with _only_one(folder):
        if not again and is_current(folder):
            return _name_in(folder)
        fetch_weights(weights, say)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".building-") as place:
            made = Path(place)
            _make(weights, made, say)
            facts = _facts_of(made)
            _put_in_place(made, folder, facts)
    return str(facts["name"])


def made_from() -> str:
    """Return the SHA-256 of what decides about the encoder: this folder's code and the versions of its tools."""
    digest = hashlib.sha256(" ".join(f"{name}=={version(name)}" for name in _MAKERS).encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(f"\0{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _name_in(folder: Path) -> str:
    return str(json.loads((folder / FACTS_FILE).read_bytes())["name"])


def _make(weights: Path, into: Path, say: Callable[[str], None]) -> None:
    """Write the checked model and its tokenizer. Raises: WrongModel."""
    from safetensors.numpy import load_file

    from layers.encoder.checking import check_cosines, check_examples, vectors_of
    from layers.encoder.graph import sentence_encoder
    from layers.encoder.quantising import quantise

    say("writing the network")
    tokenizer = weights / pins.TOKENIZER
    model = sentence_encoder(load_file(weights / pins.WEIGHTS))
    floats = vectors_of(model.SerializeToString(), tokenizer, pins.SAMPLES)
    check_examples(floats[: len(pins.EXAMPLES)])
    say("making it int8")
    quantise(model, into / MODEL_FILE)
    check_cosines(vectors_of(into / MODEL_FILE, tokenizer, pins.SAMPLES), floats)
    (into / TOKENIZER_FILE).write_bytes(tokenizer.read_bytes())


def _facts_of(made: Path) -> dict[str, object]:
    files = {
        name: {"size": (made / name).stat().st_size, "sha256": sha256_of(made / name)}
        for name in (MODEL_FILE, TOKENIZER_FILE)
    }
    name = f"{pins.MODEL.rpartition('/')[2]}/int8/{str(files[MODEL_FILE]['sha256'])[:12]}"
    return {"name": name, "made_from": made_from(), "files": files}


def _put_in_place(made: Path, folder: Path, facts: dict[str, object]) -> None:
    """Replace what is in `folder`. Without its facts it is no encoder: they go first and come last."""
    (made / FACTS_FILE).write_text(json.dumps(facts, indent=2) + "\n")
    (folder / FACTS_FILE).unlink(missing_ok=True)
    for name in (MODEL_FILE, TOKENIZER_FILE, FACTS_FILE):
        (made / name).replace(folder / name)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the folder while the block runs; another build waits, and finds its work done."""
    with folder.with_name(f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the system gives it back however we end
        yield
