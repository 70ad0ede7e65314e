"""`import products`: into an index, and over the demo's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.catalog.catalog_cloud import CatalogCloud, catalog_cloud
from tests.catalog.importing.test_products import jsonl
from tests.catalog.published import indexer, visible
from tradewind.catalog.importing.products import read_products
from tradewind.cli.product_loading import Brought, bring_in
from tradewind.errors import InputError


@pytest.fixture
def cloud() -> Iterator[CatalogCloud]:
    with catalog_cloud() as made:
        yield made


def load(cloud: CatalogCloud, folder: Path, *skus: str, replace: bool = False, demo: bool = False) -> Brought:
    rows = [
        {"sku": sku, "name": f"Lamp {sku}", "category": "A > B", "price": 5, "colour": "red" if number % 2 else "blue"}
        for number, sku in enumerate(skus)
    ]
    brought = bring_in(
        cloud.store(),
        "products",
        read_products(jsonl(folder, *rows, {"sku": "", "name": "no sku"}), currency="GBP"),
        replace=replace,
        demo=demo,
        report=folder / "refused.jsonl",
    )
    indexer(cloud).run()
    return brought


def test_a_first_import_has_settings_and_sorted_replicas(cloud: CatalogCloud, tmp_path: Path) -> None:
    brought = load(cloud, tmp_path, "a", "b", "c")
    store = cloud.store()
    assert (brought.read, brought.stored, brought.refused) == (4, 3, 1)
    assert "sku is missing" in (tmp_path / "refused.jsonl").read_text()
    assert sorted(visible(cloud)) == ["a", "b", "c"]
    assert [(each.name, each.primary) for each in store.indexes()] == [
        ("products", None),
        ("products_price_asc", "products"),
        ("products_price_desc", "products"),
    ]
    settings = store.settings("products")
    assert settings["searchableAttributes"] == ["name", "brand", "categories.lvl1,categories.lvl0", "description"]
    assert "searchable(attributes.colour)" in settings["attributesForFaceting"]
    assert settings["tradewind"]["fields"]["price"] == "price"
    assert store.settings("products_price_desc")["ranking"] == ["desc(price)"]
    assert store.tasks.all() == []


def test_a_second_import_adds_and_replaces_by_sku_and_leaves_settings(cloud: CatalogCloud, tmp_path: Path) -> None:
    load(cloud, tmp_path, "a", "b")
    cloud.store().set_settings("products", {"hitsPerPage": 3})
    load(cloud, tmp_path, "b", "c")
    assert sorted(visible(cloud)) == ["a", "b", "c"]
    assert cloud.store().settings("products")["hitsPerPage"] == 3


def test_replacing_removes_the_others_and_keeps_settings_and_replicas(cloud: CatalogCloud, tmp_path: Path) -> None:
    load(cloud, tmp_path, "a", "b")
    cloud.store().set_settings("products", {"hitsPerPage": 3})
    load(cloud, tmp_path, "c", replace=True)
    assert sorted(visible(cloud)) == sorted(visible(cloud, "products_price_asc")) == ["c"]
    assert cloud.store().settings("products")["hitsPerPage"] == 3
    assert len(cloud.store().indexes()) == 3


def test_the_first_real_import_removes_the_demo(cloud: CatalogCloud, tmp_path: Path) -> None:
    load(cloud, tmp_path, "demo1", "demo2", demo=True)
    assert {each.name: each.demo for each in cloud.store().indexes()}["products"]
    load(cloud, tmp_path, "real")
    assert sorted(visible(cloud)) == ["real"]
    assert not any(each.demo for each in cloud.store().indexes())


def test_a_file_without_a_product_changes_nothing(cloud: CatalogCloud, tmp_path: Path) -> None:
    load(cloud, tmp_path, "a")
    with pytest.raises(InputError, match="no product"):
        load(cloud, tmp_path, replace=True)
    assert sorted(visible(cloud)) == ["a"]
    assert len(cloud.store().indexes()) == 3
