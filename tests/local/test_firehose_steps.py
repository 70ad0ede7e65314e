"""The steps of a delivery, without a cloud: what is asked for, batches to the function and back, JSON to Parquet."""

import base64
import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.firehose.converting import Field, convert, documents
from local.firehose.records import Delivered, Source
from local.firehose.settings import read_settings
from local.firehose.transforming import CallFailed, batches, transform
from tradewind.errors import InputError
from tradewind.lake import tables

_TOLD = {"deliveryStreamArn": "arn", "region": "us-east-1", "sourceKinesisStreamArn": "stream"}


def _source(n: int, text: str = "x") -> Source:
    return Source("shardId-0", f"{n:056d}", f"key {n}", 1.5, base64.b64encode(text.encode()).decode())


def _ok(record: Mapping[str, Any], text: str = "row", result: str = "Ok") -> dict[str, str]:
    return {"recordId": record["recordId"], "result": result, "data": base64.b64encode(text.encode()).decode()}


# What is asked for


def test_the_settings_are_those_of_the_template() -> None:
    parameters = {"LambdaArn": "arn:f", "BufferSizeInMBs": "1", "NumberOfRetries": "2"}
    asked = {
        "BucketARN": "arn:aws:s3:::lake",
        "RoleARN": "arn:role",
        "BufferingHints": {"IntervalInSeconds": 2, "SizeInMBs": 64},
        "Prefix": "raw/!{timestamp:yyyy-MM-dd}/",
        "ErrorOutputPrefix": "bad/!{firehose:error-output-type}/",
        "ProcessingConfiguration": {
            "Enabled": True,
            "Processors": [
                {
                    "Type": "Lambda",
                    "Parameters": [{"ParameterName": n, "ParameterValue": v} for n, v in parameters.items()],
                }
            ],
        },
        "DataFormatConversionConfiguration": {
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": "ZSTD"}}},
            "SchemaConfiguration": {"DatabaseName": "shop", "TableName": "raw_events"},
        },
    }
    found = read_settings("clicks", 3, "ExtendedS3", asked)
    assert (found.bucket, found.interval, found.size) == ("lake", 2, 64 * 1024**2)
    assert found.transform is not None
    assert (found.transform.batch_bytes, found.transform.retries) == (1024**2, 2)
    assert found.transform.role_arn == "arn:role"
    assert found.conversion is not None
    assert (found.conversion.table, found.conversion.compression) == ("raw_events", "zstd")


