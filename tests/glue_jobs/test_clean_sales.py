"""The Glue job on Spark 3.5: the same rows as the function makes of the same files."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from local import process
from tests.local.running_cloud import RunningCloud
from tests.missing import missing
from tests.real_data import ROOT, shared_path
from tests.sales_cloud import HEADER, SalesCloud, made_cloud, manifest_arrived
from tradewind.deployment import LOCAL
from tradewind.lake.tables import SALES, SALES_QUARANTINE
from tradewind.sales.intake import upload
from tradewind.sales.loads import Load

SPARK = ROOT / ".venvs" / "glue" / "bin" / "python"

# Quotes, a line break in a cell, umlauts, an exact duplicate, an unreadable quantity, a blank row, a return.
ODD = HEADER + (
    '536365,85123a,"LANTERN, ""GLÜHWEIN""\nRED ",6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n'
    "536366,22139,,two,2010-12-01 09:00:00,1.25,,France\n"
    ",,,,,,,\n"
    "536367,POST,POSTAGE,1,2010-12-02 10:00:00,18.125,12583,France\n"
    "536367,POST,POSTAGE,1,2010-12-02 10:00:00,18.125,12583,France\n"
    "C536379,D,Discount,-1,2011-01-04 09:41:00,27.5,14527,United Kingdom\n"
    "A563185,B,Adjust bad debt,1,2011-08-12 14:50:00,11062.06,,United Kingdom\n"
)
SEMICOLONS = (HEADER + "536365,85123A,LANTERN,6,13/12/2010 8:26,2.55,17850,Österreich\n").replace(",", ";")
RAGGED = HEADER + "536365,85123A\n"
LATIN = (HEADER + "536365,85123A,GLÜHWEIN,6,2010-12-01,2.55,17850,UK\n").encode("latin-1")


class Runs:
    """Loads sent to a cloud, and the Spark session that works them off."""

    def __init__(self, path: SalesCloud, folder: Path) -> None:
        self.path = path
        self.folder = folder
        self.arguments: list[list[str]] = []

    def send(self, files: list[Path], name: str, *, split: int = 1) -> None:
        sent = upload(files, self.path.stores, now=self.path.clock(), name=name, split=split)
        message = base64.b64encode(manifest_arrived(name, sent.upload_id).encode()).decode()
        places = {
            "--env": "local",
            "--lake_bucket": LOCAL.lake_bucket,
            "--loads_table": LOCAL.loads_table,
            "--sales_job": LOCAL.sales_job,
            "--sales_queue_url": self.path.queue_url,
            "--message": message,
            "--message_id": f"job:{name}",
        }
        self.arguments.append([text for pair in places.items() for text in pair])

    def write(self, content: str | bytes, name: str) -> Path:
        file = self.folder / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def work_off(self) -> str:
        """Run the job for each load that was sent and return what it printed."""
        runs = self.folder / "runs.json"
        runs.write_text(json.dumps(self.arguments))
        command = [SPARK, ROOT / "tests/glue_jobs/run_jobs.py", runs]
        done = subprocess.run(command, env=_environment(), capture_output=True, text=True, timeout=560, check=False)
        assert done.returncode == 0, done.stdout + done.stderr[-6000:]
        return done.stdout

    def rows(self, name: str, zone: str) -> list[tuple[object, ...]]:
        """Return a load's rows without its name, by source_row."""
        folder = self.folder / f"read-{len(list(self.folder.iterdir()))}"
        found: list[tuple[object, ...]] = []
        for number, key in enumerate(self.path.keys(zone)):
            folder.mkdir(exist_ok=True)
            file = folder / f"{number}.parquet"
            self.path.s3.download_file(self.path.stores.lake.bucket, key, str(file))
            rows = duckdb.connect().query(
                f"select * exclude (load), source_row from read_parquet('{file}', hive_partitioning = false) "
                f"where load = '{name}'"
            )
            found += rows.fetchall()
        return sorted(found, key=lambda row: int(str(row[-1])))

    def load(self, name: str) -> Load:
        return self.path.load(name)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    for needed, reason in (
        (process.INTERPRETER.exists(), "the local cloud's environment is not built (make setup)"),
        (SPARK.exists(), "the Glue environment is not built (make setup, with Java 17)"),
        (shutil.which("java") is not None, "Java 17 is not installed"),
    ):
        if not needed:
            missing(reason)
    folder = tmp_path_factory.mktemp("spark")
    cloud = RunningCloud(folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADEWIND_CLOUD_PARTS", "")  # neither Athena nor Glue is needed
        cloud.start()
        for name, value in process.client_environment(cloud.home).items():
            patch.setenv(name, value)
        try:
            runs = Runs(made_cloud(), folder)
            _send_all(runs)
            runs.work_off()
            yield runs
        finally:
            cloud.stop()


def _send_all(runs: Runs) -> None:
    odd = runs.write(ODD, "Läden März +1 [50%].csv")
    runs.send([odd], "Läden März +1 [50%].csv")
    runs.send([odd], "split", split=3)
    runs.send([runs.write(SEMICOLONS.encode("utf-16"), "wide.csv")], "wide")
    typed = runs.folder / "typed.parquet"
    duckdb.connect().query(
        "select 536365 as InvoiceNo, '85123A' as StockCode, 'LANTERN' as Description, 6::double as Quantity, "
        "timestamp_ns '2010-12-01 08:26:00' as InvoiceDate, 2.55 as Price, 17850::double as CustomerID, 'UK' as Country"
    ).write_parquet(str(typed))
    runs.send([typed], "typed")
    runs.send([runs.write(RAGGED, "ragged.csv")], "ragged")
    runs.send([runs.write(LATIN, "latin.csv")], "latin")
    runs.send([runs.write(HEADER, "empty.csv")], "empty")


def _environment() -> dict[str, str]:
    jars = ",".join(str(jar) for jar in sorted(shared_path("spark/jars").glob("*.jar")))
    settings = {
        "spark.jars": jars,
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": os.environ["AWS_ENDPOINT_URL"],
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.access.key": os.environ["AWS_ACCESS_KEY_ID"],
        "spark.hadoop.fs.s3a.secret.key": os.environ["AWS_SECRET_ACCESS_KEY"],
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.ui.enabled": "false",
        # a handful of rows: planning and compiling would cost more than the work
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    told = " ".join(f"--conf {name}={value}" for name, value in settings.items())
    return {
        **os.environ,
        "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "PYSPARK_SUBMIT_ARGS": f"--master local[2] {told} pyspark-shell",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests/glue_jobs/glue_modules")]),
        "PYSPARK_PYTHON": str(SPARK),
    }


