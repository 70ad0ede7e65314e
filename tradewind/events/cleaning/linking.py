"""Who the anonymous ids are: links of this run and of earlier ones."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import duckdb

from tradewind.events.cleaning.engine import statement
from tradewind.events.cleaning.ports import Identities, Link


def find_links(con: duckdb.DuckDBPyConnection, kept: str) -> tuple[Link, ...]:
    """Return the first link of each anonymous id in the raw events that the query `kept` (raw_file, raw_row) names."""
    con.execute(f"create or replace temp view kept as {kept}")
    rows = con.execute(f"select * from ({statement('links')}) order by anonymous_id").fetchall()  # noqa: S608
    return tuple(
        Link(anonymous_id=anonymous_id, user_id=user_id, linked_at=linked_at, receipt=receipt)
        for anonymous_id, user_id, linked_at, receipt in rows
    )


def know_links(con: duckdb.DuckDBPyConnection, found: Iterable[Link], identities: Identities) -> None:
    """Make the table `known_links` for the anonymous ids of `added_events` and of `found`: the first link of each."""
    known = {link.anonymous_id: link for link in found}
    unknown = con.execute(
        "select distinct anonymous_id from added_events where user_id is null and anonymous_id is not null order by 1"
    ).fetchall()
    asked = {anonymous_id for (anonymous_id,) in unknown} | known.keys()
    for anonymous_id, link in identities.links_of(asked).items() if asked else ():
        known[anonymous_id] = min(link, known.get(anonymous_id, link), key=_rank)
    _write(con, known)


def _rank(link: Link) -> tuple[datetime, str]:
    return link.rank


def _write(con: duckdb.DuckDBPyConnection, known: Mapping[str, Link]) -> None:
    con.execute("create or replace temp table known_links (anonymous_id varchar, user_id varchar)")
    con.execute(
        "insert into known_links select unnest(?::varchar[]), unnest(?::varchar[])",
        [list(known), [link.user_id for link in known.values()]],
    )
