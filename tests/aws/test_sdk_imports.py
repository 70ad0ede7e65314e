"""AWS SDKs are imported in one folder only."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent.parent / "tradewind"
SDKS = {"boto3", "botocore", "opensearchpy"}


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_only_tradewind_aws_imports_an_aws_sdk() -> None:
    importers = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py") if _imported(path) & SDKS}
    assert importers == {"aws"}