@pytest.mark.spark
@pytest.mark.cloud
class TestCleanSales:
    # First, while all files are still Spark's.
    def test_the_files_have_the_types_of_their_tables(self, runs: Runs) -> None:
        hive = {
            "INTEGER": "int",
            "BIGINT": "bigint",
            "VARCHAR": "string",
            "TIMESTAMP": "timestamp",
            "BOOLEAN": "boolean",
        }
        for table, zone in ((SALES, "clean/"), (SALES_QUARANTINE, "quarantine/")):
            for key in runs.path.keys(zone):
                file = runs.folder / "typed-file.parquet"
                runs.path.s3.download_file(runs.path.stores.lake.bucket, key, str(file))
                found = (
                    duckdb.connect()
                    .query(f"describe select * from read_parquet('{file}', hive_partitioning = false)")
                    .fetchall()
                )
                types = [(name, hive.get(kind, kind.lower())) for name, kind, *_ in found]
                assert types == [(column.name, column.type) for column in table.columns]

    @pytest.mark.parametrize("name", ["Läden März +1 [50%].csv", "split", "wide", "typed"])
    def test_spark_makes_the_rows_that_the_function_makes(self, runs: Runs, name: str) -> None:
        spark = runs.rows(name, "clean/"), runs.rows(name, "quarantine/"), runs.load(name)
        assert spark[2].state == "clean", spark[2].message

        runs.path.deliver(json.dumps({"command": "rebuild", "load": name}), message_id=f"rebuild {name}")

        duck = runs.rows(name, "clean/"), runs.rows(name, "quarantine/"), runs.load(name)
        assert spark[:2] == duck[:2]
        assert (spark[2].counts, spark[2].money) == (duck[2].counts, duck[2].money)
        assert len(spark[0]) + len(spark[1]) > 0

    def test_any_split_gives_the_same_rows(self, runs: Runs) -> None:
        assert runs.rows("split", "clean/") == runs.rows("Läden März +1 [50%].csv", "clean/")

    def test_nothing_is_left_in_staging(self, runs: Runs) -> None:
        assert runs.path.keys("staging/") == []

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            (
                "ragged",
                "a line of the file has not as many cells as the header: "
                "put cells that hold the delimiter in double quotes",
            ),
            ("latin", "encoding of 'latin' is not UTF-8: byte 0xdc on line 2: save it as CSV UTF-8"),
            ("empty", "file 'empty' has no rows below its header: export it again with its rows"),
        ],
    )
    def test_bad_input_fails_with_its_reason(self, runs: Runs, name: str, message: str) -> None:
        assert (runs.load(name).state, runs.load(name).message) == ("failed", message)
