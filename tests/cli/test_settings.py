"""`tradewind settings`: what is shown, what is refused, what is published; runs of live indexes in the lake."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.cli.conftest import IndexedShop, Run
from tradewind.aws import wiring
from tradewind.catalog.editing import Edit
from tradewind.deployment import LOCAL
from tradewind.evaluation.judgements import Judgement

PRODUCTS = (
    {"objectID": "lamp", "name": "Brass lamp", "note": "for a desk", "sold": 3},
    {"objectID": "desk", "name": "Oak desk", "note": "holds a lamp", "sold": 9},
    {"objectID": "light", "name": "Small lamp", "note": "glows", "sold": 1},
)
JUDGED = [Judgement("lamp", "lamp", 1), Judgement("lamp", "desk", 0)]


@pytest.fixture
def products(shop: IndexedShop) -> IndexedShop:
    """The index `products`: published, with judgements that want the lamp first for "lamp"."""
    edits = [Edit("addObject", str(each["objectID"]), json.dumps(each).encode()) for each in PRODUCTS]
    shop.store.edit("products", edits)
    shop.store.set_settings("products", {"searchableAttributes": ["name", "note"], "customRanking": ["desc(sold)"]})
    shop.index()
    wiring.judgement_store().put("products", JUDGED)
    return shop


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def written(file: Path, settings: Any) -> str:
    file.write_text(json.dumps(settings))
    return str(file)


def test_what_was_set_is_printed_and_as_json_can_be_set_again(run: Run, products: IndexedShop, file: Path) -> None:
    assert run("settings", "get").out.splitlines() == [
        'customRanking         ["desc(sold)"]',
        'searchableAttributes  ["name", "note"]',
    ]
    file.write_text(run("settings", "get", "--json").out)
    said = run("settings", "set", str(file))
    assert (said.status, said.out) == (0, "products: nothing changes\n")


def test_a_change_that_does_not_touch_the_order_is_published_without_asking(
    run: Run, products: IndexedShop, file: Path
) -> None:
    said = run("settings", "set", written(file, {"hitsPerPage": 24}))
    assert said.status == 0
    assert said.out.splitlines() == [
        "hitsPerPage: not set -> 24",
        "products: nothing was compared: the change does not touch the order of products",
        "products: published",
    ]
    wiring.index_reader.cache_clear()  # a reader looks again after seconds
    assert wiring.index_reader().named("products")[1].settings.hits_per_page == 24


def test_a_change_that_ranks_worse_is_refused_with_both_figures(run: Run, products: IndexedShop, file: Path) -> None:
    # By `note` alone the one that has "lamp" is the desk: nDCG@10 falls from 1 to 0.
    said = run("settings", "set", written(file, {"searchableAttributes": ["note"]}))
    assert said.status == 1
    assert 'searchableAttributes: ["name", "note"] -> ["note"]' in said.out
    assert "nDCG@10 1.0000 -> 0.0000 on 1 judged queries" in said.out.replace("ndcg", "nDCG")
    assert "95 % interval -1.0000 to -1.0000, real" in said.out
    assert "worst: lamp" in said.out
    assert "refused: it ranks worse; --force publishes it all the same" in said.err
    assert products.store.settings("products")["searchableAttributes"] == ["name", "note"]


def test_custom_ranking_is_judged_as_it_would_be_published(run: Run, products: IndexedShop, file: Path) -> None:
    # Two lamps match alike by name; fewest sold first puts the unjudged one before the judged: 1 / log2(3) = .6309.
    said = run("settings", "set", written(file, {"customRanking": ["asc(sold)"]}))
    assert said.status == 1
    assert "1.0000 -> 0.6309" in said.out


def test_who_is_sure_forces_it(run: Run, products: IndexedShop, file: Path) -> None:
    said = run("settings", "set", written(file, {"customRanking": ["asc(sold)"]}), "--force")
    assert said.status == 0
    assert "1.0000 -> 0.6309" in said.out
    assert said.out.endswith("products: published\n")
    assert products.store.settings("products")["customRanking"] == ["asc(sold)"]


def test_a_dry_run_changes_nothing(run: Run, products: IndexedShop, file: Path) -> None:
    said = run("settings", "set", written(file, {"customRanking": None}), "--dry-run")
    assert said.status == 0
    assert 'customRanking: ["desc(sold)"] -> not set' in said.out
    assert said.out.endswith("products: --dry-run: nothing was changed\n")
    assert products.store.settings("products")["customRanking"] == ["desc(sold)"]


def test_without_judgements_it_says_that_nothing_was_compared(run: Run, products: IndexedShop, file: Path) -> None:
    wiring.judgement_store().put("other", JUDGED)
    products.store.copy("products", "bare", None)
    products.index()
    said = run("settings", "set", written(file, {"customRanking": ["asc(sold)"]}), "--index", "bare")
    assert said.status == 0
    assert "bare: nothing was compared: no judgements are stored for it" in said.out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "error: settings '{': is no JSON"),
        ("[1]", "give an object"),
        ('{"hitsPerPage": "many"}', 'error: hitsPerPage "many"'),
        ('{"tradewind": {"weights": {"rrf_k": -1}}}', "tradewind.weights.rrf_k"),
    ],
)
def test_settings_that_cannot_be_are_one_line(run: Run, products: IndexedShop, file: Path, text: str, why: str) -> None:
    file.write_text(text)
    said = run("settings", "set", str(file))
    assert said.status == 1
    assert why in said.err


def test_an_unknown_index_is_not_made(run: Run, products: IndexedShop, file: Path) -> None:
    said = run("settings", "set", written(file, {"hitsPerPage": 24}), "--index", "prodcts")
    assert said.err == "error: --index 'prodcts': there is no such index; `tradewind status` names them\n"
    assert [each.name for each in products.store.indexes()] == ["products"]
    evaluated = run("evaluate", "search", _judgements(file), "--index", "prodcts")
    assert (evaluated.status, evaluated.err) == (1, said.err)


def test_a_run_of_a_live_index_is_kept_in_the_lake_and_compared_with(
    run: Run, products: IndexedShop, file: Path, home: Path
) -> None:
    first = run("evaluate", "search", _judgements(file))
    assert first.status == 0, first.err
    name = first.err.splitlines()[-1].split()[2]
    bucket = LOCAL.lake_bucket
    assert f"s3://{bucket}/evaluations/search/{name}.json" in first.err
    kept = boto3.client("s3").get_object(Bucket=bucket, Key=f"evaluations/search/{name}.json")["Body"].read()
    assert json.loads(kept)["runs"]["bm25"]["ndcg@10"] == 1.0
    assert not (home / "evaluations").exists()
    again = run("evaluate", "search", _judgements(file), "--against", name)
    assert f"bm25 - bm25 of {name}: nDCG@10 +0.0000" in again.out
    unknown = run("evaluate", "search", _judgements(file), "--against", "never")
    assert unknown.status == 1
    assert "--against" in unknown.err


def _judgements(file: Path) -> str:
    made = file.with_name("judgements.csv")
    made.write_text("query,sku,grade\nlamp,lamp,1\nlamp,desk,0\n")
    return str(made)
