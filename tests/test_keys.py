"""Keys and the file that holds them."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tradewind.errors import InputError
from tradewind.key_file import ensure_keys, read_keys, replace_key
from tradewind.keys import (
    KeyRecord,
    Keys,
    check_origins,
    check_rate,
    check_source,
    key_hash,
    new_keys,
    retired,
    successor,
)


def test_the_app_id_is_ten_upper_case_letters_and_digits() -> None:
    assert new_keys(lambda symbols: symbols[-1]).app_id == "9" * 10
    assert new_keys(lambda symbols: symbols[0]).app_id == "A" * 10


def test_a_key_has_128_bits() -> None:
    keys = new_keys(lambda symbols: symbols[-1])

    assert keys.write_key == keys.search_key == keys.admin_key == "f" * 32


def test_records_hold_hashes_and_no_key() -> None:
    keys = Keys(app_id="APP", write_key="w", search_key="s", admin_key="a")

    assert keys.records() == [(key_hash("w"), "write"), (key_hash("s"), "search"), (key_hash("a"), "admin")]


def test_a_key_hash_is_sha_256() -> None:
    assert key_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_there_are_no_keys_before_the_first_start(tmp_path: Path) -> None:
    assert read_keys(tmp_path) is None


def test_keys_are_made_once(tmp_path: Path) -> None:
    assert ensure_keys(tmp_path) == ensure_keys(tmp_path) == read_keys(tmp_path)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    ensure_keys(tmp_path)

    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_a_draft_left_by_a_killed_start_does_not_count(tmp_path: Path) -> None:
    (tmp_path / ".keys.json.1").write_text('{"app_id": "HALF')

    assert len(ensure_keys(tmp_path).app_id) == 10


def test_starts_at_the_same_moment_agree_on_the_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: ensure_keys(tmp_path), range(8)))

    assert found == {read_keys(tmp_path)}


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{")

    with pytest.raises(InputError) as refused:
        read_keys(tmp_path)
    assert str(refused.value) == (
        f"keys file '{tmp_path}/keys.json': it is not as it was written: restore it, "
        "or `make reset` makes new keys and empties the local cloud"
    )


NOW = datetime(2026, 3, 1, tzinfo=UTC)
OLD = KeyRecord(
    key_hash=key_hash("abc"), kind="write", source="ios", origins=frozenset({"https://a.example"}), created_at=NOW
)


def test_a_key_is_called_by_the_beginning_of_its_hash() -> None:
    assert OLD.id == "ba7816bf8f01"


def test_a_replaced_key_is_the_only_thing_that_changes_in_the_file(tmp_path: Path) -> None:
    before = ensure_keys(tmp_path)
    replace_key(tmp_path, "write", "fresh")

    assert read_keys(tmp_path) == Keys(**{**asdict(before), "write_key": "fresh"})
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_a_revoked_key_works_until_its_moment() -> None:
    revoked = retired(OLD, NOW)

    assert OLD.works(NOW)
    assert not revoked.works(NOW)
    assert revoked.works(NOW - timedelta(seconds=1))


def test_ending_a_key_later_than_it_ends_anyway_lengthens_nothing() -> None:
    revoked = retired(OLD, NOW)

    assert retired(revoked, NOW + timedelta(days=1), rotated_to="next") == replace(revoked, rotated_to="next")


def test_a_successor_has_the_settings_and_a_life_of_its_own() -> None:
    new = successor(retired(OLD, NOW, rotated_to="x"), "new", NOW + timedelta(days=9))

    assert new == replace(OLD, key_hash=key_hash("new"), created_at=NOW + timedelta(days=9))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Shop.Example.com/", "https://shop.example.com"),
        ("https://shop.example.com:443", "https://shop.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(given: str, kept: str) -> None:
    assert check_origins([given]) == {kept}


@pytest.mark.parametrize(
    "given",
    [
        "shop.example.com",
        "ftp://a",
        "https://",
        "https://a/b",
        "https://a?x",
        "https://*.a",
        "https://u@a",
        "http://a:x",
    ],
)
def test_what_is_no_origin_is_refused(given: str) -> None:
    with pytest.raises(InputError, match=r"--origin .*: give scheme and host as browsers do"):
        check_origins([given])


@pytest.mark.parametrize("given", ["", "two words", "-x", "a" * 65, "a\n"])
def test_what_is_no_name_of_a_source_is_refused(given: str) -> None:
    with pytest.raises(InputError, match=r"--source .*: give up to 64 letters"):
        check_source(given)


def test_a_rate_below_one_is_refused() -> None:
    with pytest.raises(InputError, match="--rate 0: give 1 or more requests a second"):
        check_rate(0)
