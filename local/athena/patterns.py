"""Joda patterns of format_datetime and parse_datetime as strftime has them."""

import re

from sqlglot import exp

from local.athena.failures import QueryFailed

_CODES = {
    "yyyy": "%Y", "YYYY": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m", "dd": "%d", "d": "%-d",
    "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g",
    "a": "%p", "EEEE": "%A", "EEE": "%a", "E": "%a", "DDD": "%j", "D": "%-j", "Z": "%z", "ww": "%V", "xxxx": "%G",
}  # fmt: skip
_TOKEN = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>([a-zA-Z])\3*)|(?P<other>.)", re.DOTALL)


def strftime_pattern(function: str, pattern: exp.Expr) -> str:
    """Return the strftime pattern that means what Joda's `pattern` means.

    Raises: QueryFailed for a pattern that is not a literal or has a letter without counterpart.
    """
    if not pattern.is_string:
        raise QueryFailed("NOT_SUPPORTED", f"{function} {pattern.sql('trino')}: give the pattern as a literal")
    return "".join(_converted(function, token) for token in _TOKEN.finditer(pattern.name))


def _converted(function: str, token: re.Match[str]) -> str:
    if token["quoted"] is not None:
        return (token["quoted"].replace("''", "'") or "'").replace("%", "%%")
    if token["other"]:
        return token["other"].replace("%", "%%")
    if token["letters"] in _CODES:
        return _CODES[token["letters"]]
    raise QueryFailed("NOT_SUPPORTED", f"{function} '{token['letters']}': no counterpart on the local engine")
