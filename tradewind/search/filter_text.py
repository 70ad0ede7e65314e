"""The text form of filters: `brand:Acme AND (price < 30 OR price:50 TO 60) AND NOT _tags:used`.

    all  := any (AND any)*          OR binds closer than AND
    any  := unit (OR unit)*
    unit := [NOT] condition | "(" all ")"
    condition := attribute:value[<score=n>] | attribute:low TO high | attribute OP number | value

OP is one of < <= = != > >=; a bare value is a tag; keywords are in capitals; attributes and values with spaces,
brackets or keywords stand in quotes, with a backslash before a quote inside. As in Algolia's filters three things are
refused: AND inside OR, conditions of different kinds (facet, number, tag) inside one OR, and NOT before a bracket.
"""

import math
import re
from dataclasses import dataclass
from typing import NoReturn, get_args

from tradewind.errors import InputError
from tradewind.search.filters import And, FacetIs, Filter, Not, NumberIs, NumberWithin, Operator, Or, all_of

MAX_CHARACTERS = 100_000
MAX_CONDITIONS = 1_000  # each costs a pass over a column; beyond it one query could hold up all others
MAX_DEPTH = 32  # brackets within brackets
TAGS = "_tags"

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_OPERATOR = re.compile(r"<=|>=|!=|<|>|=")
_SCORE = re.compile(r"<score=(-?\d{1,9})>")
_SPACE = re.compile(r"\s*")
_OPERATORS: dict[str, Operator] = {each: each for each in get_args(Operator)}
_KEYWORDS = frozenset({"AND", "OR", "NOT", "TO"})
_ATTRIBUTE = re.compile(r"[^\s:()<>=!\"']+")
_VALUE = re.compile(r"(?:(?!<score=)[^\s()])+")
_QUOTED = {quote: re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.DOTALL) for quote in "\"'"}


def parse_filters(text: str, *, field: str = "filters") -> Filter:
    """Return the conditions of a text; everything for an empty one. Raises: InputError with position and reason."""
    if not isinstance(text, str):
        raise InputError(field, repr(text)[:80], 'must be a text like "brand:Acme AND price < 30"')
    if len(text) > MAX_CHARACTERS:
        raise InputError(field, f"has {len(text)} characters", f"at most {MAX_CHARACTERS} are taken")
    parser = _Parser(text, field)
    return all_of() if parser.at_end() else parser.whole()


def parse_number(text: str, field: str, value: str) -> float:
    """Return a finite number. Raises: InputError."""
    if not _NUMBER.fullmatch(text) or not math.isfinite(number := float(text)):
        raise InputError(field, value, f"{text[:40]!r} must be a number")
    return number


