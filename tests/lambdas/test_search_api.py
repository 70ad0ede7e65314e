"""The functions search_products and edit_indexes, with what the stack puts into their environment."""

import importlib.util
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.collector_cloud import http_event
from tests.sales_cloud import aws_environment
from tradewind.aws import clients, searching
from tradewind.aws.answering_engines import let_answer
from tradewind.aws.catalog_store import CatalogStore
from tradewind.aws.embedded_publisher import EmbeddedPublisher
from tradewind.aws.indexing import Indexer
from tradewind.aws.judgement_store import JudgementStore
from tradewind.aws.key_store import KeyStore
from tradewind.aws.searching import SearchSettings
from tradewind.aws.snapshot_store import SnapshotStore
from tradewind.errors import InputError
from tradewind.evaluation.judgements import Judgement
from tradewind.keys import Keys
from tradewind.search.embedded.engine import EmbeddedEngine
from tradewind.search.embedded.snapshot_cache import SnapshotCache

ROOT = Path(__file__).resolve().parents[2]
KEYS = Keys(app_id="TRADEWIND1", write_key="1" * 32, search_key="2" * 32, admin_key="3" * 32)
ENVIRONMENT = {
    "KEYS_TABLE": "keys",
    "CATALOG_TABLE": "catalog",
    "INDEXES_BUCKET": "indexes",
    "JUDGEMENTS_BUCKET": "indexes",
}
HEADERS = {"x-algolia-application-id": KEYS.app_id, "x-algolia-api-key": KEYS.admin_key}


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_handler", ROOT / "lambdas" / name / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def forget() -> None:
    for built in (searching.search_shop, searching.editing_shop, clients.quick_dynamodb, clients.dynamodb, clients.s3):
        built.cache_clear()


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {**ENVIRONMENT, **aws_environment()}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("OPENSEARCH_URL", raising=False)  # of whoever runs the tests
    forget()
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        for table, keys in {"keys": ("key_hash",), "catalog": ("pk", "sk")}.items():
            dynamodb.create_table(
                TableName=table,
                KeySchema=[{"AttributeName": name, "KeyType": "HASH" if name == keys[0] else "RANGE"} for name in keys],
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
                BillingMode="PAY_PER_REQUEST",
            )
        boto3.client("s3").create_bucket(Bucket="indexes")
        KeyStore(dynamodb, "keys").register(KEYS, datetime.now(UTC))
        yield
    forget()


