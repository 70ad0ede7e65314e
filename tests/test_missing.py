"""Skips that would hide something fail in CI."""

from pathlib import Path

import pytest

from tests.missing import missing
from tests.real_data import shared_path


def test_what_is_missing_skips_a_test_and_fails_it_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "false")
    with pytest.raises(pytest.skip.Exception, match="no lamp"):
        missing("no lamp")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no lamp"):
        missing("no lamp")


def test_a_shared_file_may_be_missing_in_ci_only_where_the_whole_folder_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("TRADEWIND_SHARED", str(tmp_path / "nowhere"))
    with pytest.raises(pytest.skip.Exception, match=r"lamps\.csv is not in"):
        shared_path("lamps.csv")
    monkeypatch.setenv("TRADEWIND_SHARED", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match=r"lamps\.csv is not in"):
        shared_path("lamps.csv")
