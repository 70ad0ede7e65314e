"""Athena, job runs and crawlers in the running local cloud, through unmodified clients."""

import json
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from local import process
from tests.local.folder_lake import PARQUET
from tests.local.running_cloud import RunningCloud, eventually
from tests.missing import missing

pytestmark = pytest.mark.cloud
BUCKET = "athena-tests"


@pytest.fixture(scope="module")
def lake(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> RunningCloud:
    """The running cloud with table `sales` of two months: 10.500 and 0.250 in each."""
    s3, glue, athena = cloud.client("s3"), cloud.client("glue"), cloud.client("athena")
    s3.create_bucket(Bucket=BUCKET)
    glue.create_database(DatabaseInput={"Name": "tradewind"})
    for month in ("2011-01", "2011-02"):
        path = tmp_path_factory.mktemp("rows") / "a.parquet"
        duckdb.execute(
            f"""COPY (SELECT 'A' AS invoice_no, 10.500::DECIMAL(18,3) AS total_price,
            TIMESTAMP '{month}-15 10:30:00' AS at
            UNION ALL SELECT NULL, 0.250, NULL) TO '{path}' (FORMAT parquet)"""
        )
        s3.put_object(Bucket=BUCKET, Key=f"clean/sales/month={month}/é +a.parquet", Body=path.read_bytes())
    glue.create_table(DatabaseName="tradewind", TableInput=_sales_table())
    athena.create_work_group(
        Name="tradewind",
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/results/"},
        },
    )
    return cloud


def _sales_table() -> dict[str, Any]:
    columns = {"invoice_no": "string", "total_price": "decimal(18,3)", "at": "timestamp"}
    return {
        "Name": "sales",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "projection.enabled": "true",
            "projection.month.type": "date",
            "projection.month.format": "yyyy-MM",
            "projection.month.range": "2010-01,NOW+1YEARS",
            "projection.month.interval": "1",
            "projection.month.interval.unit": "MONTHS",
            "storage.location.template": f"s3://{BUCKET}/clean/sales/month=${{month}}",
        },
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": of} for name, of in columns.items()],
            "Location": f"s3://{BUCKET}/clean/sales/",
            "SerdeInfo": {"SerializationLibrary": PARQUET},
        },
        "PartitionKeys": [{"Name": "month", "Type": "string"}],
    }


