from pathlib import Path

import duckdb
import pytest

from benchmarks.sales_data import sales_files
from tradewind.config import Limits
from tradewind.demo.dirt import DIRTY_ROWS
from tradewind.sales.cleaning import clean
from tradewind.sales.reading import open_sales


def test_without_the_real_workbook_a_made_one_is_measured_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEWIND_SHARED", str(tmp_path / "nowhere"))
    monkeypatch.setattr("benchmarks.sales_data._COPIES", 1)
    with sales_files() as files, duckdb.connect() as con:
        assert "a MADE workbook" in files.what
        open_sales(con, [files.workbook], columns={}, limits=Limits())
        from_workbook = clean(con, load="made", into=tmp_path / "xlsx").counts
        open_sales(con, [files.csv], columns={}, limits=Limits())
        from_csv = clean(con, load="made", into=tmp_path / "csv").counts
    assert from_workbook == from_csv
    assert from_csv.quarantined == DIRTY_ROWS
