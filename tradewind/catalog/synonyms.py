"""Words that mean the same in a shop, in Algolia's five kinds."""

from dataclasses import dataclass
from typing import Literal

SynonymKind = Literal["synonym", "onewaysynonym", "altcorrection1", "altcorrection2", "placeholder"]


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
