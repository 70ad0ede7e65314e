import json
from pathlib import Path

import pytest

from benchmarks.package import package_sizes


def test_the_package_is_the_code_and_each_layer_unzipped(tmp_path: Path) -> None:
    for asset, size in (("asset.code", 10), ("asset.layer", 300), ("asset.other", 5000)):
        (tmp_path / asset / "python").mkdir(parents=True)
        (tmp_path / asset / "python" / "module.py").write_text("x" * size)
    resources = {
        "Clean": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"FunctionName": "tradewind-dev-clean-sales", "Layers": [{"Ref": "Layer"}]},
            "Metadata": {"aws:asset:path": "asset.code"},
        },
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Metadata": {"aws:asset:path": "asset.layer"}},
        "Other": {"Type": "AWS::Lambda::LayerVersion", "Metadata": {"aws:asset:path": "asset.other"}},
    }
    (tmp_path / "Ingest.template.json").write_text(json.dumps({"Resources": resources}))
    assert package_sizes(tmp_path, "tradewind-dev-clean-sales") == {"Clean": 10, "Layer": 300}


def test_a_function_that_no_template_has_is_named(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="got none called 'tradewind-dev-gone'"):
        package_sizes(tmp_path, "tradewind-dev-gone")
