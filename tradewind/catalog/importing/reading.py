"""Files of products as rows: delimited text, workbooks, JSON lines, a JSON array, YAML, Parquet."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.config import Limits
from tradewind.errors import InputError

Row = Mapping[str, Any]

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file, in order; one that cannot be read is an InputError in its place."""

    columns: tuple[str, ...]
    rows: Iterator[Row | InputError]


@contextmanager
def open_rows(path: Path) -> Iterator[Rows]:
    """Give the rows of a file, by its ending. Raises: InputError for a file that cannot be read."""
    if not path.is_file():
        raise InputError("file", repr(str(path)), "there is no such file")
    ending = path.suffix.casefold()
    match ending:
        case ".jsonl" | ".ndjson":
            yield _of_lines(path)
        case ".json":
            yield _of_list(path, _json(path))
        case ".yaml" | ".yml":
            yield _of_list(path, _yaml(path))
        case _:
            with _table(path) as rows:
                yield rows


def _of_lines(path: Path) -> Rows:
    def rows() -> Iterator[Row | InputError]:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                try:
                    yield _object(json.loads(line), number)
                except (ValueError, RecursionError) as error:
                    yield InputError(f"line {number}", f"{line[:40]!r}", f"is no JSON: {error}")

    return Rows(_columns(rows()), rows())


def _of_list(path: Path, content: Any) -> Rows:
    if isinstance(content, Mapping):
        lists = [value for value in content.values() if isinstance(value, list)]
        content = lists[0] if len(lists) == 1 else content
    if not isinstance(content, list):
        raise InputError(f"file {path.name!r}", type(content).__name__, "give a list of objects, one a product")
    rows = [_object(each, number) for number, each in enumerate(content, 1)]
    return Rows(_columns(iter(rows)), iter(rows))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f"file {path.name!r}", "is no JSON", f"mend it: {error}") from error


def _yaml(path: Path) -> Any:
    import yaml

    # The parser in C reads the same and is ten times as fast; not every installation of PyYAML has it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        with path.open("rb") as stream:
            return yaml.load(stream, Loader=loader)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        raise InputError(f"file {path.name!r}", "is no YAML", f"mend it: {error}") from error


@contextmanager
def _table(path: Path) -> Iterator[Rows]:
    """Give the rows of a table: cells of texts and workbooks as text, those of Parquet as they are typed."""
    import duckdb

    from tradewind.sales.formats.cells import literal, quoted
    from tradewind.sales.formats.detection import detect
    from tradewind.sales.reading import as_part, cells_of

    part = as_part(path)
    with duckdb.connect() as con:
        if detect(part) == "parquet":
            found = con.execute(f"select * from read_parquet({literal(str(path))})")  # noqa: S608
            yield Rows(_titles(found), _fetched(found))
            return
        with cells_of(con, part, Limits()) as cells:
            wanted = ", ".join(
                f"nullif({text}, '') as {quoted(title)}" for title, text in zip(cells.titles, cells.texts, strict=True)
            )
            yield Rows(cells.titles, _fetched(con.execute(f"select {wanted} from {cells.relation}")))  # noqa: S608


def _titles(found: Any) -> tuple[str, ...]:
    return tuple(column[0] for column in found.description)


def _fetched(found: Any) -> Iterator[Row]:
    titles = _titles(found)
    while some := found.fetchmany(_BATCH):
        for cells in some:
            yield {title: cell for title, cell in zip(titles, cells, strict=True) if cell is not None}


def _object(value: Any, number: int) -> Row | InputError:
    if isinstance(value, Mapping):
        return {str(name): each for name, each in value.items() if each is not None}
    return InputError(f"row {number}", f"{value!r:.40}", "give an object, one a product")


def _columns(rows: Iterator[Row | InputError]) -> tuple[str, ...]:
    """Return the names that rows have, in the order in which they appear."""
    return tuple(dict.fromkeys(name for row in rows if not isinstance(row, InputError) for name in row))
