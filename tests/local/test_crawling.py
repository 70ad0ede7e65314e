"""Which folders a crawler takes for tables."""

from pathlib import Path

from local.crawling import crawl, glue_table
from tests.local.folder_lake import FolderLake


def test_folders_of_one_format_are_a_table_with_the_files_columns(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path)
    lake.put_rows("raw/sales/a/1/part.parquet", 'SELECT 1::INTEGER AS "Invoice No", 1.5::DECIMAL(9,2) AS price')
    lake.put_rows("raw/sales/b/1/part.parquet", 'SELECT 2::INTEGER AS "Invoice No", 2.5::DECIMAL(9,2) AS price')
    [table] = crawl(lake.objects("lake", "raw/sales/"), "raw/sales/").tables
    assert (table.name, table.folder, table.files) == ("sales", "raw/sales/", 2)
    assert table.schema.columns == (("invoice_no", "int"), ("price", "decimal(9,2)"))


def test_folders_of_different_formats_are_a_table_each_and_workbooks_none(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path)
    lake.put("lake", "raw/sales/Spring 2011.csv/1/part.csv", b"InvoiceNo;Quantity\nA;1\n", "text/csv")
    lake.put_rows("raw/sales/autumn/1/part.parquet", "SELECT 1 AS a")
    lake.put("lake", "raw/sales/Online Retail.xlsx/1/part.xlsx", b"PK..", "application/zip")
    lake.put("lake", "raw/sales/autumn/1/manifest.json", b"{}", "application/json")
    found = crawl(lake.objects("lake", "raw/sales/"), "raw/sales/", exclusions=["**/manifest.json"])
    assert [(table.name, table.schema.format) for table in found.tables] == [
        ("spring_2011_csv", "csv"),
        ("autumn", "parquet"),
    ]
    assert found.tables[0].schema.columns == (("invoiceno", "string"), ("quantity", "string"))
    assert found.tables[0].schema.delimiter == ";"
    assert dict(found.left_out) == {
        "raw/sales/Online Retail.xlsx/1/part.xlsx": "its classification is unknown: "
        "parquet, csv and json files become tables"
    }


def test_a_file_that_is_not_what_its_name_says_is_left_out_with_the_reason(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path)
    lake.put("lake", "raw/a/x.parquet", b"not parquet at all", "")
    found = crawl(lake.objects("lake", "raw/"), "raw/")
    assert found.tables == ()
    assert found.left_out["raw/a/x.parquet"].startswith("it is not the parquet that its name says: ")


def test_the_table_of_a_csv_can_be_queried(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path)
    lake.put("lake", "raw/names/a.csv", b'id,name\n1,"Lamp, red"\n', "text/csv")
    [table] = crawl(lake.objects("lake", "raw/names/"), "raw/names/").tables
    lake.create_table("tradewind", dict(glue_table(table, bucket="lake", prefix="raw_", crawler="raw")))
    from tests.local.test_athena_queries import Shop

    assert Shop(tmp_path, lake).rows("SELECT id, name FROM raw_names") == [["1", "Lamp, red"]]


def test_json_lines_keep_their_types(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path)
    lake.put("lake", "raw/events/a.json", b'{"id": 1, "tags": ["a"]}\n{"id": 2, "tags": []}\n', "")
    [table] = crawl(lake.objects("lake", "raw/events/"), "raw/events/").tables
    assert table.schema.columns == (("id", "bigint"), ("tags", "array<string>"))


def test_an_empty_folder_is_no_table(tmp_path: Path) -> None:
    assert crawl([], "raw/").tables == ()
