"""The engine of large loads: the same SQL files on Spark. pyspark is there only where a session is passed in."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.errors import InputError
from tradewind.lake import layout, quality
from tradewind.lake.sql import read_sql, transpile
from tradewind.lake.tables import QUALITY_CHECKS, SALES, SALES_QUARANTINE, Column
from tradewind.sales import spark_parts
from tradewind.sales.attempts import TABLES, Cleaned
from tradewind.sales.dates import decide_date_order
from tradewind.sales.loads import Manifest, tally
from tradewind.sales.publishing import Clock
from tradewind.sales.stores import SalesStores

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# What the files must be like, whatever the session was started with.
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.binaryAsString": "true",
    "spark.sql.legacy.parquet.nanosAsLong": "true",  # pandas writes nanoseconds, which Spark 3.5 refuses otherwise
    "spark.sql.parquet.compression.codec": "zstd",
}


class OnSpark:
    """Cleans with a Spark session."""

    def __init__(self, spark: "SparkSession") -> None:
        self._spark = spark
        for name, value in _SETTINGS.items():
            spark.conf.set(name, value)

    def takes(self, manifest: Manifest, stores: SalesStores) -> bool:
        return True

    def clean(self, stores: SalesStores, manifest: Manifest, *, attempt: str, clock: Clock) -> Cleaned:
        prefix = layout.staging_prefix(manifest.load, attempt)
        folder = f"s3://{stores.lake.bucket}/{prefix}"
        self._read(stores, manifest, folder)
        counts, money = tally(self._judge(folder))
        checks = quality.run_checks(self._rows, TABLES, engine="spark")
        self._write_checks(stores, manifest, checks, attempt=attempt, clock=clock)
        if not quality.failures(checks):
            self._write(folder)
        return Cleaned(counts=counts, money=money, keys=list(stores.lake.list(prefix)), checks=checks)

    def _read(self, stores: SalesStores, manifest: Manifest, folder: str) -> None:
        """Make raw_sales and load_settings."""
        raw = spark_parts.read_parts(self._spark, stores.lake, manifest, f"{folder}work/raw")
        raw.createOrReplaceTempView("raw_sales")
        if raw.isEmpty():
            raise InputError(f"file {manifest.load!r}", "has no rows below its header", "export it again with its rows")
        order = decide_date_order(*self._sql(read_sql("sales/date_order.sql")).collect()[0])
        settings = self._spark.createDataFrame([(manifest.load, order)], "load string, date_order string")
        settings.createOrReplaceTempView("load_settings")

    def _judge(self, folder: str) -> list[tuple[str, int, Decimal]]:
        """Make sales and sales_quarantine, and return rows and money of each outcome.

        What was judged is written once and read again: every later query has a small plan, and a lost worker costs
        no second judging.
        """
        rows = self._sql(read_sql("sales/clean_sales.sql"))
        zoneless = rows.withColumn("invoice_date", rows["invoice_date"].cast("timestamp_ntz"))
        zoneless.write.parquet(f"{folder}work/judged")
        judged = self._spark.read.parquet(f"{folder}work/judged")
        judged.createOrReplaceTempView("judged_sales")
        sales = judged.where("line_type is not null").selectExpr(*_typed(SALES.columns), "month")
        sales.createOrReplaceTempView("sales")
        quarantine = judged.where("reason is not null").selectExpr(*_quarantined())
        quarantine.createOrReplaceTempView("sales_quarantine")
        totals = self._spark.sql(
            "select coalesce(line_type, reason), count(*), cast(coalesce(sum(total_price), 0) as decimal(38, 3)) "
            "from judged_sales group by 1"
        )
        return [(outcome, int(rows), money) for outcome, rows, money in totals.collect()]

    def _write(self, folder: str) -> None:
        sales = self._spark.table("sales").repartition("month").sortWithinPartitions("month", "source_row")
        sales.write.partitionBy("month").parquet(f"{folder}clean")
        quarantine = self._spark.table("sales_quarantine")
        if not quarantine.isEmpty():
            quarantine.repartition(1).sortWithinPartitions("source_row").write.parquet(f"{folder}quarantine")

    def _write_checks(
        self,
        stores: SalesStores,
        manifest: Manifest,
        checks: list[quality.CheckResult],
        *,
        attempt: str,
        clock: Clock,
    ) -> None:
        rows = quality.records(
            checks, load=manifest.load, upload_id=manifest.upload_id, attempt=attempt, checked_at=clock()
        )
        schema = ", ".join(f"{column.name} {_spark_type(column)}" for column in QUALITY_CHECKS.columns)
        prefix = layout.staging_prefix(manifest.load, attempt) + "checks/"
        self._spark.createDataFrame(rows, schema).coalesce(1).write.parquet(f"s3://{stores.lake.bucket}/{prefix}")
        (written,) = [key for key in stores.lake.list(prefix) if key.endswith(".parquet")]
        stores.lake.copy(written, layout.quality_checks_key(manifest.load, attempt))

    def _sql(self, text: str) -> "DataFrame":
        return self._spark.sql(transpile(text, "spark"))

    def _rows(self, statement: str) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        found = self._spark.sql(statement)
        return found.columns, [tuple(row) for row in found.collect()]


def _typed(columns: Sequence[Column]) -> list[str]:
    return [f"cast({column.name} as {_spark_type(column)}) as {column.name}" for column in columns]


def _quarantined() -> list[str]:
    raw = {column.name for column in SALES_QUARANTINE.columns[:8]}
    return [
        f"raw_{column.name} as {column.name}"
        if column.name in raw
        else f"cast({column.name} as {_spark_type(column)}) as {column.name}"
        for column in SALES_QUARANTINE.columns
    ]


def _spark_type(column: Column) -> str:
    # Without a zone, or other engines would read the shop's clock as an instant.
    return "timestamp_ntz" if column.type == "timestamp" else column.type
