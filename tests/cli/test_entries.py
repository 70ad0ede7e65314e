"""`tradewind synonyms` and `tradewind rules`: files in and out, what is refused, what is published."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import IndexedShop, Run
from tradewind.aws import wiring
from tradewind.catalog.editing import Edit
from tradewind.evaluation.judgements import Judgement

PRODUCTS = (
    {"objectID": "sofa", "name": "Wool sofa"},
    {"objectID": "lamp", "name": "Brass lamp"},
)
COUCH = {"objectID": "couch", "type": "synonym", "synonyms": ["couch", "sofa"]}
WRONG = {"objectID": "couch", "type": "synonym", "synonyms": ["couch", "lamp"]}
HIDE = {
    "objectID": "hide",
    "conditions": [{"pattern": "couch", "anchoring": "is"}],
    "consequence": {"hide": [{"objectID": "sofa"}]},
}


@pytest.fixture
def products(shop: IndexedShop) -> IndexedShop:
    """The index `products`, published with a synonym that brings the sofa for "couch"."""
    edits = [Edit("addObject", str(each["objectID"]), json.dumps(each).encode()) for each in PRODUCTS]
    shop.store.edit("products", edits)
    shop.store.set_settings("products", {"searchableAttributes": ["name"]})
    shop.store.put_entries("products", "synonym", [COUCH])
    shop.index()
    return shop


@pytest.fixture
def judged(products: IndexedShop) -> IndexedShop:
    wiring.judgement_store().put("products", [Judgement("couch", "sofa", 1), Judgement("couch", "lamp", 0)])
    return products


def written(folder: Path, name: str, *entries: Any) -> str:
    file = folder / name
    file.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return str(file)


@pytest.mark.parametrize("name", ["out.json", "out.jsonl", "out.csv"])
def test_what_was_exported_can_be_imported_and_changes_nothing(
    run: Run, products: IndexedShop, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    said = run("synonyms", "export", "products", str(file))
    assert (said.status, said.out, said.err) == (0, "", "products: 1 synonym written\n")
    again = run("synonyms", "import", "products", str(file), "--replace")
    assert again.status == 0, again.err
    assert again.out.splitlines() == [
        "products: 1 synonym: 0 new, 0 changed, 1 as they are; 0 others go",
        "products: nothing changes",
    ]


def test_only_json_is_on_stdout(run: Run, products: IndexedShop) -> None:
    assert json.loads(run("synonyms", "export", "products").out) == [COUCH]
    assert json.loads(run("rules", "export", "products").out) == []


def test_entries_are_put_beside_the_others_and_published(run: Run, products: IndexedShop, tmp_path: Path) -> None:
    file = written(tmp_path, "more.jsonl", {"objectID": "light", "synonyms": ["light", "lamp"]})
    said = run("synonyms", "import", "products", file)
    assert said.status == 0
    assert said.out.splitlines() == [
        "products: 1 synonym: 1 new, 0 changed, 0 as they are; 1 others stay",
        "products: nothing was compared: no judgements are stored for it (`tradewind evaluate judgements`)",
        "products: published",
    ]
    wiring.index_reader.cache_clear()  # a reader looks again after seconds
    found = {each.object_id for each in wiring.index_reader().named("products")[1].synonyms}
    assert found == {"couch", "light"}


def test_replacing_takes_away_what_the_file_does_not_name(run: Run, products: IndexedShop, tmp_path: Path) -> None:
    said = run("synonyms", "import", "products", written(tmp_path, "none.json"), "--replace")
    assert (said.status, products.store.entries("products", "synonym")) == (0, [])
    assert "0 synonyms: 0 new, 0 changed, 0 as they are; 1 others go" in said.out
    empty = run("synonyms", "import", "products", written(tmp_path, "none.json"))
    assert (empty.status, "to delete all of them, say --replace" in empty.err) == (1, True)


def test_one_wrong_entry_and_nothing_is_imported(run: Run, products: IndexedShop, tmp_path: Path) -> None:
    file = written(tmp_path, "more.jsonl", {"objectID": "light", "synonyms": ["light", "lamp"]}, {"objectID": "x"})
    said = run("synonyms", "import", "products", file)
    assert said.status == 1
    assert said.err.splitlines() == [
        "error: line 2, synonyms null: a synonym needs a list of words",
        "nothing was imported: 1 error in the synonyms",
    ]
    assert products.store.entries("products", "synonym") == [COUCH]


def test_a_check_compares_and_changes_nothing(run: Run, judged: IndexedShop, tmp_path: Path) -> None:
    file = written(tmp_path, "more.jsonl", {"objectID": "light", "synonyms": ["light", "lamp"]})
    said = run("synonyms", "import", "products", file, "--check")
    assert said.status == 0
    assert "ndcg@10 1.0000 -> 1.0000 on 1 judged queries" in said.out
    assert said.out.endswith("products: --check: nothing was changed\n")
    assert judged.store.entries("products", "synonym") == [COUCH]


def test_a_synonym_that_loses_the_judged_product_is_refused_unless_forced(
    run: Run, judged: IndexedShop, tmp_path: Path
) -> None:
    file = written(tmp_path, "wrong.jsonl", WRONG)
    said = run("synonyms", "import", "products", file)
    assert said.status == 1
    assert "1 synonym: 0 new, 1 changed, 0 as they are; 0 others stay" in said.out
    assert "ndcg@10 1.0000 -> 0.0000 on 1 judged queries" in said.out
    assert "--force publishes it all the same" in said.err
    assert judged.store.entries("products", "synonym") == [COUCH]
    assert run("synonyms", "import", "products", file, "--force").status == 0
    assert judged.store.entries("products", "synonym") == [WRONG]


def test_a_rule_that_hides_the_judged_product_is_refused(run: Run, judged: IndexedShop, tmp_path: Path) -> None:
    said = run("rules", "import", "products", written(tmp_path, "rules.json", HIDE))
    assert said.status == 1
    assert "ndcg@10 1.0000 -> 0.0000" in said.out
    assert judged.store.entries("products", "rule") == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("rules", "export", "products", "rules.csv"), "rules have no csv form"),
        (("synonyms", "export", "prodcts"), "INDEX 'prodcts': there is no such index"),
        (("synonyms", "import", "prodcts", "FILE"), "INDEX 'prodcts': there is no such index"),
    ],
)
def test_what_cannot_be_is_one_line(
    run: Run, products: IndexedShop, tmp_path: Path, arguments: tuple[str, ...], why: str
) -> None:
    file = written(tmp_path, "more.jsonl", COUCH)
    said = run(*(file if each == "FILE" else each for each in arguments))
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert why in said.err
    assert [each.name for each in products.store.indexes()] == ["products"]


def test_a_file_of_another_encoding_is_one_line(run: Run, products: IndexedShop, tmp_path: Path) -> None:
    file = tmp_path / "latin.csv"
    file.write_bytes('synonyms\n"été,summer"\n'.encode("latin-1"))
    said = run("synonyms", "import", "products", str(file))
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert "is no UTF-8 text" in said.err
    file.write_text('synonyms\n"été,summer"\n', encoding="utf-16")
    assert run("synonyms", "import", "products", str(file)).status == 0
