"""The keys table."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from tradewind.aws.key_store import KeyStore
from tradewind.events.collecting.write_keys import WriteKey
from tradewind.keys import KeyChanged, KeyRecord, Keys, key_hash, retired

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


IOS = KeyRecord(
    key_hash=key_hash("ios"),
    kind="write",
    source="ios",
    origins=frozenset({"https://shop.example.com", "http://localhost:3000"}),
    rate=50,
    created_at=NOW,
)


def test_the_collector_finds_all_that_it_asks_of_a_key(store: KeyStore) -> None:
    store.add(replace(IOS, revoked_at=NOW + timedelta(hours=1)))

    assert store.find(IOS.key_hash) == WriteKey(
        key_hash=IOS.key_hash,
        kind="write",
        source="ios",
        origins=IOS.origins,
        rate=50,
        revoked_at=NOW + timedelta(hours=1),
    )
    assert store.find(key_hash("another")) is None


def test_a_key_of_before_keys_had_sources_is_of_the_source_default(store: KeyStore) -> None:
    item = {"key_hash": {"S": "old"}, "kind": {"S": "write"}, "created_at": {"S": NOW.isoformat()}}
    store._client.put_item(TableName="keys", Item=item)

    assert store.find("old") == WriteKey(key_hash="old", kind="write", source="default")
    assert [record.source for record in store.list()] == [None]


def test_the_first_write_key_is_of_the_shops_pages(store: KeyStore) -> None:
    store.register(KEYS, NOW)
    found = store.find(key_hash(KEYS.write_key))

    assert found is not None
    assert found.source == "web"


def test_records_come_back_as_they_were_stored_oldest_first(store: KeyStore) -> None:
    later = KeyRecord(key_hash=key_hash("later"), kind="search", created_at=NOW + timedelta(days=1))
    store.add(later)
    store.add(IOS)

    assert store.list() == [IOS, later]


def test_a_key_is_never_stored_over_another_record(store: KeyStore) -> None:
    store.add(IOS)

    assert not store.add(replace(IOS, source="android"))
    assert store.list() == [IOS]


def test_a_change_is_stored_if_nobody_else_changed_the_key(store: KeyStore) -> None:
    store.add(IOS)
    revoked = retired(IOS, NOW)
    store.change(IOS, revoked)

    assert store.list() == [revoked]
    with pytest.raises(KeyChanged):
        store.change(IOS, retired(IOS, NOW, rotated_to="other"))
    assert store.list() == [revoked]


def test_a_key_that_is_not_there_is_not_changed(store: KeyStore) -> None:
    with pytest.raises(KeyChanged):
        store.change(IOS, retired(IOS, NOW))
