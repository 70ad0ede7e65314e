"""Texts packed as arrays, against a list of them."""

from bisect import bisect_left

from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.search.embedded.strings import packed, strings_of

TEXTS = st.lists(st.text("abé木", max_size=4).map(str.encode), unique=True, max_size=12).map(sorted)
KEY = st.text("abé木", max_size=4)


@settings(max_examples=100)
@given(TEXTS, KEY)
def test_a_text_is_found_where_the_list_has_it(texts: list[bytes], key: str) -> None:
    held = strings_of(packed("words", texts), "words")
    at = bisect_left(texts, key.encode())
    assert held.find(key.encode()) == (at if texts[at : at + 1] == [key.encode()] else -1)


@settings(max_examples=100)
@given(TEXTS, KEY)
def test_texts_that_begin_so_are_one_run_of_the_list(texts: list[bytes], prefix: str) -> None:
    first, end = strings_of(packed("words", texts), "words").beginning(prefix.encode())
    assert texts[first:end] == [text for text in texts if text.startswith(prefix.encode())]


@given(TEXTS)
def test_texts_come_back_decoded_in_the_order_that_is_asked_for(texts: list[bytes]) -> None:
    held = strings_of(packed("words", texts), "words")
    backwards = list(reversed(range(len(texts))))
    assert held.decoded(backwards) == [texts[at].decode() for at in backwards]
    assert held.decoded([]) == []
