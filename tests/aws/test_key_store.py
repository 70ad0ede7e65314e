"""The keys table."""

from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from tradewind.aws.key_store import KeyStore
from tradewind.keys import Keys, key_hash

KEYS = Keys(app_id="ABCDEFGHIJ", write_key="w" * 32, search_key="s" * 32, admin_key="a" * 32)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyStore]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="keys",
            KeySchema=[{"AttributeName": "key_hash", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key_hash", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield KeyStore(client, "keys")


def test_a_registered_key_is_known_by_its_hash_and_kind(store: KeyStore) -> None:
    store.register(KEYS, NOW)

    assert store.kind_of(key_hash(KEYS.search_key)) == "search"
    assert store.kind_of(key_hash(KEYS.admin_key)) == "admin"


def test_registering_again_stores_nothing(store: KeyStore) -> None:
    assert store.register(KEYS, NOW) == 3
    assert store.register(KEYS, NOW) == 0


def test_registering_after_a_kill_stores_the_rest(store: KeyStore) -> None:
    store.register(Keys(app_id="X", write_key=KEYS.write_key, search_key=KEYS.search_key, admin_key="other"), NOW)

    assert store.register(KEYS, NOW) == 1


def test_the_app_id_and_an_unknown_key_have_no_right(store: KeyStore) -> None:
    store.register(KEYS, NOW)

    assert store.kind_of(key_hash(KEYS.app_id)) is None
