"""Reads judgements from csv and parquet files, and writes them."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.errors import InputError
from tradewind.evaluation.judgements import Judgement

_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Columns:
    """How the columns of a file are called."""

    query: str = "query"
    sku: str = "sku"
    grade: str = "grade"

    def __iter__(self) -> Iterator[str]:
        return iter((self.query, self.sku, self.grade))


def read_judgements(file: Path, columns: Columns = Columns()) -> Iterator[Judgement]:
    """Yield the rows of a csv (any usual delimiter) or parquet file. Raises: InputError naming row and column."""
    if not file.is_file():
        raise InputError("judgements", repr(str(file)), "there is no such file")
    rows = _parquet_rows(file, columns) if file.suffix.lower() == ".parquet" else _csv_rows(file, columns)
    for number, row in enumerate(rows, start=1):
        yield _judgement(row, number, columns)


def as_csv(judgements: Iterable[Judgement]) -> str:
    """Return judgements as csv, with a header; `read_judgements` reads the same back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(Columns())
    writer.writerows((each.query, each.sku, repr(each.grade)) for each in judgements)
    return out.getvalue()


def from_csv(text: str) -> Iterator[Judgement]:
    """Yield the judgements of `as_csv`."""
    for number, row in enumerate(csv.DictReader(io.StringIO(text, newline="")), start=1):
        yield _judgement(row, number, Columns())


def _csv_rows(file: Path, columns: Columns) -> Iterator[Mapping[str, Any]]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("judgements", file.name, f"byte {error.start} is not UTF-8: save the file as UTF-8") from error
    header = text.split("\n", 1)[0].rstrip("\r")
    found = {mark: next(csv.reader([header], delimiter=mark), []) for mark in _DELIMITERS}
    delimiter = next((mark for mark, names in found.items() if set(columns) <= set(names)), None)
    if delimiter is None:
        _refuse_columns(file, max(found.values(), key=len), columns)
    yield from csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter or ",")


def _parquet_rows(file: Path, columns: Columns) -> Iterator[Mapping[str, Any]]:
    import duckdb

    with duckdb.connect() as database:
        try:
            rows = database.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(file)])
            names = [column[0] for column in rows.description or ()]
            if missing := [name for name in columns if name not in names]:
                _refuse_columns(file, names, columns, missing)
            quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
            rows = database.execute(f"SELECT {quoted} FROM read_parquet(?)", [str(file)])  # noqa: S608 quoted
            while batch := rows.fetchmany(10_000):
                yield from (dict(zip(columns, row, strict=True)) for row in batch)
        except duckdb.Error as error:
            raise InputError("judgements", file.name, f"cannot be read as parquet: {error}") from error


def _refuse_columns(file: Path, names: Sequence[str], columns: Columns, missing: Sequence[str] | None = None) -> None:
    absent = missing or [name for name in columns if name not in names]
    raise InputError(
        "judgements",
        f"{file.name} has columns {', '.join(names)}",
        f"{', '.join(absent)} is missing: name the columns with --query, --sku and --grade",
    )


def _judgement(row: Mapping[str, Any], number: int, columns: Columns) -> Judgement:
    query, sku, grade = (row.get(name) for name in columns)
    try:
        return Judgement(_text(query).strip(), _text(sku).strip(), float(_text(grade)))
    except ValueError as error:
        raise InputError(
            f"judgement {number}", f"{columns.grade} {grade!r}", "is no number: mend the row or leave it out"
        ) from error


def _text(value: object) -> str:
    """Return a cell as text; a parquet file may hold SKUs as whole numbers."""
    return "" if value is None else str(value)
