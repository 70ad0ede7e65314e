import hashlib
import json
import re
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from tradewind.config import Limits
from tradewind.demo import DemoShop, generate
from tradewind.demo.dirt import DIRTY_ROWS
from tradewind.demo.shop import pounds
from tradewind.sales.cleaning import CleanedLoad, clean
from tradewind.sales.reading import open_sales

# Recorded with:
#   python -c "from pathlib import Path; from tradewind.demo import generate; generate(Path('build/demo'))"
#   sha256sum build/demo/demo-sales.csv build/demo/demo-products.jsonl
# The shoppers' file is not among them: their names change with the version of Faker.
GOLDEN = {
    "demo-sales.csv": "d6f3767ee416c2ef706b8d1ce7e93823bb9aed3a939422731c82fb5368ef14f2",
    "demo-products.jsonl": "b4cbe0d91e6d689ac4f00a11194e5b1e0b011c51ef5dbb2a2d2630d91e30be05",
}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_demo_has_the_same_bytes_on_every_machine(shop: DemoShop) -> None:
    assert {path.name: digest(path) for path in (*shop.files, shop.products_file)} == GOLDEN


def test_another_process_with_other_hashes_of_text_makes_the_same_files(shop: DemoShop, tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from tradewind.demo import generate; generate(Path(sys.argv[1]))"
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        check=True,
        cwd=root,
        env={"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo"},
    )
    for path in (*shop.files, shop.products_file, shop.shoppers_file):
        assert digest(tmp_path / path.name) == digest(path)


def test_another_seed_is_another_shop(shop: DemoShop, tmp_path: Path) -> None:
    other = generate(tmp_path, seed=7)
    assert digest(other.files[0]) != digest(shop.files[0])
    assert [product.name for product in other.products] != [product.name for product in shop.products]


@pytest.mark.parametrize("until", [date(2024, 2, 29), date(2026, 6, 15)])
def test_the_year_ends_with_the_day_asked_for(until: date, tmp_path: Path) -> None:
    shop = generate(tmp_path, until=until)
    first, last = duckdb.execute(
        "select min(InvoiceDate), max(InvoiceDate) from read_csv(?)", [str(shop.files[0])]
    ).fetchall()[0]
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    assert last.date() == until
    assert 360 <= (last - first).days <= 365


def test_every_record_says_that_it_is_demo_and_no_address_can_be_real(shop: DemoShop) -> None:
    products = [json.loads(line) for line in shop.products_file.read_text().splitlines()]
    shoppers = [json.loads(line) for line in shop.shoppers_file.read_text().splitlines()]
    assert all(record["demo"] is True for record in products + shoppers)
    assert all(re.fullmatch(r"[a-z.-]+\.\d+@example\.com", shopper["email"]) for shopper in shoppers)
    assert len({shopper["email"] for shopper in shoppers}) == len(shoppers) == 900


@pytest.fixture(scope="session")
def cleaned(shop: DemoShop, tmp_path_factory: pytest.TempPathFactory) -> CleanedLoad:
    con = duckdb.connect()
    open_sales(con, list(shop.files), columns={}, limits=Limits())
    return clean(con, load="demo", into=tmp_path_factory.mktemp("cleaned"))


def test_all_rows_are_clean_but_the_dirty_ones_put_in(shop: DemoShop, cleaned: CleanedLoad) -> None:
    assert cleaned.counts.quarantined == DIRTY_ROWS
    assert cleaned.counts.read == shop.sale_rows
    assert cleaned.counts.clean == shop.sale_rows - sum(DIRTY_ROWS.values())


def test_the_sales_span_the_months_of_the_year(cleaned: CleanedLoad) -> None:
    assert cleaned.months == tuple(f"2025-{month:02d}" for month in range(1, 13))


@pytest.mark.parametrize(("pence", "text"), [(0, "0.00"), (5, "0.05"), (395, "3.95"), (-12_500, "-125.00")])
def test_prices_are_written_in_pounds(pence: int, text: str) -> None:
    assert pounds(pence) == text
