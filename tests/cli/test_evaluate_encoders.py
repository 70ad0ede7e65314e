"""`tradewind evaluate search --encoder`: other encoders beside the current one, and what a saved run was made with."""

import json
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli.conftest import IndexedShop, Run
from tests.search.fake_encoder import BagOfWordsEncoder
from tradewind.aws import wiring
from tradewind.catalog.editing import Edit
from tradewind.cli import evaluation_subjects

PRODUCTS = "sku,name\nlamp,Brass lamp\nlight,Bedside light\nrug,Wool rug\n"
JUDGEMENTS = "query,sku,grade\nshining,light,1\nshining,rug,0\nrug,rug,1\n"
# By words nothing shines; one encoder knows what does, the other takes it for a rug.
GOOD = BagOfWordsEncoder({"shining": "light"}, name="good/1")
BAD = BagOfWordsEncoder({"shining": "rug"}, name="bad/1")
METRICS = ["ndcg@10", "judged_ndcg@10", "mrr@10", "recall@100"]


@pytest.fixture
def files(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments that evaluate three products on two queries, with `good` as the current encoder."""
    monkeypatch.setattr(evaluation_subjects, "_current_encoder", lambda: GOOD)
    monkeypatch.setattr(evaluation_subjects, "open_encoder", _of_folder)
    monkeypatch.setattr("tradewind.cli.evaluating.open_encoder", _of_folder)
    judgements, products = tmp_path / "judgements.csv", tmp_path / "shop.csv"
    judgements.write_text(JUDGEMENTS)
    products.write_text(PRODUCTS)
    return ["evaluate", "search", str(judgements), "--products", str(products)]


def _of_folder(folder: Path) -> BagOfWordsEncoder:
    return {"good": GOOD, "bad": BAD}[folder.name]


def test_runs_of_another_encoder_stand_beside_and_are_compared(run: Run, files: list[str]) -> None:
    told = json.loads(run(*files, "--encoder", "other=bad", "--json").out)
    assert list(told) == ["queries", "runs", "comparisons"]
    assert list(told["runs"]) == ["bm25", "vector", "hybrid", "vector:other", "hybrid:other"]
    assert [told["runs"][name]["ndcg@10"] for name in ("hybrid", "hybrid:other")] == [1.0, 0.5]  # the rug alone
    found = told["comparisons"]["hybrid:other - hybrid"]
    assert (found["mean"], found["worse"], found["better"]) == (-0.5, 1, 0)
    assert (found["low"], found["high"], found["real"]) == (-1.0, 0.0, False)  # two queries say too little


def test_without_other_encoders_the_json_is_what_it_always_was(run: Run, files: list[str]) -> None:
    told = json.loads(run(*files, "--json").out)
    assert list(told) == ["queries", "runs"]
    assert {name: list(figures) for name, figures in told["runs"].items()} == dict.fromkeys(
        ("bm25", "vector", "hybrid"), METRICS
    )


def test_the_same_encoder_under_another_name_differs_in_nothing(run: Run, files: list[str]) -> None:
    said = run(*files, "--encoder", "again=good")
    assert "hybrid:again - hybrid: nDCG@10 +0.0000" in said.out
    assert said.out.count("may be chance (0 queries better, 0 worse of 2)") == 2
    assert "hybrid:again  " in said.out


def test_a_saved_run_says_what_it_was_made_with(run: Run, files: list[str], home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "encoder.json").write_bytes(b"{}")
    assert run(*files, "--encoder", f"other={folder}").status == 0
    (saved,) = (home / "evaluations" / "search").glob("*.json")
    told = json.loads(saved.read_text())
    made = told["provenance"]
    assert made["engine"] == "embedded"
    assert made["judgements"] == sha256(JUDGEMENTS.encode()).hexdigest()
    assert made["other_encoders"] == {"other": {"name": "bad/1", "sha256": sha256(b"{}").hexdigest()}}
    assert made["encoder"]["name"] == told["encoder"] == "good/1"
    assert made["versions"]["numpy"] == version("numpy")
    assert len(made["definition"]) == 64
    again = run(*files, "--against", str(saved))
    assert "hybrid - hybrid of " in again.out


def test_a_live_index_is_tried_with_another_encoder_on_its_own_records(
    run: Run, files: list[str], shop: IndexedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_subjects, "_current_encoder", lambda: None)
    records = {"lamp": "Brass lamp", "light": "Bedside light", "rug": "Wool rug"}
    shop.store.edit(
        "products", [Edit("addObject", sku, json.dumps({"name": name}).encode()) for sku, name in records.items()]
    )
    shop.index()
    said = run(*files[:3], "--encoder", "good=good", "--json")
    assert said.status == 0, said.err
    told = json.loads(said.out)
    assert list(told["runs"]) == ["bm25", "vector:good", "hybrid:good"]
    assert told["comparisons"]["hybrid:good - bm25"]["mean"] == 0.5  # of two queries the one that words cannot answer
    (key,) = wiring.lake_store().list("evaluations/search/")
    saved = json.loads(wiring.lake_store().read_text(key) or "")
    held = wiring.snapshot_store().pointer("products")
    assert held is not None
    assert saved["provenance"]["definition"] == held.pointer.definition


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--encoder", "other"), "write NAME=FOLDER"),
        (("--encoder", "a/b=bad"), "write NAME=FOLDER"),
        (("--encoder", "a=bad", "--encoder", "a=good"), "'a' is named twice"),
    ],
)
def test_what_names_no_encoder_is_one_line(run: Run, files: list[str], arguments: tuple[str, ...], why: str) -> None:
    said = run(*files, *arguments)
    assert (said.status, said.out, said.err.count("\n")) == (1, "", 1)
    assert why in said.err


def test_a_folder_without_an_encoder_says_how_to_build_one(run: Run, home: Path, tmp_path: Path) -> None:
    judgements = tmp_path / "judgements.csv"
    judgements.write_text(JUDGEMENTS)
    said = run("evaluate", "search", str(judgements), "--encoder", f"other={tmp_path}")
    assert said.status == 1
    assert "no query encoder in" in said.err


def test_other_encoders_are_not_tried_on_a_cluster(run: Run, files: list[str]) -> None:
    said = run(*files[:3], "--engine", "opensearch", "--encoder", "other=bad")
    assert (said.status, "is tried on the embedded engine" in said.err) == (1, True)
