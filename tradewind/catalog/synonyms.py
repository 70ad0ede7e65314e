"""Words that mean the same in a shop, in Algolia's five kinds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from tradewind.catalog.json_values import refuse, text_of, texts_of

SynonymKind = Literal["synonym", "onewaysynonym", "altcorrection1", "altcorrection2", "placeholder"]

# kind -> keys of its input and of its words
_KEYS: Mapping[str, tuple[str | None, str]] = {
    "synonym": (None, "synonyms"),
    "onewaysynonym": ("input", "synonyms"),
    "altcorrection1": ("word", "corrections"),
    "altcorrection2": ("word", "corrections"),
    "placeholder": ("placeholder", "replacements"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Synonym:
    """One entry. Texts may be several words.

    synonym: each of `words` finds the others. onewaysynonym: `input` finds `words` too. altcorrection1/2: `input` finds
    `words` as if they were one or two typos away. placeholder: `input`, a token like <size>, stands in records for any
    of `words`.
    """

    object_id: str
    kind: SynonymKind
    words: tuple[str, ...]
    input: str | None = None


def parse_synonym(raw: Mapping[str, Any]) -> Synonym:
    """Return a synonym from its JSON as Algolia's clients send it; `type` in any case. Raises: InputError."""
    if not isinstance(raw, Mapping):
        raise refuse("synonym", raw, "must be an object")
    object_id = text_of(raw, "objectID")
    if not object_id:
        raise refuse("objectID", raw.get("objectID"), "a synonym needs one")
    kind = (text_of(raw, "type") or "synonym").lower()
    if kind not in _KEYS:
        raise refuse("type", raw["type"], f"must be one of {', '.join(get_args(SynonymKind))}")
    of_input, of_words = _KEYS[kind]
    words = texts_of(raw, of_words)
    if not words or not all(word.strip() for word in words):
        raise refuse(of_words, raw.get(of_words), f"a {kind} needs a list of words")
    given = text_of(raw, of_input) if of_input else None
    if of_input and not (given and given.strip()):
        raise refuse(of_input, given, f"a {kind} needs it")
    return Synonym(object_id=object_id, kind=cast(SynonymKind, kind), words=words, input=given)
