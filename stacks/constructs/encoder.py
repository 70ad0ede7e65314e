"""The query encoder as a layer. `layers/encoder` builds it; a synthesis takes what is there and never builds."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii

from stacks.constructs.bundling import ROOT
from tradewind.search.onnx_encoder import FACTS_FILE, MODEL_FILE, TOKENIZER_FILE

BUILT = ROOT / "build" / "encoder"
IN_LAMBDA = "/opt/encoder"
_FILES = (MODEL_FILE, TOKENIZER_FILE, FACTS_FILE)
_MISSING = "not-built.txt"


@jsii.implements(cdk.ILocalBundling)
class EncoderBundling:
    """Fills an asset folder with `encoder/`: the built files, or a note where there are none.

    Without them the layer is deployed all the same, and search is by words alone until the next deployment that has
    them.
    """

    def __init__(self, built: Path = BUILT) -> None:
        self._built = built

    def try_bundle(self, output_dir: str, options: Any) -> bool:  # options is positional: jsii calls it so
        into = Path(output_dir) / "encoder"
        into.mkdir(parents=True, exist_ok=True)
        if not (self._built / FACTS_FILE).is_file():
            (into / _MISSING).write_text("The query encoder was not built: run `make encoder` and deploy again.\n")
            return True
        for name in _FILES:
            shutil.copyfile(self._built / name, into / name)
        return True

    def fingerprint(self) -> str:
        """Return what the content depends on: the facts name the SHA-256 of the other files."""
        facts = self._built / FACTS_FILE
        return hashlib.sha256(facts.read_bytes() if facts.is_file() else _MISSING.encode()).hexdigest()
