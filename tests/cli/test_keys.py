"""`tradewind keys`: made once, shown once, known by their ids."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tests.cli.conftest import Run
from tests.sales_cloud import aws_environment
from tradewind.aws import wiring
from tradewind.aws.key_store import KeyStore
from tradewind.cli import target
from tradewind.cli.target import Target, find_target
from tradewind.deployment import LOCAL
from tradewind.key_file import ensure_keys, read_keys
from tradewind.keys import Keys, key_hash, key_id


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyStore]:
    """The keys table of a running local cloud with its first keys."""
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(target, "connect", lambda env: find_target(env, {"TRADEWIND_HOME": str(home)}))
    with mock_aws():
        wiring.forget()
        boto3.client("dynamodb").create_table(
            TableName=LOCAL.keys_table,
            KeySchema=[{"AttributeName": "key_hash", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key_hash", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        keys = wiring.key_store()
        keys.register(ensure_keys(home), datetime.now(UTC))
        yield keys
        wiring.forget()


@pytest.fixture
def first(store: KeyStore, home: Path) -> Keys:
    """The keys that `tradewind status` shows."""
    return ensure_keys(home)


def test_a_made_key_is_printed_alone_and_works(store: KeyStore, run: Run) -> None:
    said = run("keys", "create", "--source", "ios", "--origin", "https://Shop.example.com/", "--rate", "20")
    plain = said.out.strip()
    found = store.find(key_hash(plain))

    assert (said.status, len(plain)) == (0, 32)
    assert found is not None
    assert (found.kind, found.source, found.origins, found.rate) == (
        "write",
        "ios",
        frozenset({"https://shop.example.com"}),
        20,
    )
    assert found.may_write(datetime.now(UTC))
    assert said.err == (
        f"{key_id(key_hash(plain))}: write key of source ios, pages of https://shop.example.com, "
        "20 requests a second; keep the key, it is not shown again\n"
    )


def test_the_cloud_knows_the_text_of_keys_that_only_read_and_the_list_shows_none(
    store: KeyStore, run: Run, first: Keys
) -> None:
    writing = run("keys", "create", "--source", "ios").out.strip()
    indexing = run("keys", "create", "--acl", "search,addObject").out.strip()
    reading = run("keys", "create", "--acl", "search,browse").out.strip()
    stored = str(boto3.client("dynamodb").scan(TableName=LOCAL.keys_table))
    listed = run("keys", "list").out + run("keys", "list", "--json").out

    for key in (writing, indexing, first.write_key, first.admin_key):
        assert key not in stored
        assert key not in listed
    for key in (reading, first.search_key):  # they sign secured keys, and stand in pages that everybody reads
        assert key in stored
        assert key not in listed


def test_a_key_with_rights_of_its_own_says_them(store: KeyStore, run: Run, first: Keys) -> None:
    said = run("keys", "create", "--acl", "browse, search", "--index", "products*")
    found = store.record(key_hash(said.out.strip()))

    assert found is not None
    assert (found.kind, found.rights.acl, found.rights.indexes) == ("custom", ("browse", "search"), ("products*",))
    assert found.app_id == first.app_id
    assert ": custom key, may browse, search, in products*; keep the key" in said.err
    assert json.loads(run("keys", "list", "--json").out)[-1]["acl"] == ["browse", "search"]


def test_a_right_that_does_not_exist_is_named(store: KeyStore, run: Run) -> None:
    assert run("keys", "create", "--acl", "serch").err.startswith("error: --acl 'serch': choose from search, browse")
    assert run("keys", "create", "--index", "products").err.startswith("error: --index 'products': say with --acl")


def test_the_list_has_id_kind_source_and_state(store: KeyStore, run: Run) -> None:
    plain = run("keys", "create", "--source", "ios").out.strip()
    lines = run("keys", "list").out.splitlines()

    assert lines[0].split() == ["id", "kind", "source", "origins", "rate", "created", "(UTC)", "state"]
    # A header, a rule, the three first keys and the new one, which is last.
    assert len(lines) == 6
    assert lines[-1].split()[:4] == [key_id(key_hash(plain)), "write", "ios", "any"]
    assert lines[-1].endswith("works")


def test_the_list_for_programs(store: KeyStore, run: Run, first: Keys) -> None:
    listed = {each["id"]: each for each in json.loads(run("keys", "list", "--json").out)}
    web = listed[key_id(key_hash(first.write_key))]

    assert len(listed) == 3
    assert (web["kind"], web["source"], web["origins"], web["rate"], web["works"]) == ("write", "web", [], None, True)


def test_a_write_key_needs_a_source(store: KeyStore, run: Run) -> None:
    said = run("keys", "create")

    assert said.status == 1
    assert said.err == "error: --source is missing: say what will send with the key, for example --source ios\n"


def test_a_search_key_needs_none(store: KeyStore, run: Run) -> None:
    plain = run("keys", "create", "--kind", "search").out.strip()

    assert store.kind_of(key_hash(plain)) == "search"


def test_a_revoked_key_ends_at_once(store: KeyStore, run: Run) -> None:
    plain = run("keys", "create", "--source", "ios").out.strip()
    said = run("keys", "revoke", key_id(key_hash(plain)))
    found = store.find(key_hash(plain))

    assert said.out == f"{key_id(key_hash(plain))} is revoked: it is refused within 60 seconds\n"
    assert found is not None
    assert not found.may_write(datetime.now(UTC))
    assert run("keys", "revoke", key_id(key_hash(plain))).out.startswith(
        f"{key_id(key_hash(plain))} does not work any more since "
    )


def test_a_rotated_key_has_a_successor_with_its_settings(store: KeyStore, run: Run) -> None:
    old = run("keys", "create", "--source", "ios", "--rate", "7").out.strip()
    said = run("keys", "rotate", key_id(key_hash(old)))
    new = said.out.strip()
    ended, made = store.find(key_hash(old)), store.find(key_hash(new))

    assert ended is not None
    assert made is not None
    assert not ended.may_write(datetime.now(UTC))
    assert (made.source, made.rate, made.revoked_at) == ("ios", 7, None)
    assert f"rotated to {key_id(key_hash(new))}" in run("keys", "list").out


def test_the_old_key_works_on_for_the_grace(store: KeyStore, run: Run) -> None:
    old = run("keys", "create", "--source", "ios").out.strip()
    run("keys", "rotate", key_id(key_hash(old)), "--grace", "24h")
    found = store.find(key_hash(old))
    now = datetime.now(UTC)

    assert found is not None
    assert found.may_write(now + timedelta(hours=23))
    assert not found.may_write(now + timedelta(hours=25))
    assert run("keys", "revoke", key_id(key_hash(old))).status == 0
    found = store.find(key_hash(old))
    assert found is not None
    assert not found.may_write(datetime.now(UTC))


def test_status_shows_the_successor_of_a_first_key(store: KeyStore, run: Run, home: Path, first: Keys) -> None:
    new = run("keys", "rotate", key_id(key_hash(first.write_key))).out.strip()
    shown = read_keys(home)

    assert shown is not None
    assert (shown.write_key, shown.search_key) == (new, first.search_key)
    assert json.loads(run("status", "--json").out)["write_key"] == new


def test_rotating_another_key_leaves_the_first_ones_alone(store: KeyStore, run: Run, home: Path, first: Keys) -> None:
    old = run("keys", "create", "--source", "ios").out.strip()
    run("keys", "rotate", key_id(key_hash(old)))

    assert read_keys(home) == first


def test_revoking_a_key_that_status_shows_warns(store: KeyStore, run: Run, first: Keys, home: Path) -> None:
    name = key_id(key_hash(first.write_key))
    said = run("keys", "revoke", name)

    assert said.status == 0
    assert said.err == f"warning: tradewind status shows this write key; tradewind keys rotate {name} makes another\n"
    # The way out works: a revoked key has a successor, too.
    again = run("keys", "rotate", name)
    assert again.err.endswith(f"{name} was revoked already\n")
    shown = read_keys(home)
    assert shown is not None
    assert shown.write_key == again.out.strip()


def test_the_admin_key_that_status_shows_is_not_revoked_by_accident(store: KeyStore, run: Run, first: Keys) -> None:
    name = key_id(key_hash(first.admin_key))
    said = run("keys", "revoke", name)

    assert said.status == 1
    assert said.err == (
        f"error: key {name} is the admin key that tradewind status shows: run tradewind keys rotate {name}\n"
    )


def test_a_key_is_rotated_once(store: KeyStore, run: Run) -> None:
    old = key_id(key_hash(run("keys", "create", "--source", "ios").out.strip()))
    new = key_id(key_hash(run("keys", "rotate", old).out.strip()))

    assert run("keys", "rotate", old).err == f"error: key id {old} was rotated to {new}: rotate that one\n"


def test_an_unknown_id_is_answered_with_those_there_are(store: KeyStore, run: Run, first: Keys) -> None:
    said = run("keys", "revoke", "abc")

    assert said.err.startswith("error: key id 'abc' does not exist: give one of: ")
    assert key_id(key_hash(first.write_key)) in said.err


def test_a_key_given_for_its_id_is_not_repeated(store: KeyStore, run: Run, first: Keys) -> None:
    said = run("keys", "revoke", first.write_key)

    assert said.status == 1
    assert first.write_key not in said.err


@pytest.mark.parametrize("grace", ["24", "h", "1w", "-1h", "1.5h"])
def test_a_grace_that_is_no_duration_is_refused(store: KeyStore, run: Run, grace: str) -> None:
    said = run("keys", "rotate", "abc", f"--grace={grace}")

    assert said.err == f"error: --grace {grace!r}: give a whole number and a unit: 90s, 10m, 24h or 7d\n"


def test_a_stopped_cloud_says_how_to_start_it(run: Run, home: Path) -> None:
    assert run("keys", "list").err.endswith("start it with `make up`\n")


def test_status_tells_how_many_keys_work(
    store: KeyStore, run: Run, first: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Target, "cloud_status", lambda _self: {"ready": True, "pid": 1})
    monkeypatch.setattr("tradewind.cli.target.address", lambda _target: None)
    monkeypatch.setattr("tradewind.aws.deployed.registered_loads", lambda: None)
    run("keys", "create", "--source", "ios")
    run("keys", "revoke", key_id(key_hash(first.search_key)))

    assert json.loads(run("status", "--json").out)["keys"] == {"write": 2, "search": 0, "admin": 1}
    assert "keys           2 write, 0 search, 1 admin (tradewind keys list)" in run("status").out.splitlines()
