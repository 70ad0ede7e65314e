"""Judgements in files."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.errors import InputError
from tradewind.evaluation.judgement_files import Columns, as_csv, from_csv, read_judgements
from tradewind.evaluation.judgements import Judgement

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1).map(str.strip)


def test_csv_is_read_whatever_separates_its_cells(tmp_path: Path) -> None:
    for mark in ",;\t|":
        file = tmp_path / "judgements.csv"
        file.write_text(mark.join(["sku", "grade", "query"]) + "\n" + mark.join(["007", "2.5", "red lamp"]) + "\n")
        assert list(read_judgements(file)) == [Judgement("red lamp", "007", 2.5)]


def test_csv_with_a_byte_order_mark_and_quoted_cells_is_read(tmp_path: Path) -> None:
    file = tmp_path / "judgements.csv"
    file.write_bytes('\ufeffquery,sku,grade\r\n"lamp, ""red""",a,1\r\n'.encode())
    assert list(read_judgements(file)) == [Judgement('lamp, "red"', "a", 1)]


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    file = tmp_path / "judgements.csv"
    file.write_text("id,search_term,product,relevance\n1,lamp,a,3\n")
    columns = Columns("search_term", "product", "relevance")
    assert list(read_judgements(file, columns)) == [Judgement("lamp", "a", 3)]


def test_parquet_is_read_with_whole_numbers_as_skus(tmp_path: Path) -> None:
    file = tmp_path / "judgements.parquet"
    pq.write_table(pa.table({"query": ["lamp", "rug"], "sku": [17, 4], "grade": [1, 3], "x y": [0, 0]}), file)
    assert list(read_judgements(file)) == [Judgement("lamp", "17", 1), Judgement("rug", "4", 3)]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"judgements.{ending}"
    if ending == "csv":
        file.write_text("query,product\nlamp,a\n")
    else:
        pq.write_table(pa.table({"query": ["lamp"], "product": ["a"]}), file)
    with pytest.raises(InputError) as refused:
        list(read_judgements(file))
    assert "has columns query, product: sku, grade is missing" in str(refused.value)


def test_a_grade_that_is_no_number_is_named_with_its_row(tmp_path: Path) -> None:
    file = tmp_path / "judgements.csv"
    file.write_text("query,sku,grade\nlamp,a,3\nlamp,b,good\n")
    with pytest.raises(InputError, match="judgement 2 grade 'good': is no number"):
        list(read_judgements(file))


def test_a_row_with_too_few_cells_is_named(tmp_path: Path) -> None:
    file = tmp_path / "judgements.csv"
    file.write_text("query,sku,grade\nlamp,a\n")
    with pytest.raises(InputError, match="judgement 1 grade None"):
        list(read_judgements(file))


def test_what_is_no_parquet_and_what_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "judgements.parquet"
    file.write_bytes(b"no parquet")
    with pytest.raises(InputError, match="cannot be read as parquet"):
        list(read_judgements(file))
    with pytest.raises(InputError, match="there is no such file"):
        list(read_judgements(tmp_path / "none.csv"))


@given(st.lists(st.builds(Judgement, TEXTS, TEXTS, st.floats(allow_nan=False, allow_infinity=False)), max_size=5))
@settings(max_examples=50)
def test_what_is_written_is_read_back(rows: list[Judgement]) -> None:
    assert list(from_csv(as_csv(rows))) == rows
