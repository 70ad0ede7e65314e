"""Whether the layers of a function hold all that its handler imports, and nothing of what is too large for it."""

import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from stacks.constructs.bundling import ROOT, UvBundling, domain_bundling, target_of
from tests.stacks.templates import STACKS, resources, templates, text

# What the Lambda runtime brings.
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
SITE_PACKAGES = Path(boto3.__file__).parent.parent

FUNCTIONS = (
    "clean_events",
    "clean_sales",
    "collect_events",
    "edit_indexes",
    "index_products",
    "record_product_changes",
    "report_health",
    "search_products",
    "transform_records",
    "update_profiles",
)

# What a handler imports on its first call only.
ON_FIRST_CALL = {
    "clean_events": "tradewind.aws.event_cleaning",
    "index_products": "onnxruntime, tokenizers, tradewind.aws.catalog_wiring",
    "record_product_changes": "tradewind.aws.product_changes",
    "search_products": "onnxruntime, tokenizers, tradewind.aws.searching",
    "update_profiles": "tradewind.aws.profiling",
}


def layers_of(function: str) -> set[str]:
    """Return the names of the layers that a function is deployed with."""
    for stack in STACKS:
        for resource in resources(templates("dev")[stack], "AWS::Lambda::Function").values():
            if resource["Properties"]["FunctionName"] == f"tradewind-dev-{function.replace('_', '-')}":
                ids = [text(layer).strip("<>").rstrip("0123456789ABCDEF") for layer in resource["Properties"]["Layers"]]
                # The query encoder is files and no packages.
                return {id.removeprefix("Layers").lower() for id in ids} - {"encoder"}
    raise AssertionError(f"{function} is in no stack")


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the folder of each layer, built for the machine that the tests run on, and of the runtime."""
    target = target_of("local")
    folder = tmp_path_factory.mktemp("layers")
    runtime = folder / "runtime"
    runtime.mkdir()
    for name in RUNTIME:
        (runtime / name).symlink_to(SITE_PACKAGES / name)
    built = {"runtime": runtime}
    for name in sorted({layer for function in FUNCTIONS for layer in layers_of(function)}):
        requirements = ROOT / "layers" / name / "requirements.txt"
        made = (
            domain_bundling(target, prefix="")
            if name == "domain"
            else UvBundling(target=target, requirements=requirements)
        )
        assert made.try_bundle(str(folder / name), None)
        built[name] = folder / name
    return built


def test_every_function_that_is_deployed_is_looked_at() -> None:
    deployed = {path.parent.name for path in (ROOT / "lambdas").glob("*/handler.py")}
    assert deployed == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_imports_with_its_own_layers_alone(function: str, layers: dict[str, Path]) -> None:
    places = [str(ROOT / "lambdas" / function), *(str(layers[name]) for name in layers_of(function))]
    # Isolated: nothing of the environment that the tests run in, but for the interpreter and its library.
    program = (
        f"import sys; sys.path[:] = {[*places, str(layers['runtime'])]} + [p for p in sys.path if 'site' not in p]"
    )
    later = ON_FIRST_CALL.get(function, "tradewind")
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"{program}; import handler, {later}; print(callable(handler.handler))"],
        env={"AWS_DEFAULT_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout.strip(), run.returncode) == ("True", 0), run.stderr


def test_the_collector_has_neither_pandas_nor_duckdb_nor_a_framework(layers: dict[str, Path]) -> None:
    packages = {path.name for name in layers_of("collect_events") for path in layers[name].iterdir()}
    assert packages >= {"tradewind", "msgspec"}
    assert packages.isdisjoint({"pandas", "duckdb", "pydantic", "aws_lambda_powertools", "pyarrow"})
    size = sum(file.stat().st_size for name in layers_of("collect_events") for file in layers[name].rglob("*.*"))
    assert size < 5_000_000
