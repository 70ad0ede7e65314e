"""What a key may do at the search API: verbs (Algolia's ACL words), indexes, and what it adds to every query."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tradewind.errors import InputError

# Algolia's words. Those of services that are not here are kept and have no effect.
ACLS: Final = (
    "search",
    "browse",
    "addObject",
    "deleteObject",
    "deleteIndex",
    "listIndexes",
    "settings",
    "editSettings",
    "analytics",
    "recommendation",
    "usage",
    "logs",
    "seeUnretrievableAttributes",
    "inference",
    "nluReadAnswers",
    "nluReadProject",
    "nluReadEntity",
    "nluWriteProject",
    "nluWriteEntity",
    "personalization",
)
# A key with these alone stands in browsers' pages; it may sign secured keys, for which its text is stored.
READING: Final = frozenset({"search", "browse", "listIndexes", "recommendation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Of one key. Empty: without such a limit."""

    acl: tuple[str, ...]  # in the order in which they were given: clients that wait for a change compare it
    indexes: tuple[str, ...] = ()  # names; `*` in them stands for any characters
    referers: tuple[str, ...] = ()  # of pages that may use the key; `*` as in indexes
    max_hits: int = 0  # of one page
    max_queries: int = 0  # an hour from one address; kept, not counted
    query_parameters: str = ""  # URL-encoded; they win over those of a request, filters hold beside its own
    description: str = ""
    validity: int = 0  # seconds, as they were given
    expires_at: datetime | None = None

    @property
    def only_reads(self) -> bool:
        return READING.issuperset(self.acl)

    def as_json(self) -> str:
        """Return them as the keys table has them."""
        return json.dumps(
            {
                "acl": list(self.acl),
                "indexes": list(self.indexes),
                "referers": list(self.referers),
                "max_hits": self.max_hits,
                "max_queries": self.max_queries,
                "query_parameters": self.query_parameters,
                "description": self.description,
                "validity": self.validity,
                "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Rights":
        told: Mapping[str, Any] = json.loads(text)
        expires_at = told["expires_at"]
        return cls(
            acl=tuple(told["acl"]),
            indexes=tuple(told["indexes"]),
            referers=tuple(told["referers"]),
            max_hits=told["max_hits"],
            max_queries=told["max_queries"],
            query_parameters=told["query_parameters"],
            description=told["description"],
            validity=told["validity"],
            expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        )


NO_RIGHTS: Final = Rights(acl=())
SEARCHING: Final = Rights(acl=("search", "recommendation"))
EVERYTHING: Final = Rights(acl=ACLS)


def check_acl(words: Iterable[str], field: str = "acl") -> tuple[str, ...]:
    """Return the words, each once. Raises: InputError for none, or for one that does not exist."""
    found = tuple(dict.fromkeys(words))
    unknown = sorted({*found}.difference(ACLS))
    if unknown or not found:
        raise InputError(field, repr(unknown[0] if unknown else ""), f"choose from {', '.join(ACLS)}")
    return found
