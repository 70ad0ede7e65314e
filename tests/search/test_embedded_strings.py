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


@given(st.integers(0, 400), st.integers(-1, 401), st.integers(0, 400))
def test_of_many_texts_the_first_that_begins_so_is_found(count: int, number: int, digits: int) -> None:
    texts = [b"%05d" % (2 * at) for at in range(count)]  # 00000, 00002, 00004 ...
    held = strings_of(packed("words", texts), "words")
    for key in (b"%05d" % max(number, 0), b"%05d" % max(2 * number, 0), b"", b"9"):
        at = bisect_left(texts, key)
        assert held.find(key) == (at if texts[at : at + 1] == [key] else -1)
    prefix = (b"%05d" % digits)[: 1 + digits % 5]
    first, end = held.beginning(prefix)
    assert texts[first:end] == [text for text in texts if text.startswith(prefix)]
