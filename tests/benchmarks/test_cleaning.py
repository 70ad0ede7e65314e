"""The rivals of the cleaning benchmark do the same work as ours, or the ratio would mean nothing."""

from functools import partial
from pathlib import Path

import pytest

from benchmarks.cleaning import LOAD, Clean, check_same, clean_by_hand, clean_ours
from benchmarks.pandas_cleaning import clean_with_pandas

ROWS = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A, HEART ,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,85123A, HEART ,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
c536366,85123b,HEART,-6,2011-01-02 08:26:00,2.555,,United Kingdom
536367,85123b,HEART,six,2010-12-02 08:26:00,2.555,,United Kingdom
536367,85123b,HEART,-1,2010-12-02 08:26:00,2.555,,United Kingdom
C536367,85123b,HEART,1,2010-12-02 08:26:00,2.555,,United Kingdom
536367,,HEART,1,2010-12-02 08:26:00,2.555,,United Kingdom
536367,1,HEART,1,yesterday,2.555,,United Kingdom
536367,1,HEART,1,,2.555,,United Kingdom
536367,1,HEART,1,2010-13-45 00:00:00,2.555,,United Kingdom
536367,1,HEART,1,2010-12-02 08:26:00,free,,United Kingdom
536367,1,HEART,1,2010-12-02 08:26:00,,,United Kingdom
536367,1,HEART,,2010-12-02 08:26:00,1,,United Kingdom
,1,HEART,1,2010-12-02 08:26:00,1,,United Kingdom
A1,1,HEART,1,2010-12-02 08:26:00,1,,United Kingdom
5363.0,1.0,HEART,1,2010-12-02 08:26:00,0,,United Kingdom
5363.0,1.0,HEART,1,2010-12-02 08:26:00,0.0005,12.0,United Kingdom
"""

RIVALS: dict[str, Clean] = {
    "by hand": clean_by_hand,
    "pandas": partial(clean_with_pandas, load=LOAD, reader="c"),
    "pandas with pyarrow": partial(clean_with_pandas, load=LOAD, reader="pyarrow"),
}


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_text(ROWS)
    return path


@pytest.mark.parametrize("rival", RIVALS)
def test_a_rival_writes_the_rows_that_we_write(rival: str, csv: Path) -> None:
    check_same(csv, {"ours": clean_ours, rival: RIVALS[rival]})


def test_a_rival_that_does_other_work_is_found(csv: Path, tmp_path: Path) -> None:
    shorter = tmp_path / "shorter.csv"
    shorter.write_text("".join(ROWS.splitlines(keepends=True)[:-1]))
    with pytest.raises(AssertionError, match="clean rows of lazy must be those of ours: 1 differ"):
        check_same(csv, {"ours": clean_ours, "lazy": lambda _, into: clean_ours(shorter, into)})
