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
        client.create_bucket(Bucket="lake")
        yield JudgementStore(client, "lake")


def test_what_was_stored_comes_back_and_is_replaced_whole(store: JudgementStore) -> None:
    store.put("products/été", [Judgement('lamp, "red"', "a", 3), Judgement("rug", "b", 0.5)])
    assert store.get("products/été") == (Judgement('lamp, "red"', "a", 3), Judgement("rug", "b", 0.5))
    store.put("products/été", [Judgement("rug", "c", 1)])
    assert store.get("products/été") == (Judgement("rug", "c", 1),)


def test_an_index_without_judgements_has_none(store: JudgementStore) -> None:
    store.put("other", [Judgement("rug", "c", 1)])
    assert store.get("products") == ()


def test_sources_are_kept_apart_and_guard_together(store: JudgementStore) -> None:
    assert store.guarding("products") is None
    store.put("products", [Judgement("Lamp", "a", 4), Judgement("Lamp", "b", 2)])
    store.put("products", [Judgement("lamp", "b", 3), Judgement("rug", "r", 3), Judgement("rug", "s", 0)], "clicks")
    assert store.get("products") == (Judgement("Lamp", "a", 4), Judgement("Lamp", "b", 2))
    guarding = store.guarding("products")
    assert guarding is not None
    assert guarding.gains == {"Lamp": {"a": 1, "b": 0}, "rug": {"r": 1, "s": 0}}  # people judged the lamp


def test_an_index_called_like_a_source_has_its_own(store: JudgementStore) -> None:
    store.put("clicks/products", [Judgement("rug", "c", 1)])
    assert store.get("products", "clicks") == ()
