"""Parameters of a query in both wire forms, as plain values of the kinds that `table` says.

v5 sends a flat object, v4 URL-encoded pairs in `params` (lists and objects as JSON in them), and some send both.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote

import orjson

from tradewind.errors import InputError
from tradewind.protocols.algolia.table import ENVELOPE, PARAMETERS, Kind

MAX_PARAMS: Final = 500_000  # characters of one `params`
_MAX_PAIRS: Final = 1000
_FLAGS: Final = {"true": True, "false": False, "1": True, "0": False}

Parameters = Mapping[str, Any]


def parameters_of(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a request by name, `params` unpacked; what stands beside it wins. null: not sent.

    Raises: InputError for a value of a wrong type.
    """
    packed = sent.get("params")
    if packed is not None and not isinstance(packed, str):
        raise InputError("params", _shown(packed), "must be URL-encoded text such as query=shoe&hitsPerPage=20")
    found = unpacked(packed or "")
    for name, value in sent.items():
        if name not in ENVELOPE and value is not None:
            found[name] = _typed(name, value)
    return found


def unpacked(text: str) -> dict[str, Any]:
    """Return the parameters of URL-encoded text. Raises: InputError."""
    if len(text) > MAX_PARAMS:
        raise InputError("params", f"has {len(text)} characters", f"send at most {MAX_PARAMS}")
    if not text.strip():
        return {}
    try:
        pairs = parse_qsl(
            text.removeprefix("?"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MAX_PAIRS,
        )
    except ValueError as error:
        raise InputError("params", _shown(text), f"must be URL-encoded name=value pairs ({error})") from error
    return {name: _from_text(name, value) for name, value in pairs if name not in ENVELOPE}


def packed(parameters: Parameters) -> str:
    """Return parameters as URL-encoded text, which answers echo."""
    return "&".join(f"{quote(name, safe='')}={quote(_as_text(value), safe='')}" for name, value in parameters.items())


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _from_text(name: str, text: str) -> Any:
    kind = _kind(name)
    if kind == "text":
        return text
    if text == "" or text == "null":
        return [] if kind == "texts" else ("" if kind == "any" else _typed(name, text))
    if text[0] in "[{" or kind in ("whole", "number", "flag"):
        try:
            return _typed(name, orjson.loads(text))
        except orjson.JSONDecodeError as error:
            if kind in ("texts", "any") and text[0] == "[":
                raise InputError(name, _shown(text), f"must be JSON ({error})") from error
            return _typed(name, text)
    if kind == "texts":
        return [part.strip() for part in text.split(",")]
    return {"true": True, "false": False}.get(text, text)


def _typed(name: str, value: Any) -> Any:
    """Return a value of the parameter's kind; numbers and flags may come as text."""
    match _kind(name):
        case "text":
            if isinstance(value, str):
                return value
            way_out = "must be a text"
        case "whole":
            number = _number(value)
            if number is not None and number == int(number):
                return int(number)
            way_out = "must be a whole number"
        case "number":
            number = _number(value)
            if number is not None:
                return number
            way_out = "must be a number"
        case "flag":
            if isinstance(value, bool):
                return value
            if str(value) in _FLAGS:
                return _FLAGS[str(value)]
            way_out = "must be true or false"
        case "texts":
            if isinstance(value, str):
                return [value]
            if isinstance(value, list) and all(isinstance(each, str) for each in value):
                return value
            way_out = "must be a list of texts"
        case _:
            return value
    raise InputError(name, _shown(value), way_out)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 2**53 else None


def _kind(name: str) -> Kind:
    parameter = PARAMETERS.get(name)
    return parameter.kind if parameter else "any"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
