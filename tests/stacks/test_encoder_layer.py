"""The encoder's layer: what was built, or a note, and where functions look for it."""

import json
from pathlib import Path

import aws_cdk as cdk

from stacks.constructs.encoder import BUILT, EncoderBundling
from stacks.constructs.layers import Layers
from tests.stacks.templates import context
from tradewind.config import config_for
from tradewind.search.onnx_encoder import encoder_folder


def layers_of(env: str) -> tuple[cdk.Stack, Layers]:
    stack = cdk.Stack(cdk.App(context=context()), "Stack")
    return stack, Layers(stack, "Layers", config=config_for(env))


def a_build(folder: Path, name: str) -> EncoderBundling:
    folder.mkdir()
    for file in ("model.onnx", "tokenizer.json"):
        (folder / file).write_text(name)
    (folder / "encoder.json").write_text(json.dumps({"name": name}))
    (folder / ".building-x").mkdir()
    return EncoderBundling(folder)


def test_the_layer_holds_the_built_files_and_nothing_else(tmp_path: Path) -> None:
    assert a_build(tmp_path / "built", "one").try_bundle(str(tmp_path / "asset"), None)
    bundled = [file.relative_to(tmp_path / "asset").as_posix() for file in (tmp_path / "asset").rglob("*")]
    assert sorted(bundled) == ["encoder", "encoder/encoder.json", "encoder/model.onnx", "encoder/tokenizer.json"]


def test_without_a_build_the_layer_holds_a_note(tmp_path: Path) -> None:
    assert EncoderBundling(tmp_path / "none").try_bundle(str(tmp_path / "asset"), None)
    assert [file.name for file in (tmp_path / "asset" / "encoder").iterdir()] == ["not-built.txt"]


def test_another_encoder_is_another_asset(tmp_path: Path) -> None:
    prints = {
        a_build(tmp_path / "a", "one").fingerprint(),
        a_build(tmp_path / "b", "two").fingerprint(),
        EncoderBundling(tmp_path / "none").fingerprint(),
    }
    assert len(prints) == 3
    assert EncoderBundling(tmp_path / "a").fingerprint() in prints


def test_in_an_account_functions_read_the_layer() -> None:
    _, layers = layers_of("dev")
    assert layers.named("encoder") == [layers.encoder]
    assert layers.encoder_environment == {"ENCODER_FOLDER": "/opt/encoder"}
    assert str(encoder_folder(layers.encoder_environment)) == "/opt/encoder"


def test_in_the_local_cloud_they_read_what_was_built_and_have_no_layer_of_it() -> None:
    _, layers = layers_of("local")
    assert layers.named("encoder") == []
    assert layers.encoder_environment == {"ENCODER_FOLDER": str(BUILT)}
    assert encoder_folder({}) == BUILT
