from pathlib import Path

import duckdb
import pytest

from tradewind.demo import DemoShop, generate


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> DemoShop:
    return generate(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def books(shop: DemoShop) -> duckdb.DuckDBPyConnection:
    """A database with `lines` (the sales file with the product's category and whether it is used up) and `shoppers`."""
    con = duckdb.connect()
    con.execute(
        """
        create table lines as
        select s.*, p.category, p.used_up, p.companions,
            cast(Quantity as int) * cast(UnitPrice as decimal(18, 3)) as total
        from read_csv(?, all_varchar = true) s left join read_json(?) p on p.stock_code = s.StockCode
        """,
        [_text(shop.files[0]), _text(shop.products_file)],
    )
    con.execute("create table shoppers as select * from read_json(?)", [_text(shop.shoppers_file)])
    return con


def _text(path: Path) -> str:
    return str(path)
