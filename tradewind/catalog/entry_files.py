"""Synonyms and rules as files: a JSON array, JSON lines, and of synonyms csv with a header.

The csv is ours: the keys of the JSON as columns, a list as comma-separated words in its cell, which are quoted once
more where they hold a comma. A row without an objectID gets one from what it says, so that the same file changes
nothing when it is read again.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, Literal

import orjson

from tradewind.catalog.definition_changes import Kind
from tradewind.catalog.json_values import refuse
from tradewind.catalog.record import checked_object_id
from tradewind.catalog.rules import parse_rule
from tradewind.catalog.synonyms import parse_synonym
from tradewind.errors import InputError

Entry = Mapping[str, Any]
FileFormat = Literal["array", "lines", "csv"]

MAX_BYTES: Final = 380_000  # of one entry: an item of the store takes 400 KB

_PARSE: Final[Mapping[Kind, Callable[[Entry], object]]] = {"synonym": parse_synonym, "rule": parse_rule}
_SHOWN_ONLY: Final = "_highlightResult"  # Algolia's answers to searches for entries have it
_TEXTS: Final = ("objectID", "type", "input", "word", "placeholder")
_LISTS: Final = ("synonyms", "corrections", "replacements")
_COLUMNS: Final = (*_TEXTS, *_LISTS)
_DELIMITERS: Final = (",", ";", "\t")  # of columns; words of a list have commas


class Faulty(Exception):
    """A file of which nothing can be taken: `faults` is all that is wrong, by line."""

    def __init__(self, faults: Sequence[InputError]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def format_of(name: str) -> FileFormat:
    """Return the format that a file's name says; reading, arrays and lines are told apart by what is in them."""
    ending = name.lower().rpartition(".")[2]
    return "csv" if ending == "csv" else "lines" if ending in ("jsonl", "ndjson") else "array"


def read_entries(text: str, kind: Kind, form: FileFormat) -> Sequence[Entry]:
    """Return the entries of a file, each of which can be stored. Raises: Faulty naming every one that cannot."""
    faults: list[InputError] = []
    found: dict[str, Entry] = {}
    lines: dict[str, int] = {}
    try:
        for line, value in _rows(text) if form == "csv" and kind == "synonym" else _values(text):
            try:
                if isinstance(value, InputError):
                    raise value
                entry = _checked(value, kind)
                name = str(entry["objectID"])
                if name in lines:
                    raise refuse("objectID", name, f"line {lines[name]} has it, too: keep one of the two")
                found[name], lines[name] = entry, line
            except InputError as error:
                faults.append(InputError(f"line {line}, {error.field}", error.value, error.way_out))
    except InputError as error:  # the rest cannot be read
        faults.append(error)
    if faults:
        raise Faulty(faults)
    return tuple(found.values())


def write_entries(entries: Iterable[Entry], form: FileFormat) -> str:
    """Return entries as the text of a file. csv has what `read_entries` takes from it, and no other keys."""
    if form == "csv":
        return _table(entries)
    if form == "lines":
        return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
    return json.dumps(list(entries), ensure_ascii=False, indent=2) + "\n"


def lost_in_csv(entries: Iterable[Entry]) -> frozenset[str]:
    """Return the keys of synonyms that csv has no column for."""
    return frozenset(key for entry in entries for key in entry) - frozenset(_COLUMNS)


def _checked(value: Any, kind: Kind) -> Entry:
    if not isinstance(value, dict):
        raise refuse(kind, value, "must be an object")
    entry = {key: each for key, each in value.items() if key != _SHOWN_ONLY}
    _PARSE[kind](entry)
    checked_object_id(str(entry["objectID"]))
    try:
        size = len(orjson.dumps(entry))
    except TypeError as error:  # halves of surrogate pairs, whole numbers above 2^64
        raise InputError(kind, repr(entry["objectID"])[:80], f"cannot be stored: {error}") from error
    if size > MAX_BYTES:
        raise InputError(kind, repr(entry["objectID"])[:80], f"has {size:,} bytes, {MAX_BYTES:,} are the most")
    return entry


def _values(text: str) -> Iterator[tuple[int, Any]]:
    """Yield (line, value) of a JSON array, or of values one after another. Raises: InputError where it is no JSON."""
    at = _next(text, 0, "")
    listed = text.startswith("[", at)
    at = _next(text, at + 1, "") if listed else at
    first, line, counted = True, 1, 0
    while at < len(text) and not (listed and text[at] == "]"):
        line, counted = line + text.count("\n", counted, at), at
        if listed and not first:
            at = _after_comma(text, at, line)
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise _no_json(text, at, line, str(error) or "too deep") from error
        yield line, value
        at, first = _next(text, at, ""), False
    if listed and (at >= len(text) or _next(text, at + 1, "") < len(text)):
        why = "the array does not end" if at >= len(text) else "something follows the array"
        raise _no_json(text, at + 1, text.count("\n") + 1, why)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_number)


def _next(text: str, at: int, also: str) -> int:
    """Return the place of the next character that is no blank."""
    while at < len(text) and text[at] in " \t\r\n\ufeff" + also:
        at += 1
    return at


def _after_comma(text: str, at: int, line: int) -> int:
    if text[at] != ",":
        raise _no_json(text, at, line, "a comma is missing")
    return _next(text, at + 1, "")


def _no_json(text: str, at: int, line: int, why: str) -> InputError:
    return InputError(f"line {line}", repr(text[at : at + 40]), f"is no JSON: {why}")


def _rows(text: str) -> Iterator[tuple[int, Entry | InputError]]:
    """Yield (line, synonym or what is wrong) of the rows of a csv. Raises: InputError for a wrong header."""
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    first = text.partition("\n")[0]
    reader = csv.reader(lines, strict=True, delimiter=max(_DELIMITERS, key=first.count))
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(header)
        line = reader.line_num + 1
        for row in reader:
            if len(row) > len(header):
                shown = repr(row[len(header)])[:80]
                yield line, InputError("cell", shown, "is one more than the columns: put lists into quotes")
            elif any(cell.strip() for cell in row):
                yield line, _synonym(header, row)
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"line {reader.line_num}", "csv", f"cannot be read: {error}") from error


def _check_header(header: Sequence[str]) -> None:
    unknown = [name for name in header if name not in _COLUMNS]
    if unknown or "synonyms" not in header:
        way_out = f"the first line names the columns, of which synonyms is needed: {', '.join(_COLUMNS)}"
        raise InputError("line 1", repr(",".join(header))[:80], way_out)


def _synonym(header: Sequence[str], row: Sequence[str]) -> Entry:
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=False) if cell.strip()}
    entry: dict[str, Any] = {name: cell for name, cell in cells.items() if name in _TEXTS}
    entry |= {name: _words(cell) for name, cell in cells.items() if name in _LISTS}
    entry.setdefault("type", "synonym")
    entry.setdefault("objectID", "csv-" + sha256(orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16])
    return entry


def _words(cell: str) -> list[str]:
    rows = csv.reader(io.StringIO(cell, newline=""), skipinitialspace=True)
    return [word.strip() for row in rows for word in row if word.strip()]


def _table(entries: Iterable[Entry]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for entry in entries:
        writer.writerow([_cell(entry.get(name)) for name in _COLUMNS])
    return out.getvalue()


def _cell(value: Any) -> str:
    if not isinstance(value, list):
        return "" if value is None else str(value)
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="").writerow(value)
    return out.getvalue()
