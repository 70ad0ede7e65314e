"""The encoder at run time. The real one is built by tests/encoder; what needs it is there or skips."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.missing import missing
from tradewind.search.encoder import DIMENSION, TextEncoder
from tradewind.search.onnx_encoder import EncoderFolder, EncoderUnavailable, OnnxEncoder, encoder_folder, load_encoder

BUILT = encoder_folder({})


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    found = load_encoder(BUILT, threads=2)
    if found is None:
        missing(f"no query encoder in {BUILT}: build it with `make encoder`")
    return found


def test_the_folder_is_told_by_the_environment_else_the_checkouts(tmp_path: Path) -> None:
    assert encoder_folder({"ENCODER_FOLDER": "/opt/encoder"}) == Path("/opt/encoder")
    assert encoder_folder({"ENCODER_FOLDER": ""}) == encoder_folder({})
    assert (encoder_folder({}).parent.parent / "pyproject.toml").is_file()


def test_the_module_imports_no_runtime_before_it_is_needed() -> None:
    program = (
        "import sys, tradewind.search.onnx_encoder; print('onnxruntime' in sys.modules, 'tokenizers' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False False"


def test_vectors_are_of_length_1(encoder: TextEncoder) -> None:
    for text in ("sofa", "", "   ", "\0\ud800 half a pair", "x" * 20_000, "ไม้ 木 🪵"):
        vector = encoder.encode(text)
        assert vector.shape == (DIMENSION,)
        assert vector.dtype == np.float32
        assert float(vector @ vector) == pytest.approx(1, abs=1e-5)


def test_a_text_has_the_same_vector_in_any_company(encoder: TextEncoder) -> None:
    texts = ["red leather sofa", "couch", "a hose reel of fifty feet for the garden " * 9, "couch", "tent"]
    together = encoder.encode_many(texts)
    assert together.shape == (5, DIMENSION)
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(encoder.encode_many([text])[0], vector)
    assert np.array_equal(together[1], encoder.encode("couch"))


def test_no_texts_have_no_vectors(encoder: TextEncoder) -> None:
    assert encoder.encode_many([]).shape == (0, DIMENSION)


def test_of_a_long_query_the_beginning_is_read(encoder: TextEncoder) -> None:
    words = " ".join(["lamp"] * 62)  # and two pieces for beginning and end
    assert np.array_equal(encoder.encode(words), encoder.encode(words + " sofa tent" * 500))
    assert not np.array_equal(encoder.encode(words), encoder.encode("sofa " + words))


def test_of_a_long_document_more_is_read_than_of_a_query(encoder: TextEncoder) -> None:
    text = " ".join(["lamp"] * 100) + " sofa"
    assert not np.array_equal(encoder.encode(text), encoder.encode_many([text])[0])


def test_likeness_is_of_meaning_not_of_words(encoder: TextEncoder) -> None:
    couch, sofa, hose = encoder.encode_many(["couch", "red leather sofa", "garden hose reel"])
    assert couch @ sofa > couch @ hose + 0.2


@given(st.text(max_size=200))
@settings(max_examples=20, deadline=None)
def test_no_text_breaks_the_encoder(text: str) -> None:
    encoder = load_encoder(BUILT)
    if encoder is not None:
        assert np.isfinite(encoder.encode(text)).all()


def test_a_folder_without_encoder_says_how_to_build_it(tmp_path: Path) -> None:
    assert load_encoder(tmp_path) is None
    with pytest.raises(EncoderUnavailable, match="make encoder"):
        OnnxEncoder(tmp_path)


@pytest.mark.parametrize("facts", ["", "{", "[]", '{"name": "x"}', '{"name": "x", "files": {"model.onnx": 3}}'])
def test_damaged_facts_are_named(tmp_path: Path, facts: str) -> None:
    (tmp_path / "encoder.json").write_text(facts)
    with pytest.raises(EncoderUnavailable, match=r"encoder\.json is damaged"):
        OnnxEncoder(tmp_path)


def facts_of(folder: Path) -> None:
    """Write facts that fit the files of `folder`, whatever is in them."""
    files = {name: {"size": (folder / name).stat().st_size} for name in ("model.onnx", "tokenizer.json")}
    (folder / "encoder.json").write_text(json.dumps({"name": "x", "files": files}))


def test_a_file_of_another_size_or_none_is_named(tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"12345")
    facts_of(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"123")
    with pytest.raises(EncoderUnavailable, match=r"model\.onnx has 3 bytes instead of 5"):
        OnnxEncoder(tmp_path)
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(EncoderUnavailable, match=r"model\.onnx is missing"):
        OnnxEncoder(tmp_path)


def test_a_model_that_is_none_is_named(tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"12345")
    facts_of(tmp_path)
    with pytest.raises(EncoderUnavailable, match=r"model\.onnx cannot be loaded"):
        OnnxEncoder(tmp_path)


def test_a_model_of_another_version_is_named(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    kinds = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in ("mask", "out")]
    node = onnx.helper.make_node("Identity", ["mask"], ["out"])
    graph = onnx.helper.make_graph([node], "other", kinds[:1], kinds[1:])
    opset = [onnx.helper.make_opsetid("", 20)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=10)
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    (tmp_path / "tokenizer.json").write_bytes(b"12345")
    facts_of(tmp_path)
    with pytest.raises(EncoderUnavailable, match=r"model\.onnx was built by another version: build it with `make enc"):
        OnnxEncoder(tmp_path)


def test_a_query_that_is_asked_again_is_remembered_and_cannot_be_changed(encoder: OnnxEncoder) -> None:
    once = encoder.encode("enamel bowl")
    assert encoder.encode("enamel bowl") is once
    assert encoder.encode("enamel bow") is not once
    with pytest.raises(ValueError, match="read-only"):
        once[0] = 1


def test_an_encoder_that_is_built_later_is_found_after_a_while(tmp_path: Path, encoder: OnnxEncoder) -> None:
    folder = tmp_path / "encoder"
    place = EncoderFolder(folder, patience=30)
    assert place.encoder(1000.0) is None
    assert "make encoder" in str(place.reason)
    folder.symlink_to(BUILT)
    assert place.encoder(1029.0) is None  # not looked for on every query
    found = place.encoder(1030.0)
    assert found is not None
    assert found.name == encoder.name
    assert place.reason is None
    assert place.encoder(1031.0) is found
