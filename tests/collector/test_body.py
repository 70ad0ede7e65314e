"""Bodies made safe to decode."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.events.collecting.body import cut, decoded, is_deeper, mended

ANY = msgspec.json.Decoder(Any)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet='ab"\\[]{}\ud83d\ude00\udc00é'),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='a"[\\{', max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


def depth(value: Any) -> int:
    """Return the levels of objects and arrays, the slow way."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def without_deep(value: Any, levels: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return 0
    if isinstance(value, dict):
        return {name: without_deep(inner, levels - 1) for name, inner in value.items()}
    return [without_deep(inner, levels - 1) for inner in value]


def healed(text: str) -> str:
    """Return a text with U+FFFD for each surrogate without its partner, as a decoder that replaces does it."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def healed_all(value: Any) -> Any:
    if isinstance(value, str):
        return healed(value)
    if isinstance(value, list):
        return [healed_all(inner) for inner in value]
    if isinstance(value, dict):
        return {healed(name): healed_all(inner) for name, inner in value.items()}
    return value


@given(values, st.integers(0, 5))
def test_depth_is_as_a_parser_finds_it(value: Any, levels: int) -> None:
    text = json.dumps(value).encode()
    assert is_deeper(text, levels) == (depth(value) > levels)


@given(values, st.integers(0, 4))
def test_cutting_puts_0_in_place_of_what_is_too_deep(value: Any, levels: int) -> None:
    # Through JSON on both sides: two halves of a surrogate pair come out of it as the character that they are.
    assert json.loads(cut(json.dumps(value).encode(), levels)) == json.loads(json.dumps(without_deep(value, levels)))


@given(values)
def test_mending_replaces_surrogates_without_partners_and_nothing_else(value: Any) -> None:
    text = json.dumps(value).encode()
    assert len(mended(text)) == len(text)
    assert json.loads(mended(text)) == healed_all(value)


@given(values, st.sampled_from([None, 2]))
def test_what_is_json_is_decoded_and_lies_on_one_line(value: Any, indent: int | None) -> None:
    text = json.dumps([value], indent=indent).encode()
    (raw,) = decoded(text, msgspec.json.Decoder(list[msgspec.Raw]), max_depth=32)
    assert b"\n" not in bytes(raw)
    assert json.loads(bytes(raw)) == healed_all(value)


@pytest.mark.parametrize("text", ['"' * 50_001, '{"a":"' + "\\" * 50_001, "[" * 50_000 + '"'])
def test_texts_without_an_end_are_found_wrong_at_once(text: str) -> None:
    assert isinstance(cut(text.encode(), 32), bytes)
    assert is_deeper(text.encode(), 3) in (True, False)
