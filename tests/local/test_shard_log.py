"""The log of a shard: what was put is there, in order, whatever happened to the process."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.streams.shard_log import DIGITS, START, Entry, ShardLog

EVERYTHING = {"limit": 10**6, "max_bytes": 10**9}


def _number(n: int) -> str:
    return f"{n:0{DIGITS}d}"


def _entry(n: int, *, data: str = "ZGF0YQ==", arrived: float = 0.0) -> Entry:
    return Entry(_number(n), arrived, f"key {n}", data)


def _filled(folder: Path, count: int, *, segment: int = 10**6) -> ShardLog:
    log = ShardLog(folder, segment=segment)
    for n in range(1, count + 1):
        log.append(_entry(n, arrived=float(n)))
    return log


def test_records_are_read_again_in_order_after_a_restart(tmp_path: Path) -> None:
    _filled(tmp_path, 3).close()
    log = ShardLog(tmp_path)
    assert log.read(START, **EVERYTHING) == [_entry(n, arrived=float(n)) for n in (1, 2, 3)]
    assert log.last == _number(3)


def test_a_torn_last_line_is_gone_and_the_next_record_takes_its_place(tmp_path: Path) -> None:
    _filled(tmp_path, 2).close()
    (file,) = tmp_path.iterdir()
    with file.open("ab") as lines:
        lines.write(b'0003\t1.0\t"torn')
    log = ShardLog(tmp_path)
    log.append(_entry(4))
    log.close()
    assert [entry.sequence for entry in ShardLog(tmp_path).read(START, **EVERYTHING)] == [_number(n) for n in (1, 2, 4)]


@given(texts=st.lists(st.text(), max_size=5))
def test_any_key_and_data_come_back_as_they_were(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("log")
    entries = [Entry(_number(n), 1.5, text, text) for n, text in enumerate(texts, 1)]
    log = ShardLog(folder)
    for entry in entries:
        log.append(entry)
    log.close()
    assert ShardLog(folder).read(START, **EVERYTHING) == entries


def test_a_reader_gets_what_follows_up_to_its_limits_but_one_at_least(tmp_path: Path) -> None:
    log = ShardLog(tmp_path)
    for n in range(1, 6):
        log.append(_entry(n, data="x" * 100))
    assert [e.sequence for e in log.read(_number(2), limit=2, max_bytes=10**9)] == [_number(3), _number(4)]
    assert len(log.read(START, limit=10, max_bytes=299)) == 2  # 3 x 100 > 299
    assert len(log.read(START, limit=10, max_bytes=1)) == 1
    assert log.read(_number(5), **EVERYTHING) == []
    assert log.waiting(_number(2)) == (3, 300, 0.0)
    assert log.waiting(_number(5)) == (0, 0, None)


def test_what_has_expired_is_gone_file_by_file_and_readers_go_on_behind_it(tmp_path: Path) -> None:
    log = _filled(tmp_path, 100, segment=200)
    files = len(list(tmp_path.iterdir()))
    log.expire(51.0)
    assert len(log) == 50
    assert log.read(START, limit=1, max_bytes=1)[0].sequence == _number(51)
    assert log.waiting(START)[0] == 50
    assert len(list(tmp_path.iterdir())) < files
    log.close()
    # A file stays as long as one of its records does.
    assert {e.sequence for e in ShardLog(tmp_path).read(START, **EVERYTHING)} >= {_number(n) for n in range(51, 101)}


def test_an_emptied_log_still_knows_the_last_number(tmp_path: Path) -> None:
    log = _filled(tmp_path, 10)
    log.drop_until(_number(10))
    log.close()
    again = ShardLog(tmp_path)
    assert (len(again), again.last) == (0, _number(10))
    again.append(_entry(11))
    again.close()
    assert [e.sequence for e in ShardLog(tmp_path).read(START, **EVERYTHING)] == [_number(11)]


def test_a_moment_is_found_by_the_arrival_of_records(tmp_path: Path) -> None:
    log = _filled(tmp_path, 5)
    assert log.before(3.0) == _number(2)
    assert log.before(0.5) == START
    assert log.before(99.0) == _number(5)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_record_that_cannot_be_written_is_not_there(tmp_path: Path) -> None:
    (tmp_path / f"{_number(1)}.log").symlink_to("/dev/full")
    log = ShardLog(tmp_path / "other")
    log.append(_entry(1))
    log._file, log._size = tmp_path / f"{_number(1)}.log", 0
    log.close()
    with pytest.raises(OSError, match="No space left"):
        log.append(_entry(2))
    assert [entry.sequence for entry in log.read(START, **EVERYTHING)] == [_number(1)]
    log.close()
