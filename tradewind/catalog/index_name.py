"""Names of indexes: which records and which definition a name leads to."""

from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexName:
    """What a name leads to. A replica has the records of its primary, and a definition of its own."""

    name: str
    index_id: str
    definition_id: str
    created_at: datetime
    updated_at: datetime
    primary: str | None = None
    replicas: tuple[str, ...] = ()
    replicas_as_sent: tuple[str, ...] = field(default=())  # "virtual(...)" and all
    demo: bool = False
    records: int = 0  # live ones, as of the last publication
    size: int = 0  # bytes of them, as of the last publication


def moved(source: IndexName, name: str, before: IndexName | None, now: datetime) -> IndexName:
    """Return what `name` leads to once `source` has it: replicas belong to a name, those of both stay."""
    replicas = dict.fromkeys((*(before.replicas if before else ()), *source.replicas))
    sent = dict.fromkeys((*(before.replicas_as_sent if before else ()), *source.replicas_as_sent))
    return replace(
        source,
        name=name,
        created_at=before.created_at if before else source.created_at,
        updated_at=now,
        replicas=tuple(replicas),
        replicas_as_sent=tuple(sent),
    )
