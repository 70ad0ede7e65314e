"""Keys and the file that holds them."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tradewind.errors import InputError
from tradewind.key_file import ensure_keys, read_keys
from tradewind.keys import Keys, key_hash, new_keys


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