def asked(module: ModuleType, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    event = http_event(method, path, body=None if body is None else json.dumps(body), headers=HEADERS | headers)
    answer = module.handler(event, None)
    return answer["statusCode"], json.loads(answer["body"])


def test_records_and_settings_reach_the_catalogue(cloud: None) -> None:
    edit = load("edit_indexes")
    status, answer = asked(
        edit,
        "POST",
        "/1/indexes/shoes/batch",
        {"requests": [{"action": "addObject", "body": {"objectID": "1", "name": "Shoe"}}]},
    )
    assert (status, answer["objectIDs"]) == (200, ["1"])
    assert asked(edit, "GET", f"/1/indexes/shoes/task/{answer['taskID']}")[1]["status"] == "notPublished"
    assert asked(edit, "PUT", "/1/indexes/shoes/settings", {"hitsPerPage": 7})[0] == 200
    assert asked(edit, "GET", "/1/indexes/shoes/settings")[1]["hitsPerPage"] == 7
    assert [item["name"] for item in asked(edit, "GET", "/1/indexes")[1]["items"]] == ["shoes"]


def test_a_key_that_is_made_here_is_one_of_the_table(cloud: None) -> None:
    edit = load("edit_indexes")
    key = asked(edit, "POST", "/1/keys", {"acl": ["search"]})[1]["key"]
    assert asked(edit, "GET", f"/1/keys/{key}")[1]["acl"] == ["search"]
    assert asked(edit, "DELETE", f"/1/keys/{key}")[0] == 200
    assert asked(edit, "GET", f"/1/keys/{key}")[0] == 404


def test_an_index_that_is_not_published_does_not_exist(cloud: None) -> None:
    search = load("search_products")
    answer = asked(
        search, "POST", "/1/indexes/shoes/query", {"query": "shoe"}, **{"x-algolia-api-key": KEYS.search_key}
    )
    assert answer == (404, {"message": "Index shoes does not exist", "status": 404})


def test_suggestions_come_from_the_published_index(cloud: None) -> None:
    edit, search = load("edit_indexes"), load("search_products")
    batch = {"requests": [{"action": "addObject", "body": {"objectID": "1", "name": "Copper lantern"}}]}
    assert asked(edit, "POST", "/1/indexes/lamps/batch", batch)[0] == 200
    publish()

    path = "/1/indexes/lamps_query_suggestions/query"
    status, answer = asked(search, "POST", path, {"query": "copper lan"}, **{"x-algolia-api-key": KEYS.search_key})

    assert status == 200
    assert [hit["query"] for hit in answer["hits"]] == ["copper lantern"]


def test_keys_that_cannot_be_read_are_503(cloud: None) -> None:
    boto3.client("dynamodb").delete_table(TableName="keys")
    status, answer = asked(load("search_products"), "POST", "/1/indexes/shoes/query", {})
    assert (status, answer["message"]) == (503, "a part of the cloud cannot be reached now; try again")


def test_settings_and_rules_that_rank_worse_on_stored_judgements_are_409_unless_forced(cloud: None) -> None:
    edit = load("edit_indexes")
    settings = "/1/indexes/shoes/settings"
    records = [
        {"objectID": "boot", "name": "Red boot", "note": "for rain"},
        {"objectID": "lace", "name": "Lace", "note": "for a boot"},
    ]
    batch = {"requests": [{"action": "addObject", "body": record} for record in records]}
    assert asked(edit, "POST", "/1/indexes/shoes/batch", batch)[0] == 200
    assert asked(edit, "PUT", settings, {"searchableAttributes": ["name", "note"]})[0] == 200
    publish()
    judged = [Judgement("boot", "boot", 1), Judgement("boot", "lace", 0)]
    JudgementStore(boto3.client("s3"), "indexes").put("shoes", judged)

    worse = {"tradewind": {"weights": {"attributes": [1, 9]}}}
    status, answer = asked(edit, "PUT", settings, worse)
    assert status == 409
    assert "ndcg@10 1.0000 -> 0.6309 on 1 judged queries" in answer["message"]  # second place: 1 / log2(3)
    assert "force=true" in answer["message"]
    assert "tradewind" not in asked(edit, "GET", settings)[1]
    status, answer = asked(edit, "PUT", settings, {"searchableAttributes": ["note"]})
    assert (status, "needs a new index" in answer["message"]) == (409, True)
    assert asked(edit, "PUT", settings, {"hitsPerPage": 9})[0] == 200
    rule = {"objectID": "1", "conditions": [], "consequence": {"hide": [{"objectID": "boot"}]}}
    status, answer = asked(edit, "POST", "/1/indexes/shoes/rules/batch", [rule])
    assert (status, "ndcg@10 1.0000 -> 0.0000" in answer["message"]) == (409, True)

    event = http_event("PUT", settings, body=json.dumps(worse), headers=HEADERS, query="force=true")
    assert edit.handler(event, None)["statusCode"] == 200
    assert asked(edit, "GET", settings)[1]["tradewind"] == worse["tradewind"]


def test_a_flipped_index_is_asked_of_the_cluster_and_answered_without_it(
    cloud: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENSEARCH_URL", "http://127.0.0.1:9")  # the discard service: closed everywhere
    monkeypatch.setenv("TRADEWIND_ENV", "local")
    monkeypatch.setenv("POINTER_SECONDS", "0")
    edit, search = load("edit_indexes"), load("search_products")
    batch = {"requests": [{"action": "addObject", "body": {"objectID": "1", "name": "Shoe"}}]}
    assert asked(edit, "POST", "/1/indexes/shoes/batch", batch)[0] == 200
    publish()
    with caplog.at_level(logging.WARNING, logger="tradewind"):
        assert asked(search, "POST", "/1/indexes/shoes/query", {"query": "shoe"})[1]["nbHits"] == 1
        assert caplog.text == ""
        let_answer(SnapshotStore(boto3.client("s3"), "indexes"), "shoes", "opensearch")
        assert asked(search, "POST", "/1/indexes/shoes/query", {"query": "shoe"})[1]["nbHits"] == 1
    assert "the cluster does not answer" in caplog.text
    assert "the embedded one answers for 15 s" in caplog.text


def publish() -> None:
    """Publish what is stored, as index_products does."""
    indexer = Indexer(
        CatalogStore(boto3.client("dynamodb"), "catalog"),
        EmbeddedPublisher(
            SnapshotStore(boto3.client("s3"), "indexes"), EmbeddedEngine(), SnapshotCache(), lambda: None
        ),
        encode_seconds=1,
        time_left=lambda: timedelta(minutes=1),
    )
    indexer.run()


def test_limits_come_from_the_environment() -> None:
    limits = SearchSettings.from_environment(
        ENVIRONMENT | {"MAX_BATCH": "10", "POINTER_SECONDS": "0.5", "DEVELOPMENT": "true"}
    ).limits
    assert (limits.max_batch, limits.pointer_seconds, limits.development) == (10, 0.5, True)
    with pytest.raises(InputError, match="MAX_BATCH 'many': give a number"):
        SearchSettings.from_environment(ENVIRONMENT | {"MAX_BATCH": "many"})
    with pytest.raises(InputError, match="KEYS_TABLE"):
        SearchSettings.from_environment({})


@pytest.mark.parametrize("name", ["search_products", "edit_indexes"])
def test_a_function_imports_nothing_that_is_not_in_its_package(name: str) -> None:
    folder = ROOT / "lambdas" / name
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import handler; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    roots = {module.partition(".")[0] for module in ran.stdout.split()}
    heavy = {"pandas", "duckdb", "pydantic", "aws_lambda_powertools", "sqlglot", "pyarrow", "opensearchpy", "click"}
    assert not roots & heavy
    assert "onnxruntime" not in roots  # loaded with the first query that has words
