"""Runs the statements of a job file on Spark: the Glue environment's half of the parity test.

    python run_on_spark.py JOB.json

JOB.json: {"relations": {name: Parquet path}, "views": {name: SELECT}, "statements": {name: SELECT}, "into": folder}.
Writes each statement's rows to into/<name>/ and the types of all to into/types.json.
"""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession


def main(job_file: str) -> None:
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    spark = session()
    for name, path in job["relations"].items():
        spark.read.parquet(path).createOrReplaceTempView(name)
    for name, select in job["views"].items():
        spark.sql(f"create or replace temporary view {name} as {select}")
    types = {}
    for name, select in job["statements"].items():
        rows = spark.sql(select)
        types[name] = [[column.name, column.dataType.simpleString()] for column in rows.schema]
        rows.write.mode("overwrite").parquet(f"{job['into']}/{name}")
    Path(job["into"], "types.json").write_text(json.dumps(types), encoding="utf-8")
    spark.stop()


def session() -> SparkSession:
    return (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "1500m")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        # `month` is text: '2011-01' must not become a date.
        .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        .getOrCreate()
    )


if __name__ == "__main__":
    main(sys.argv[1])