@pytest.fixture
def notebook(lake: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """awswrangler as a data scientist has it: the environment says where AWS is, nothing else is changed."""
    for name, value in process.client_environment(lake.home).items():
        monkeypatch.setenv(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of awswrangler's own imports and default bucket
        import awswrangler
        import boto3

        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        yield awswrangler


@pytest.mark.parametrize("ctas_approach", [False, True])
@pytest.mark.parametrize("where", [{}, {"workgroup": "tradewind"}])
def test_awswrangler_reads_a_query_unmodified(notebook: Any, ctas_approach: bool, where: dict[str, str]) -> None:
    frame = notebook.athena.read_sql_query(
        "SELECT month, sum(total_price) AS revenue, count(invoice_no) AS named, max(at) AS last "
        "FROM sales GROUP BY month ORDER BY month",
        database="tradewind",
        ctas_approach=ctas_approach,
        **where,
    )
    assert frame["month"].tolist() == ["2011-01", "2011-02"]
    assert [str(value) for value in frame["revenue"]] == ["10.750", "10.750"]
    assert frame["named"].tolist() == [1, 1]
    assert str(frame["last"].iloc[0]) == "2011-01-15 10:30:00"


def test_awswrangler_reads_a_result_without_rows(notebook: Any) -> None:
    sql = "SELECT * FROM sales WHERE month = '2010-05'"
    assert notebook.athena.read_sql_query(sql, database="tradewind").shape == (0, 4)


def test_awswrangler_leaves_no_table_behind(notebook: Any, lake: RunningCloud) -> None:
    notebook.athena.read_sql_query("SELECT 1 AS one", database="tradewind", ctas_approach=True)
    tables = lake.client("glue").get_tables(DatabaseName="tradewind")["TableList"]
    assert not [table["Name"] for table in tables if table["Name"].startswith("temp_table")]


def test_awswrangler_reads_the_files_of_the_lake(notebook: Any) -> None:
    frame = notebook.s3.read_parquet(f"s3://{BUCKET}/clean/sales/", dataset=True)
    assert frame.shape == (4, 4)


def test_a_role_without_the_right_may_not_query(lake: RunningCloud) -> None:
    iam, sts = lake.client("iam"), lake.client("sts")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName="no-athena", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    role = sts.assume_role(RoleArn="arn:aws:iam::000000000000:role/no-athena", RoleSessionName="test")["Credentials"]
    refused = lake.client(
        "athena",
        aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["SessionToken"],
    )
    with pytest.raises(refused.exceptions.ClientError, match="AccessDenied"):
        refused.start_query_execution(QueryString="SELECT 1", WorkGroup="tradewind")


def test_a_crawler_makes_tables_of_raw_files_and_says_what_it_left_out(lake: RunningCloud) -> None:
    s3, glue = lake.client("s3"), lake.client("glue")
    s3.put_object(Bucket=BUCKET, Key="raw/sales/spring/1/part.csv", Body=b"InvoiceNo,Quantity\nA,1\n")
    s3.put_object(Bucket=BUCKET, Key="raw/sales/book/1/part.xlsx", Body=b"PK..")
    role = _role(lake, "crawler", "glue.amazonaws.com")
    target = {"Path": f"s3://{BUCKET}/raw/sales/", "Exclusions": ["**/manifest.json"]}
    glue.create_crawler(
        Name="raw", Role=role, DatabaseName="tradewind", TablePrefix="raw_",
        Targets={"S3Targets": [target]},
    )  # fmt: skip
    glue.start_crawler(Name="raw")
    crawler = eventually(lambda: (c := glue.get_crawler(Name="raw")["Crawler"])["State"] == "READY" and c)
    assert crawler
    assert crawler["LastCrawl"]["Status"] == "SUCCEEDED"
    assert "part.xlsx: its classification is unknown" in crawler["LastCrawl"]["ErrorMessage"]
    table = glue.get_table(DatabaseName="tradewind", Name="raw_spring")["Table"]
    assert [column["Name"] for column in table["StorageDescriptor"]["Columns"]] == ["invoiceno", "quantity"]


def _role(cloud: RunningCloud, name: str, service: str) -> str:
    """Return the ARN of a new role without rights that `service` may assume."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return str(cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])


SPARK_JOB = """
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
bucket = getResolvedOptions(sys.argv, ["bucket"])["bucket"]
rows = SparkSession.builder.getOrCreate().read.parquet(f"s3://{bucket}/clean/sales/")
rows.groupBy("month").count().coalesce(1).write.mode("overwrite").parquet(f"s3://{bucket}/job-out/")
"""


@pytest.mark.spark
def test_a_spark_job_reads_and_writes_the_lake(lake: RunningCloud, tmp_path: Path) -> None:
    from local.glue_jobs.spark import this_machine

    if lacks := this_machine().missing:
        missing(lacks)
    s3, glue, iam = lake.client("s3"), lake.client("glue"), lake.client("iam")
    role = _role(lake, "spark", "glue.amazonaws.com")
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="spark", PolicyName="lake", PolicyDocument=policy)
    s3.put_object(Bucket=BUCKET, Key="code/job.py", Body=SPARK_JOB.encode())
    glue.create_job(
        Name="count", Role=role, GlueVersion="5.0",
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/code/job.py"},
    )  # fmt: skip
    run_id = glue.start_job_run(JobName="count", Arguments={"--bucket": BUCKET})["JobRunId"]
    deadline = time.monotonic() + 300
    while True:
        run = glue.get_job_run(JobName="count", RunId=run_id)["JobRun"]
        if run["JobRunState"] not in ("WAITING", "RUNNING") or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    [key] = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="job-out/part")["Contents"]]
    (tmp_path / "out.parquet").write_bytes(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    rows = duckdb.read_parquet(str(tmp_path / "out.parquet")).fetchall()
    assert sorted(rows) == [("2011-01", 2), ("2011-02", 2)]
