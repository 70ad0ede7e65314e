"""What `tradewind import products` says while rows go."""

import pytest

from tradewind.cli.import_products import RowsSaid


def said(capsys: pytest.CaptureFixture[str], *, terminal: bool) -> str:
    """Return what is said of a hundred rows that take half a second each."""
    now = 0.0
    progress = RowsSaid(lambda: now, terminal=terminal)
    for rows in range(1, 101):
        now += 0.5
        progress(rows)
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_elsewhere_than_on_a_terminal_rows_are_said_in_a_line_every_ten_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert said(capsys, terminal=False) == "20 rows\n40 rows\n60 rows\n80 rows\n100 rows\n"


def test_on_a_terminal_one_line_counts_up(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, terminal=True)
    assert "\n" not in text
    assert text.split("\r")[1:] == [f"{rows} rows" for rows in range(1, 101)]
