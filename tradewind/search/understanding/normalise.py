"""A query as it was typed, made fit to be read."""

import unicodedata

from tradewind.search.request import MAX_QUERY_CHARACTERS

# Control characters, lone surrogates, private and unassigned ones. Joiners (Cf) stay: some scripts need them.
_NOT_TEXT = frozenset({"Cc", "Cs", "Co", "Cn"})


def normalise(query: str) -> str:
    """Return the query in compatibility form (NFKC), without control characters, cut to MAX_QUERY_CHARACTERS.

    Spaces between words become one; one at the end stays: it says that the last word is complete.
    """
    # Cut before the costly steps too: 20 KB of text is no query. Compatibility forms may be longer (one sign of
    # Arabic becomes 18), so it is cut again.
    text = unicodedata.normalize("NFKC", query[: 2 * MAX_QUERY_CHARACTERS])
    text = "".join(" " if unicodedata.category(letter) in _NOT_TEXT else letter for letter in text)
    words = " ".join(text.split())
    ended = " " if words and text[-1:].isspace() else ""
    return (words + ended)[:MAX_QUERY_CHARACTERS]
