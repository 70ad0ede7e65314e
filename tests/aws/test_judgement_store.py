"""Stored judgements."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.sales_cloud import aws_environment
from tradewind.aws.judgement_store import JudgementStore
from tradewind.evaluation.judgements import Judgement


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgementStore]:
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="indexes")
        yield JudgementStore(client, "indexes")


def test_what_was_stored_comes_back_and_is_replaced_whole(store: JudgementStore) -> None:
    store.put("products/été", [Judgement('lamp, "red"', "a", 3), Judgement("rug", "b", 0.5)])
    assert store.get("products/été") == (Judgement('lamp, "red"', "a", 3), Judgement("rug", "b", 0.5))
    store.put("products/été", [Judgement("rug", "c", 1)])
    assert store.get("products/été") == (Judgement("rug", "c", 1),)


def test_an_index_without_judgements_has_none(store: JudgementStore) -> None:
    store.put("other", [Judgement("rug", "c", 1)])
    assert store.get("products") == ()
