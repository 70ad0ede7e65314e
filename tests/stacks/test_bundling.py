"""What is put into layers, and how large it is."""

import importlib.util
from pathlib import Path

import pytest

from stacks.constructs import bundling
from stacks.constructs.bundling import ROOT, Target, UvBundling, domain_bundling
from stacks.constructs.spark_job import pinned
from tradewind.errors import InputError

LAMBDA = Target("arm64")
MB = 1_000_000


def bundle(into: Path, *layers: str) -> Path:
    for layer in layers:
        if layer == "domain":
            made = domain_bundling(LAMBDA, prefix="python")
        else:
            requirements = ROOT / "layers" / layer / "requirements.txt"
            made = UvBundling(target=LAMBDA, requirements=requirements, prefix="python")
        assert made.try_bundle(str(into), None)
    return into


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@pytest.fixture(scope="module")
def clean_sales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layers of clean_sales for Lambda's arm64, in one folder as Lambda unpacks them, and its handler."""
    folder = bundle(tmp_path_factory.mktemp("clean_sales"), "domain", "edge", "cleaning")
    bundling.copy_source(ROOT / "lambdas" / "clean_sales", folder)
    return folder


@pytest.fixture(scope="module")
def search_products(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layers of search_products for Lambda's arm64, but for the model, and its handler."""
    folder = bundle(tmp_path_factory.mktemp("search_products"), "domain", "collector", "search")
    bundling.copy_source(ROOT / "lambdas" / "search_products", folder)
    return folder


def test_clean_sales_is_below_150_mb_unzipped(clean_sales: Path) -> None:
    megabytes = size(clean_sales) / MB
    print(f"clean_sales with its layers: {megabytes:.1f} MB unzipped")
    assert 50 < megabytes < 150


def test_the_binaries_are_those_of_lambda_whatever_machine_builds_them(clean_sales: Path) -> None:
    libraries = list(clean_sales.rglob("*.so"))
    assert {library.name.split(".")[0] for library in libraries} >= {"_duckdb", "_fastexcel", "_pydantic_core"}
    machines = {library.read_bytes()[18:20] for library in libraries}
    assert machines == {b"\xb7\x00"}  # e_machine of ELF: AArch64


def test_a_layer_has_the_domain_code_and_its_sql(clean_sales: Path) -> None:
    assert (clean_sales / "python/tradewind/sales/loads.py").is_file()
    assert (clean_sales / "python/analytics/sql/sales/clean_sales.sql").is_file()


def test_nothing_that_no_function_imports_is_packed(clean_sales: Path) -> None:
    packed = {path.name for path in clean_sales.rglob("*")}
    assert packed.isdisjoint({"tests", "boto3", "botocore", "s3transfer"})
    assert not [name for name in packed if name.endswith((".pyi", ".h", ".a"))]


def test_modules_are_packed_with_bytecode_that_is_taken_unchecked(clean_sales: Path) -> None:
    module = clean_sales / "python/tradewind/sales/loads.py"
    compiled = Path(importlib.util.cache_from_source(str(module))).read_bytes()
    assert compiled[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(compiled[4:8], "little") == 0b01  # by hash, not looked at again (PEP 552)
    assert str(clean_sales).encode() not in compiled


def test_search_products_is_below_200_mb_unzipped_and_has_no_client_of_a_model_hub(search_products: Path) -> None:
    megabytes = size(search_products) / MB
    print(f"search_products with its layers, without the model of 24 MB: {megabytes:.1f} MB unzipped")
    assert 80 < megabytes < 200 - 24
    packed = {path.name for path in (search_products / "python").iterdir()}
    assert packed >= {"numpy", "onnxruntime", "tokenizers", "orjson", "tradewind"}
    assert packed.isdisjoint({"huggingface_hub", "hf_xet"})
    assert not list(search_products.rglob("libonnxruntime.so*"))


def test_the_same_sources_have_the_same_fingerprint_and_are_not_bundled_again() -> None:
    assert (
        domain_bundling(LAMBDA, prefix="python").fingerprint() == domain_bundling(LAMBDA, prefix="python").fingerprint()
    )


def test_a_changed_source_a_folder_or_a_machine_changes_the_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "ROOT", tmp_path)
    source = tmp_path / "package"
    source.mkdir()
    (source / "module.py").write_text("ANSWER = 1\n")
    prints = [UvBundling(target=LAMBDA, sources=[source]).fingerprint()]
    prints.append(UvBundling(target=Target("x86_64"), sources=[source]).fingerprint())
    prints.append(UvBundling(target=LAMBDA, sources=[source], prefix="python").fingerprint())
    (source / "module.py").write_text("ANSWER = 2\n")
    prints.append(UvBundling(target=LAMBDA, sources=[source]).fingerprint())
    assert len(set(prints)) == 4


def test_a_cache_does_not_change_the_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundling, "ROOT", tmp_path)
    source = tmp_path / "package"
    (source / "__pycache__").mkdir(parents=True)
    (source / "module.py").write_text("ANSWER = 1\n")
    before = UvBundling(target=LAMBDA, sources=[source]).fingerprint()
    (source / "__pycache__" / "module.cpython-313.pyc").write_bytes(b"compiled")
    assert UvBundling(target=LAMBDA, sources=[source]).fingerprint() == before


def test_requirements_that_cannot_be_installed_are_named_with_the_words_of_uv(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("not a requirement\n")
    with pytest.raises(InputError) as raised:
        UvBundling(target=LAMBDA, requirements=requirements).try_bundle(str(tmp_path / "out"), None)
    assert str(raised.value).startswith(f"layer requirements {requirements}: uv could not install them: ")


@pytest.mark.parametrize("layer", ["edge", "collector", "enrichment", "cleaning"])
def test_a_layer_has_the_versions_that_the_tests_run_with(layer: str) -> None:
    lines = (ROOT / "layers" / layer / "requirements.txt").read_text().splitlines()
    locked = [line for line in lines if line and not line.startswith((" ", "#"))]
    root = (ROOT / "requirements.txt").read_text().splitlines()
    assert [line for line in locked if line not in root] == []


def test_a_job_module_without_a_pinned_version_is_named() -> None:
    with pytest.raises(InputError, match=r"^module of a Glue job 'sqlglotte': add it to requirements\.in"):
        pinned(("sqlglotte",))
