"""A lake in a folder: Glue's records in dictionaries, S3's objects as files. A fake, not a mock."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from local.athena.lake import GlueTable, StoredObject

PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


class FolderLake:
    """Buckets are the folders under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.glue: dict[str, dict[str, GlueTable]] = {"tradewind": {}}
        self.registered: dict[str, list[GlueTable]] = {}

    def databases(self) -> Sequence[str]:
        return sorted(self.glue)

    def table(self, database: str, name: str) -> GlueTable | None:
        return self.glue.get(database, {}).get(name)

    def tables(self, database: str) -> Sequence[GlueTable]:
        return list(self.glue.get(database, {}).values())

    def partitions(self, database: str, name: str) -> Sequence[GlueTable]:
        return self.registered.get(name, [])

    def create_table(self, database: str, table_input: dict[str, Any], *, replace: bool = False) -> None:
        self.glue[database][table_input["Name"]] = {"DatabaseName": database, **table_input}

    def delete_table(self, database: str, name: str) -> None:
        del self.glue[database][name]

    def objects(self, bucket: str, prefix: str) -> Sequence[StoredObject]:
        folder = self.root / bucket
        found = ((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
        return [StoredObject(key, path.stat().st_size, path) for key, path in sorted(found) if key.startswith(prefix)]

    def put(self, bucket: str, key: str, body: bytes, content_type: str) -> None:
        path = self.root / bucket / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def put_rows(self, key: str, select: str) -> None:
        """Put the rows of a DuckDB SELECT as a Parquet object into bucket `lake`."""
        path = self.root / "lake" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        duckdb.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")

    def add_table(
        self, name: str, columns: dict[str, str], *, keys: dict[str, str] | None = None, **parameters: str
    ) -> None:
        """Add a Parquet table over s3://lake/<name>/; parameters with __ for the dots of their names."""
        table_input = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {key.replace("__", "."): value for key, value in parameters.items()},
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": of} for column, of in columns.items()],
                "Location": f"s3://lake/{name}/",
                "SerdeInfo": {"SerializationLibrary": PARQUET},
            },
            "PartitionKeys": [{"Name": key, "Type": of} for key, of in (keys or {}).items()],
        }
        self.create_table("tradewind", table_input)


def monthly_sales(root: Path) -> FolderLake:
    """Return a lake with table `sales`: two lines in each month of 2011, 10.50 and 0.25 pounds, months projected."""
    lake = FolderLake(root)
    columns = {"invoice_no": "string", "quantity": "int", "total_price": "decimal(18,3)", "invoice_date": "timestamp"}
    lake.add_table(
        "sales",
        columns,
        keys={"month": "string"},
        projection__enabled="true",
        projection__month__type="date",
        projection__month__format="yyyy-MM",
        projection__month__range="2010-01,NOW+1YEARS",
        projection__month__interval="1",
        projection__month__interval__unit="MONTHS",
        storage__location__template="s3://lake/sales/month=${month}",
    )
    for number in range(1, 13):
        month = f"2011-{number:02d}"
        lake.put_rows(
            f"sales/month={month}/a-00000.parquet",
            f"""SELECT 'A{number}' AS invoice_no, 7::INTEGER AS quantity, 10.500::DECIMAL(18,3) AS total_price,
                TIMESTAMP '{month}-15 10:30:00' AS invoice_date
                UNION ALL SELECT 'B{number}', 2, 0.250, TIMESTAMP '{month}-16 00:00:00'""",
        )
    return lake
