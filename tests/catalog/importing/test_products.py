"""Files of products: formats, columns, values, and rows that are refused."""

import json
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from tests.real_data import shared_path
from tradewind.catalog.importing.mapping import map_columns
from tradewind.catalog.importing.products import Read, Refused, read_products
from tradewind.errors import InputError


def records(path: Path, **options: Any) -> list[dict[str, Any]]:
    options.setdefault("currency", "GBP")
    found = list(read_products(path, **options))
    assert all(isinstance(each, Read) for each in found), [each for each in found if isinstance(each, Refused)]
    return [orjson.loads(each.record.body) for each in found if isinstance(each, Read)]


ROWS = [
    {"sku": "A1", "name": "Desk lamp", "category": "Home > Lamps", "price": "12.50", "stock": "3", "colour": "red"},
    {"sku": "A2", "name": "Spade", "category": "Garden", "price": "", "stock": "0", "colour": ""},
]
WANTED = [
    {
        "objectID": "A1",
        "sku": "A1",
        "name": "Desk lamp",
        "categories": {"lvl0": "Home", "lvl1": "Home > Lamps"},
        "price": 12.5,
        "price_minor": 1250,
        "currency": "GBP",
        "stock": 3,
        "attributes": {"colour": "red"},
    },
    {"objectID": "A2", "sku": "A2", "name": "Spade", "categories": {"lvl0": "Garden"}, "stock": 0},
]


def _csv(path: Path, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    lines = [list(ROWS[0]), *(list(row.values()) for row in ROWS)]
    path.write_bytes("\n".join(delimiter.join(line) for line in lines).encode(encoding))
    return path


def _parquet(path: Path) -> Path:
    with duckdb.connect() as con:
        source = _csv(path.with_suffix(".csv"))
        con.execute(f"copy (select * from read_csv('{source}')) to '{path}' (format parquet)")
    return path


@pytest.mark.parametrize("kind", ["comma", "semicolon", "tab in UTF-16", "jsonl", "json", "yaml", "parquet"])
def test_the_same_products_come_out_of_every_format(tmp_path: Path, kind: str) -> None:
    match kind:
        case "comma":
            path = _csv(tmp_path / "p.csv")
        case "semicolon":
            path = _csv(tmp_path / "p.csv", ";")
        case "tab in UTF-16":
            path = _csv(tmp_path / "p.tsv", "\t", "utf-16")
        case "jsonl":
            path = tmp_path / "p.jsonl"
            path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n")
        case "json" | "yaml":  # JSON is YAML
            path = tmp_path / f"p.{kind}"
            path.write_text(json.dumps(ROWS))
        case _:
            path = _parquet(tmp_path / "p.parquet")
    assert records(path) == WANTED


def jsonl(folder: Path, *rows: Any) -> Path:
    path = folder / "products.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return path


def test_bad_rows_are_refused_by_number_and_good_ones_go_on(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path,
        {"sku": "A", "price": 1},
        {"sku": "", "price": 1},
        {"sku": "B", "price": "cheap"},
        "{broken",
        {"sku": "A", "price": 2},
        {"sku": "C", "stock": "many"},
        [1],
        {"sku": "D", "description": "x" * 100_001},
        {"sku": "E"},
    )
    found = list(read_products(path, currency="GBP"))
    refused = {each.number: each.why for each in found if isinstance(each, Refused)}
    assert [each.product.sku for each in found if isinstance(each, Read)] == ["A", "E"]
    assert list(refused) == [2, 3, 4, 5, 6, 7, 8]
    assert [word in refused[number] for number, word in [(2, "sku"), (3, "price"), (5, "earlier"), (6, "stock")]] == [
        True
    ] * 4


def test_a_price_without_a_currency_is_refused_and_says_how_to_name_one(tmp_path: Path) -> None:
    (found,) = read_products(jsonl(tmp_path, {"sku": "A", "price": 1}))
    assert isinstance(found, Refused)
    assert "--currency" in found.why


def test_what_a_row_does_not_say_is_left_out(tmp_path: Path) -> None:
    assert records(jsonl(tmp_path, {"sku": 7.0})) == [{"objectID": "7", "sku": "7"}]


@pytest.mark.parametrize(
    ("row", "categories"),
    [
        ({"categories": "A > B > C"}, {"lvl0": "A", "lvl1": "A > B", "lvl2": "A > B > C"}),
        ({"categories": ["A > B", "C"]}, {"lvl0": ["A", "C"], "lvl1": "A > B"}),
        ({"categories": '["A/B"]'}, {"lvl0": "A", "lvl1": "A > B"}),
        ({"category_l1": "A", "category_l2": "B"}, {"lvl0": "A", "lvl1": "A > B"}),
        ({"categories": {"lvl0": "A", "lvl1": "A > B"}}, {"lvl0": "A", "lvl1": "A > B"}),
        ({"lvl0": "A", "lvl1": "A > B"}, {"lvl0": "A", "lvl1": "A > B"}),
    ],
)
def test_categories_are_read_in_the_forms_that_shops_have(
    tmp_path: Path, row: dict[str, Any], categories: dict[str, Any]
) -> None:
    assert records(jsonl(tmp_path, {"sku": "A", **row}))[0]["categories"] == categories


def test_stock_may_be_a_number_or_a_yes_or_no(tmp_path: Path) -> None:
    rows = [{"sku": str(number), "availability": text} for number, text in enumerate(["in stock", "Sold out", "4"])]
    assert [record["stock"] for record in records(jsonl(tmp_path, *rows))] == [True, False, 4]


def test_columns_are_found_by_the_names_that_shops_use_and_told_ones_go_first() -> None:
    mapping = map_columns(["Product ID", "Title", "Body (HTML)", "Vendor", "Cost", "Colour"], {"price": "Cost"})
    assert mapping.fields == {
        "sku": "Product ID",
        "name": "Title",
        "description": "Body (HTML)",
        "brand": "Vendor",
        "price": "Cost",
    }
    assert mapping.others == ("Colour",)


@pytest.mark.parametrize(
    ("told", "says"), [({}, "--map sku="), ({"sku": "nope"}, "no such column"), ({"size": "a"}, "choose a field")]
)
def test_columns_that_cannot_be_mapped_say_how(told: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        map_columns(["a", "b"], told)


def test_a_real_catalogue_is_read_whole() -> None:
    found = records(shared_path("data/retail_demo_store/products.yaml"), currency="USD")
    assert len(found) == len({record["objectID"] for record in found}) == 2465
    assert all(record["price_minor"] == round(record["price"] * 100) for record in found)