@pytest.mark.parametrize(
    ("kind", "asked", "named"),
    [
        ("HttpEndpoint", {}, "destination"),
        ("ExtendedS3", {"DynamicPartitioningConfiguration": {"Enabled": True}}, "DynamicPartitioningConfiguration"),
        ("ExtendedS3", {"S3BackupMode": "Enabled"}, "S3BackupMode"),
        ("ExtendedS3", {"CompressionFormat": "Snappy"}, "CompressionFormat"),
        (
            "ExtendedS3",
            {"ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "MetadataExtraction"}]}},
            "Processors.Type",
        ),
        (
            "ExtendedS3",
            {"DataFormatConversionConfiguration": {"OutputFormatConfiguration": {"Serializer": {"OrcSerDe": {}}}}},
            "Serializer",
        ),
    ],
)
def test_what_is_not_emulated_is_refused_by_its_name(kind: str, asked: Mapping[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        read_settings("clicks", 1, kind, {"BucketARN": "arn:aws:s3:::lake", **asked})


# To the function and back


@given(sizes=st.lists(st.integers(1, 400), max_size=30), limit=st.integers(1, 1000))
def test_batches_hold_every_record_in_order_and_no_more_than_the_limit(sizes: list[int], limit: int) -> None:
    records = [_source(n, "x" * size) for n, size in enumerate(sizes)]
    made = list(batches(records, limit))
    assert [record for batch in made for record in batch] == records
    for batch in made:
        assert len(batch) == 1 or sum(len(base64.b64decode(record.data)) for record in batch) <= limit


def test_each_result_decides_over_its_own_record() -> None:
    def call(event: Mapping[str, Any]) -> object:
        one, two, three, four, _ = event["records"]
        assert one["kinesisRecordMetadata"] == {
            "sequenceNumber": f"{0:056d}",
            "subsequenceNumber": 0,
            "partitionKey": "key 0",
            "shardId": "shardId-0",
            "approximateArrivalTimestamp": 1500,
        }
        return {"records": [_ok(one), _ok(two, result="Dropped"), _ok(three, result="ProcessingFailed"), four]}

    delivered, failed = transform([_source(n) for n in range(5)], call, stream=_TOLD, retries=0, pause=print)
    assert [(d.source.key, d.content) for d in delivered] == [("key 0", b"row")]
    assert [(f.source.key, f.code) for f in failed] == [
        ("key 2", "Lambda.ProcessingFailedStatus"),
        ("key 3", "Lambda.JsonProcessingException"),
        ("key 4", "Lambda.MissingRecordId"),
    ]


def test_a_batch_whose_calls_all_fail_has_failed_whole_after_its_retries() -> None:
    calls: list[int] = []

    def call(_: object) -> object:
        calls.append(1)
        raise CallFailed("Lambda.FunctionError", "cannot")

    delivered, failed = transform([_source(1), _source(2)], call, stream=_TOLD, retries=2, pause=lambda _: None)
    assert (len(calls), delivered) == (3, [])
    assert [(f.code, f.attempts, f.raw) for f in failed] == [("Lambda.FunctionError", 3, _source(1).data)] * 2


def test_an_answer_that_lambda_would_not_let_pass_fails_its_batch() -> None:
    large = "x" * 5 * 1024**2  # 6.7 MB in base64

    def call(event: Mapping[str, Any]) -> object:
        return {"records": [_ok(event["records"][0], large)]}

    _, failed = transform([_source(1)], call, stream=_TOLD, retries=0, pause=lambda _: None)
    assert [f.code for f in failed] == ["Lambda.FunctionResponseTooLarge"]


# JSON to Parquet


_FIELDS = [
    Field("id", "string", "id"),
    Field("at", "timestamp", "at"),
    Field("hour", "int", "hour"),
    Field("amount", "decimal(18,3)", "amount"),
    Field("tags", "array<string>", "tags"),
    Field("products", "array<struct<sku:string,quantity:bigint>>", "products"),
    Field("page", "string", "page.path"),
]


def _rows(query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def _converted(tmp_path: Path, *contents: str) -> tuple[list[tuple[Any, ...]], list[tuple[int, str]]]:
    records = [Delivered(_source(n), content.encode()) for n, content in enumerate(contents)]
    body, failed = convert(records, _FIELDS, compression="zstd", scratch=tmp_path)
    failures = [(int(f.source.sequence), f.code.rpartition(".")[2]) for f in failed]
    if not body:
        return [], failures
    (tmp_path / "x.parquet").write_bytes(body)
    return _rows(f"select * from '{tmp_path / 'x.parquet'}'"), failures


def test_values_take_their_columns_types_and_what_cannot_is_null(tmp_path: Path) -> None:
    rows, failures = _converted(
        tmp_path,
        '{"id":"a","at":"2026-01-02 03:04:05.000006","hour":7,"amount":"1.25","tags":["x",1],'
        '"products":[{"sku":5,"quantity":"2","more":true}],"page.path":"/p","unknown":1}',
        '{"id":{"k":1},"at":"rubbish","hour":"late","amount":"much","tags":null,"products":[]}',
    )
    assert failures == []
    assert rows == [
        (
            "a",
            dt.datetime(2026, 1, 2, 3, 4, 5, 6),
            7,
            Decimal("1.250"),
            ["x", "1"],
            [{"sku": "5", "quantity": 2}],
            "/p",
        ),
        ('{"k":1}', None, None, None, None, [], None),
    ]


def test_a_record_holds_one_document_or_several(tmp_path: Path) -> None:
    rows, failures = _converted(tmp_path, '{"id":"a"}\n{"id":"b"}\n', '{"id":"c"}{"id":"d"}', '\n {\n"id":\n"e"} ')
    assert ([row[0] for row in rows], failures) == (list("abcde"), [])


def test_a_record_that_does_not_fit_fails_whole_and_no_other_with_it(tmp_path: Path) -> None:
    rows, failures = _converted(
        tmp_path,
        '{"id":"good"}',
        "nonsense",
        '{"id":"fine"}\n{"tags":"no list"}',
        "[1]",
        "7",
        " ",
        '{"products":{"sku":"x"}}',
        '{"id":"\\ud800"}',
        '{"id":"last"}',
    )
    assert [row[0] for row in rows] == ["good", "last"]
    assert sorted(failures) == [
        (1, "ParseError"),
        (2, "MalformedData"),
        (3, "MalformedData"),
        (4, "MalformedData"),
        (5, "MalformedData"),
        (6, "MalformedData"),
        (7, "ParseError"),
    ]


def test_no_file_is_made_where_no_record_fits(tmp_path: Path) -> None:
    assert _converted(tmp_path, "x", "y") == ([], [(0, "ParseError"), (1, "ParseError")])
    assert list(tmp_path.iterdir()) == []


_json_text = st.text(st.characters(exclude_categories=["Cs"]))
_objects = st.dictionaries(_json_text, st.none() | st.booleans() | st.integers() | _json_text, max_size=4)


@settings(max_examples=50)
@given(found=st.lists(_objects, min_size=1, max_size=5), separator=st.sampled_from(["", "\n", " \r\n "]))
def test_documents_come_apart_as_they_were_put_together(found: list[dict[str, Any]], separator: str) -> None:
    content = separator.join(json.dumps(document, indent=1) for document in found).encode()
    assert [json.loads(document) for document in documents(content)] == found
    assert all("\n" not in document for document in documents(content))


def test_the_raw_events_of_the_lake_are_written_with_their_columns(tmp_path: Path) -> None:
    fields = [Field(column.name, column.type, column.name) for column in tables.RAW_EVENTS.columns]
    row = {"receipt": "r-0", "received_at": "2026-01-02 03:04:05.000006", "flags": ["time_past"], "hour": 3}
    product = {"line": 0, "sku": "22423", "quantity": 2, "price": "1.2"}
    content = json.dumps({**row, "products": [product]}).encode()
    body, failed = convert([Delivered(_source(1), content)], fields, compression="snappy", scratch=tmp_path)
    assert failed == []
    (tmp_path / "x.parquet").write_bytes(body)
    types = {name: kind for name, kind, *_ in _rows(f"describe select * from '{tmp_path / 'x.parquet'}'")}
    assert list(types) == [column.name for column in tables.RAW_EVENTS.columns]
    assert (types["received_at"], types["flags"], types["hour"]) == ("TIMESTAMP", "VARCHAR[]", "INTEGER")
    found = _rows(f"select receipt, products[1].sku, products[1].price from '{tmp_path / 'x.parquet'}'")
    assert found == [("r-0", "22423", "1.2")]
