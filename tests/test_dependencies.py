"""docs/dependencies.md says of every package why it is here, and of none that is not."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = (ROOT / "docs" / "dependencies.md").read_text().split("\n## ")[1:]
NODE = ("package.json", "tests/clients/package.json")
BROUGHT = {"ua-parser-builtins"}  # by another package; told of because it is data that a layer carries
REQUIREMENTS = sorted(
    str(path.relative_to(ROOT))
    for folder in (".", "local", "glue_jobs", "sagemaker", "layers/*")
    for path in ROOT.glob(f"{folder}/requirements.in")
)


def explained(*titles: str) -> set[str]:
    """Return the packages in the first column of the sections' tables."""
    sections = [section for section in SECTIONS if section.startswith(titles)]
    assert len(sections) == len(titles)
    rows = [line for section in sections for line in section.splitlines() if line.startswith("| ")]
    cells = [line.split("|")[1].strip() for line in rows if not line.startswith(("| package", "| layer"))]
    # "algoliasearch (5, its lite client)": what stands in brackets are versions and names of the same package.
    return {name.strip().split(" ")[0] for cell in cells for name in re.sub(r"\(.*?\)", "", cell).split(",")}


def required(path: str) -> set[str]:
    """Return the names in a requirements.in, without extras and versions."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / path).read_text().splitlines())
    return {re.split(r"[\[<>=~! ]", line)[0] for line in lines if line}


def test_every_package_of_the_command_the_stacks_and_the_tests_has_its_line() -> None:
    assert explained("The command", "Checks") == required("requirements.in") | BROUGHT


@pytest.mark.parametrize("path", [path for path in REQUIREMENTS if path.startswith("layers/")])
def test_what_is_in_a_layer_has_its_line_and_the_layer_has_its_own(path: str) -> None:
    assert required(path) <= explained("The command")
    assert path.split("/")[1] in explained("Lambda layers")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("local/requirements.in", "The local cloud"),
        ("glue_jobs/requirements.in", "Spark jobs"),
        ("sagemaker/requirements.in", "Training"),
    ],
)
def test_every_package_of_another_runtime_has_its_line(path: str, title: str) -> None:
    assert explained(title) == required(path)


def test_no_runtime_is_left_out() -> None:
    beside_layers = [path for path in REQUIREMENTS if not path.startswith("layers/")]
    assert beside_layers == [
        "glue_jobs/requirements.in",
        "local/requirements.in",
        "requirements.in",
        "sagemaker/requirements.in",
    ]


def test_every_package_of_node_has_its_line() -> None:
    wanted = {name for path in NODE for name in json.loads((ROOT / path).read_text())["devDependencies"]}
    # The two majors of one client are one package.
    assert explained("Node") == wanted - {"algoliasearch-v4"}
