import pytest

from benchmarks.__main__ import NAMES, main


def test_an_unknown_benchmark_is_named_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workbok"]) == 2
    assert capsys.readouterr().err == f"error: benchmark workbok: choose from {', '.join(NAMES)}\n"