@dataclass(slots=True)
class _Parser:
    text: str
    field: str
    at: int = 0
    conditions: int = 0
    depth: int = 0

    def whole(self) -> Filter:
        found = self.conjunction()
        if not self.at_end():
            self.refuse(
                self.at, "AND or OR is missing before it" if self.text[self.at] != ")" else "no bracket is open"
            )
        return found

    def conjunction(self) -> Filter:
        parts = [self.disjunction()]
        while self.keyword("AND"):
            parts.append(self.disjunction())
        return all_of(*parts)

    def disjunction(self) -> Filter:
        start = self.start()
        parts = [self.unit()]
        while self.keyword("OR"):
            start = self.start()
            parts.append(self.unit())
            self.check_or(parts, start)
        return parts[0] if len(parts) == 1 else Or(tuple(_alternatives(parts)))

    def check_or(self, parts: list[Filter], start: int) -> None:
        if any(isinstance(part, And) for part in parts):
            self.refuse(start, "AND inside OR is not possible: write it as ORs joined by AND")
        if len({_kind(part) for part in parts}) > 1:
            self.refuse(start, "one OR cannot mix facets, numbers and tags: join them by AND")

    def unit(self) -> Filter:
        start = self.start()
        if self.keyword("NOT"):
            if self.text.startswith("(", self.start()):
                self.refuse(self.at, "NOT before a bracket is not possible: put NOT before each condition")
            return Not(self.condition())
        if not self.text.startswith("(", start):
            return self.condition()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(start, f"at most {MAX_DEPTH} brackets can be open")
        self.at += 1
        inner = self.conjunction()
        if not self.text.startswith(")", self.start()):
            self.refuse(self.at, "a closing bracket is missing")
        self.at += 1
        self.depth -= 1
        return inner

    def condition(self) -> Filter:
        start = self.start()
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            self.refuse(start, f"at most {MAX_CONDITIONS} conditions are taken")
        name = self.name(_ATTRIBUTE, "a condition like brand:Acme is missing")
        if self.text.startswith(":", self.start()):
            self.at += 1
            return self.value_of(name)
        if self.text[self.at : self.at + 7] != "<score=" and (operator := _OPERATOR.match(self.text, self.at)):
            self.at = operator.end()
            return NumberIs(name, _OPERATORS[operator[0]], self.number(f"{name} {operator[0]} needs a number"))
        return FacetIs(TAGS, name, self.score())

    def value_of(self, attribute: str) -> Filter:
        start = self.start()
        quoted = self.text[start : start + 1] in _QUOTED
        value = self.name(_VALUE, f"a value is missing after {attribute}:")
        if not quoted and _NUMBER.fullmatch(value) and self.keyword("TO"):
            low = self.finite(value, start)
            high = self.number("the upper end of the range is missing")
            if low > high:
                self.refuse(start, f"the range is empty: {value} is above {high:g}")
            return NumberWithin(attribute, low, high)
        return FacetIs(attribute, value, self.score())

    def name(self, pattern: re.Pattern[str], missing: str) -> str:
        """Return a quoted or bare word."""
        start = self.start()
        quote = self.text[start : start + 1]
        if quote in _QUOTED:
            found = _QUOTED[quote].match(self.text, start)
            if not found:
                self.refuse(start, f"the closing {quote} is missing")
            word = re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL)
        else:
            found = pattern.match(self.text, start)
            if not found or found[0] in _KEYWORDS:
                self.refuse(start, missing + (": put a keyword in quotes" if found else ""))
            word = found[0]
        if not word:
            self.refuse(start, missing)
        self.at = found.end()
        return word

    def number(self, missing: str) -> float:
        start = self.start()
        found = _NUMBER.match(self.text, start)
        if not found:
            self.refuse(start, missing)
        self.at = found.end()
        if self.at < len(self.text) and self.text[self.at] not in " \t\r\n)":
            self.refuse(start, "must be a number")
        return self.finite(found[0], start)

    def finite(self, text: str, start: int) -> float:
        number = float(text)
        if not math.isfinite(number):
            self.refuse(start, "the number is too large")
        return number

    def score(self) -> int:
        found = _SCORE.match(self.text, self.at)
        if not found:
            if self.text.startswith("<score=", self.at):
                self.refuse(self.at, "a score is a whole number: <score=2>")
            return 1
        self.at = found.end()
        return int(found[1])

    def keyword(self, word: str) -> bool:
        """Return whether the keyword comes next, and pass it."""
        start = self.start()
        end = start + len(word)
        if self.text[start:end] != word or (end < len(self.text) and self.text[end] not in " \t\r\n("):
            return False
        self.at = end
        return True

    def start(self) -> int:
        """Pass spaces; return where we are."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def at_end(self) -> bool:
        return self.start() >= len(self.text)

    def refuse(self, position: int, reason: str) -> NoReturn:
        near = repr(self.text[position : position + 30]) if position < len(self.text) else "the end"
        raise InputError(self.field, f"at position {position} ({near})", reason)


def _alternatives(parts: list[Filter]) -> list[Filter]:
    return [each for part in parts for each in (part.parts if isinstance(part, Or) else (part,))]


def _kind(part: Filter) -> str:
    if isinstance(part, Not):
        return _kind(part.part)
    if isinstance(part, Or | And):
        return _kind(part.parts[0])
    if isinstance(part, FacetIs):
        return "tag" if part.attribute == TAGS else "facet"
    return "number"
