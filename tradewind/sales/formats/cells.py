"""The cells of one file, as text that DuckDB can scan."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradewind.errors import InputError

if TYPE_CHECKING:
    import duckdb  # the Spark job reads titles too, without DuckDB

_NUMBERED = re.compile(r"(?P<title>.+)_[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A file's rows, in order, before anybody knows which column is which.

    `titles` are the column titles as the file has them, `texts` the SQL expression over `relation` that gives each
    column's cell as text (null or '' where it is empty). `explain` says what an error while scanning means.
    """

    relation: str
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    explain: "Callable[[duckdb.Error], InputError | None]" = lambda _: None


def quoted(name: str) -> str:
    """Return `name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def distinct_titles(titles: Sequence[str]) -> tuple[str, ...]:
    """Return `titles` as names that differ in more than case: a repeated one gets a number, an empty one a name."""
    names: list[str] = []
    seen: set[str] = set()
    for title in titles:
        name, number = title or "unnamed", 0
        while name.casefold() in seen:
            number += 1
            name = f"{title or 'unnamed'}_{number}"
        seen.add(name.casefold())
        names.append(name)
    return tuple(names)


def repeated_titles(names: Sequence[str]) -> tuple[str, ...]:
    """Return `names` without the numbers that tell repeated titles apart: the reverse of `distinct_titles`.

    So a file with the titles Price and Price_1 counts as one with two columns Price, in every format.
    """
    titles: list[str] = []
    for name in names:
        numbered = _NUMBERED.fullmatch(name)
        repeats = numbered is not None and numbered["title"].casefold() in {title.casefold() for title in titles}
        titles.append(numbered["title"] if numbered is not None and repeats else name)
    return tuple(titles)
