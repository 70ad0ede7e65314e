"""Workgroup, views and named queries as they are deployed."""

import base64
import json
from typing import Any

import pytest

from stacks import analytics
from stacks.analytics import leading_comment, view_sql
from stacks.constructs.bundling import ROOT
from stacks.constructs.catalog import presto_type, projection
from tests.stacks.templates import DEV, only, resources, templates
from tradewind.errors import InputError
from tradewind.lake import tables


def template() -> dict[str, Any]:
    return templates("dev")["Analytics"]


def definition(view: str) -> dict[str, Any]:
    (found,) = [
        table["Properties"]["TableInput"]
        for table in resources(template(), "AWS::Glue::Table").values()
        if table["Properties"]["TableInput"]["Name"] == view
    ]
    assert found["TableType"] == "VIRTUAL_VIEW"
    assert found["Parameters"]["presto_view"] == "true"
    encoded = found["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
    return json.loads(base64.b64decode(encoded))  # type: ignore[no-any-return]


def test_a_query_may_scan_ten_gibibytes_and_its_result_is_encrypted() -> None:
    group = only(template(), "AWS::Athena::WorkGroup")
    settings = group["WorkGroupConfiguration"]
    assert group["Name"] == "tradewind"
    assert settings["BytesScannedCutoffPerQuery"] == 10 * 1024**3
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["ResultConfiguration"] == {
        "OutputLocation": f"s3://{DEV.results_bucket}/athena/",
        "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
    }


@pytest.mark.parametrize("view", tables.VIEWS, ids=lambda view: view.name)
def test_a_view_is_its_file_with_its_columns(view: tables.View) -> None:
    found = definition(view.name)
    assert found["originalSql"] == (ROOT / f"analytics/sql/views/{view.name}.sql").read_text().strip()
    assert (found["catalog"], found["schema"]) == ("awsdatacatalog", "tradewind")
    assert [column["name"] for column in found["columns"]] == [column.name for column in view.columns]


def test_the_types_of_a_view_are_athenas() -> None:
    columns = {column["name"]: column["type"] for column in definition("popular_products")["columns"]}
    assert columns["description"] == "varchar"
    assert columns["revenue"] == "decimal(18,3)"
    assert [presto_type(name) for name in ("int", "timestamp", "date")] == ["integer", "timestamp(3)", "date"]


def test_each_query_file_is_a_named_query_with_its_comment() -> None:
    queries = {
        found["Properties"]["Name"]: found["Properties"]
        for found in resources(template(), "AWS::Athena::NamedQuery").values()
    }
    files = {path.stem: path.read_text() for path in (ROOT / "analytics/sql/queries").glob("*.sql")}
    assert files
    assert {name: query["QueryString"] for name, query in queries.items()} == files
    assert queries["best_days"]["Description"] == "The ten days with the highest revenue."


def test_a_description_is_the_comment_that_a_file_begins_with() -> None:
    assert leading_comment("-- One.\n--   Two.\nselect 1 -- not this\n-- nor this") == "One. Two."


def test_a_view_without_its_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analytics, "_SQL", ROOT / "analytics" / "sql" / "nowhere")
    with pytest.raises(InputError) as raised:
        view_sql("daily_sales")
    assert str(raised.value) == "view 'daily_sales': write its SELECT in analytics/sql/nowhere/views/daily_sales.sql"


def test_a_partition_key_without_known_values_is_named() -> None:
    table = tables.Table(name="t", prefix="t/", columns=(), partition_keys=(tables.Column("day", "string"),))
    with pytest.raises(ValueError, match="partition key day of t: no projection; only month, received_date have one"):
        projection(table, location="s3://lake/t/")
