"""`tradewind import sales` from the person's side."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.sales_cloud import HEADER, LATER, SHOP, SalesCloud
from tradewind.cli.import_sales import column_map
from tradewind.errors import InputError
from tradewind.sales.intake import upload

ROW = "536365,85123A,LANTERN,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"


def write(folder: Path, text: str, name: str = "shop.csv") -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return str(path)


def test_an_import_ends_with_the_accounting_and_status_0_although_rows_were_quarantined(
    cloud: SalesCloud, run: Run, tmp_path: Path
) -> None:
    said = run("import", "sales", write(tmp_path, SHOP))

    assert said.status == 0
    assert said.out == "shop.csv: 4 read, 2 sales, 1 returns, 1 quarantined: 1 no_price\n"


def test_without_a_terminal_each_step_is_one_line_on_stderr(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    said = run("import", "sales", write(tmp_path, SHOP))

    assert said.err.splitlines() == ["shop.csv: checking and uploading 354 B", "shop.csv: waiting for its turn"]


def test_the_same_bytes_again_are_said_to_be_unchanged(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, SHOP)
    run("import", "sales", file)
    said = run("import", "sales", file)

    assert said.status == 0
    assert said.out.splitlines() == [
        "shop.csv: unchanged, the same content is loaded already",
        "shop.csv: 4 read, 2 sales, 1 returns, 1 quarantined: 1 no_price",
    ]


def test_several_files_are_loads_of_their_own(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    run("import", "sales", write(tmp_path, SHOP, "one.csv"), write(tmp_path, LATER, "two.csv"))

    assert [load.name for load in cloud.stores.loads.list()] == ["one.csv", "two.csv"]


def test_several_files_with_a_name_are_the_parts_of_one_load(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    said = run("import", "sales", write(tmp_path, SHOP, "a.csv"), write(tmp_path, SHOP, "b.csv"), "--as", "year")

    # The second file repeats all of the first: its four rows are duplicates.
    assert said.out == "year: 8 read, 2 sales, 1 returns, 5 quarantined: 4 duplicate, 1 no_price\n"


def test_any_split_gives_the_same_accounting(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    said = run("import", "sales", write(tmp_path, SHOP), "--split", "3")

    assert said.out == "shop.csv: 4 read, 2 sales, 1 returns, 1 quarantined: 1 no_price\n"


def test_a_column_of_another_name_is_mapped(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, HEADER.replace("UnitPrice", "Per piece") + ROW)
    said = run("import", "sales", file, "--map", "Per piece=unit_price")

    assert said.out == "shop.csv: 1 read, 1 sales, 0 returns, 0 quarantined\n"


def test_a_load_that_cannot_be_cleaned_says_why_and_ends_with_status_1(
    cloud: SalesCloud, run: Run, tmp_path: Path
) -> None:
    said = run("import", "sales", write(tmp_path, HEADER.replace("Quantity", "Colour") + ROW))

    assert said.status == 1
    assert said.out == ""
    assert said.err.splitlines()[-1] == (
        "error: shop.csv: columns of 'shop.csv' lack quantity; it has 'InvoiceNo', 'StockCode', 'Description', "
        "'Colour', 'InvoiceDate', 'UnitPrice', 'CustomerID', 'Country': say which is which with --map "
        "'THEIRS=quantity'"
    )


def test_a_bad_version_leaves_the_good_one_and_says_so(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    run("import", "sales", write(tmp_path, SHOP))
    said = run("import", "sales", write(tmp_path, "nothing\n"))

    assert said.status == 1
    assert said.err.splitlines()[-1] == (
        "the version before it is still in place: 4 read, 2 sales, 1 returns, 1 quarantined: 1 no_price"
    )


def test_the_first_real_import_removes_the_demos_sales_and_says_so(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    bring_demo(cloud, tmp_path)
    said = run("import", "sales", write(tmp_path, SHOP))

    assert said.out.splitlines()[-1] == (
        "the demo's sales are removed: real ones are here now (--keep-demo keeps them)"
    )
    assert [load.name for load in cloud.stores.loads.list()] == ["shop.csv"]


def test_keep_demo_keeps_it(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    bring_demo(cloud, tmp_path)
    run("import", "sales", write(tmp_path, SHOP), "--keep-demo")

    assert [load.name for load in cloud.stores.loads.list()] == ["demo.csv", "shop.csv"]


def test_a_real_import_that_fails_keeps_the_demo(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    bring_demo(cloud, tmp_path)
    run("import", "sales", write(tmp_path, "nothing\n"))

    assert {load.name: load.state for load in cloud.stores.loads.list()} == {"demo.csv": "clean", "shop.csv": "failed"}


def bring_demo(cloud: SalesCloud, folder: Path) -> None:
    sent = upload([Path(write(folder, LATER, "demo.csv"))], cloud.stores, now=cloud.clock(), demo=True)
    cloud.deliver(f'{{"command": "retry", "load": "{sent.load}"}}', message_id="demo")


def test_a_missing_file_is_named_before_anything_is_sent(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    said = run("import", "sales", write(tmp_path, SHOP), str(tmp_path / "gone.csv"))

    assert said.status == 1
    assert said.err == f"error: file '{tmp_path}/gone.csv' does not exist: give the path of a sales file\n"
    assert cloud.keys() == []


def test_two_files_of_one_name_are_refused(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    first, second = write(tmp_path / "north", SHOP), write(tmp_path / "south", SHOP)
    said = run("import", "sales", first, second)

    assert said.err == (
        "error: file name 'shop.csv': two files of this name would replace each other: "
        "import one of them with --as NAME\n"
    )


def test_a_name_with_a_slash_is_refused(cloud: SalesCloud, run: Run, tmp_path: Path) -> None:
    said = run("import", "sales", write(tmp_path, SHOP), "--as", "2011/12")

    assert said.err == "error: load name '2011/12': leave out slashes and control characters (--as NAME)\n"


def test_no_parts_at_all_are_refused(run: Run, home: Path, tmp_path: Path) -> None:
    said = run("import", "sales", write(tmp_path, SHOP), "--split", "0")

    assert said.err == "error: --split 0: give 1 or more parts\n"


def test_a_stopped_cloud_says_how_to_start_it(run: Run, home: Path, tmp_path: Path) -> None:
    said = run("import", "sales", write(tmp_path, SHOP))

    assert said.status == 1
    assert said.err == "error: the local cloud does not answer at http://127.0.0.1:9: start it with `make up`\n"


def test_a_column_map_may_hold_equals_signs_in_their_name() -> None:
    assert column_map(["a=b=unit_price", "Menge = quantity"]) == {"a=b": "unit_price", "Menge": "quantity"}


@pytest.mark.parametrize("text", ["unit_price", "=unit_price", "Price="])
def test_a_column_map_without_both_sides_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        column_map([text])
    assert str(refused.value) == f"--map '{text}': write THEIRS=OURS, for example --map \"Price each=unit_price\""


def test_a_column_mapped_twice_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        column_map(["Price=unit_price", "Price=quantity"])
    assert str(refused.value) == "--map 'Price=quantity': 'Price' is mapped twice, keep one of the two"
