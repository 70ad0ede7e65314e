"""The journal of changes: whole lines, in order, whatever happened to the last one."""

from pathlib import Path

import pytest

from local.durability.journal import Journal, read


def test_changes_are_read_in_the_order_they_were_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    for number in range(3):
        journal.append({"number": number})
    journal.close()
    assert [record["number"] for record in read(tmp_path / "j")] == [0, 1, 2]


def test_a_torn_last_line_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b'{"number":0}\n{"number":1')
    assert [record["number"] for record in read(tmp_path / "j")] == [0]


def test_a_journal_goes_on_in_another_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a")
    journal.append({"number": 0})
    assert journal.continue_in(tmp_path / "b") == tmp_path / "a"
    journal.append({"number": 1})
    journal.close()
    assert [record["number"] for record in read(tmp_path / "a")] == [0]
    assert [record["number"] for record in read(tmp_path / "b")] == [1]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_change_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "j").symlink_to("/dev/full")
    journal = Journal(tmp_path / "j")
    with pytest.raises(OSError, match="No space left"):
        journal.append({"number": 0})
    journal.close()
