"""`tradewind keys`: who may send events, search, administrate."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tradewind.aws.key_store import KeyStore
    from tradewind.key_rights import Rights
    from tradewind.keys import KeyRecord, Kind

_EFFECTIVE = "within 60 seconds"  # the collector looks a key up again after Config.events.key_cache_seconds


@click.group()
def keys() -> None:
    """Make, list, revoke and rotate keys.

    A key is shown once, when it is made; the cloud keeps its hash, and its text only where it does nothing but read. A
    key is called by its id.
    """


@keys.command()
@click.option("--source", help="What sends with a write key (web, ios, server ...); its events carry the name.")
@click.option(
    "--kind",
    type=click.Choice(["write", "search", "admin"]),
    default="write",
    show_default=True,
    help="What it may do.",
)
@click.option("--acl", metavar="WORDS", help="What it may do at the search API instead: search,browse,addObject ...")
@click.option("--index", "indexes", multiple=True, metavar="NAME", help="Of these alone, `*` for any text. With --acl.")
@click.option("--origin", "origins", multiple=True, metavar="URL", help="A site whose pages may use it. Repeatable.")
@click.option("--rate", type=int, metavar="N", help="Requests a second; without it as many as come.")
@click.pass_obj
def create(
    env: str,
    source: str | None,
    kind: "Kind",
    acl: str | None,
    indexes: tuple[str, ...],
    origins: tuple[str, ...],
    rate: int | None,
) -> int:
    """Make a key and print it; nothing can show it again.

    \b
    tradewind keys create --source ios
    tradewind keys create --source web --origin https://shop.example.com --rate 200
    tradewind keys create --acl search,browse --index "products*"
    """
    import secrets

    from tradewind.cli.exit_status import DONE
    from tradewind.keys import KeyRecord, check_origins, check_rate, kept_text, key_hash, new_key

    rights = _rights(acl, indexes)
    kind = "custom" if rights else kind
    source, origins_of_pages, rate = _source(source, kind), check_origins(origins), check_rate(rate)
    store, plain = _store(env), new_key(secrets.choice)
    record = KeyRecord(
        key_hash=key_hash(plain),
        kind=kind,
        source=source,
        origins=origins_of_pages,
        rate=rate,
        created_at=datetime.now(UTC),
        app_id=store.app_id(),
        custom=rights,
        plain=kept_text(plain, kind, rights),
    )
    store.add(record)
    _show(plain, record)
    return DONE


@keys.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array for programs.")
@click.pass_obj
def list_keys(env: str, as_json: bool) -> int:
    """List the keys by their ids; no key is shown."""
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.key_table import as_json as json_of
    from tradewind.cli.key_table import table

    records, now = _store(env).list(), datetime.now(UTC)
    for line in [json_of(records, now)] if as_json else table(records, now):
        click.echo(line)
    return DONE


@keys.command()
@click.argument("key_id", metavar="ID")
@click.pass_obj
def revoke(env: str, key_id: str) -> int:
    """End a key; whoever uses it is refused within 60 seconds."""
    from tradewind.cli.exit_status import DONE
    from tradewind.keys import retired

    store, now = _store(env), datetime.now(UTC)
    record = _find(store, key_id)
    shown = _home_that_shows(env, record) is not None
    if shown and record.kind == "admin":
        from tradewind.errors import InputError

        raise InputError(
            "key", f"{key_id} is the admin key that tradewind status shows", f"run tradewind keys rotate {key_id}"
        )
    if not record.works(now):
        click.echo(f"{record.id} does not work any more since {record.revoked_at:%Y-%m-%d %H:%M:%S} UTC")
        return DONE
    _change(store, record, retired(record, now))
    click.echo(f"{record.id} is revoked: it is refused {_EFFECTIVE}")
    if shown:
        warning = (
            f"warning: tradewind status shows this {record.kind} key; tradewind keys rotate {record.id} makes another"
        )
        click.echo(warning, err=True)
    return DONE


@keys.command()
@click.argument("key_id", metavar="ID")
@click.option("--grace", default="0", show_default=True, metavar="TIME", help="The old key works so much longer: 24h.")
@click.pass_obj
def rotate(env: str, key_id: str, grace: str) -> int:
    """Make a key with the same settings and print it; the old one ends, now or after --grace.

    Of a key that `tradewind status` shows, status shows the new one from then on.
    """
    import secrets

    from tradewind.cli.durations import duration
    from tradewind.cli.exit_status import DONE
    from tradewind.key_file import replace_key
    from tradewind.keys import new_key, retired, successor

    longer = duration(grace, "--grace")
    store, now = _store(env), datetime.now(UTC)
    record = _find(store, key_id)
    if record.rotated_to is not None:
        from tradewind.errors import InputError

        raise InputError("key id", f"{key_id} was rotated to {record.rotated_to}", "rotate that one")
    plain = new_key(secrets.choice)
    # The new key works, and is where it can be read, before the old one ends: whenever we are killed, one is left.
    new = successor(record, plain, now)
    store.add(new)
    home = _home_that_shows(env, record)
    if home is not None:
        replace_key(home, record.kind, plain)
    _show(plain, new)
    _change(store, record, retired(record, now + longer, rotated_to=new.id))
    click.echo(f"{record.id} {_end(record, longer, now)}", err=True)
    return DONE


def _end(record: "KeyRecord", longer: timedelta, now: datetime) -> str:
    if not record.works(now):
        return "was revoked already"
    return f"works until {now + longer:%Y-%m-%d %H:%M:%S} UTC" if longer else f"is revoked: it is refused {_EFFECTIVE}"


def _store(env: str) -> "KeyStore":
    from tradewind.aws import wiring
    from tradewind.cli.target import connect

    connect(env)
    return wiring.key_store()


def _source(source: str | None, kind: str) -> str | None:
    from tradewind.errors import InputError
    from tradewind.keys import check_source

    if source is None and kind == "write":
        raise InputError("--source", "is missing", "say what will send with the key, for example --source ios")
    return None if source is None else check_source(source)


def _rights(acl: str | None, indexes: tuple[str, ...]) -> "Rights | None":
    from tradewind.errors import InputError
    from tradewind.key_rights import Rights, check_acl

    if acl is not None:
        return Rights(acl=check_acl(filter(None, map(str.strip, acl.split(","))), "--acl"), indexes=indexes)
    if indexes:
        raise InputError("--index", repr(indexes[0]), "say with --acl what the key may do there")
    return None


def _find(store: "KeyStore", key_id: str) -> "KeyRecord":
    from tradewind.errors import InputError

    records = store.list()
    found = next((record for record in records if record.id == key_id.lower()), None)
    if found is None:
        # What was typed may be a key: it must not be repeated on the screen.
        what = repr(key_id) if len(key_id) < 16 else "that was given"
        known = ", ".join(record.id for record in records) or "none yet"
        raise InputError("key id", f"{what} does not exist", f"give one of: {known}")
    return found


def _change(store: "KeyStore", record: "KeyRecord", changed: "KeyRecord") -> None:
    from tradewind.errors import InputError
    from tradewind.keys import KeyChanged

    try:
        store.change(record, changed)
    except KeyChanged:
        raise InputError("key id", f"{record.id} was changed meanwhile", "look at tradewind keys list") from None


def _home_that_shows(env: str, record: "KeyRecord") -> Path | None:
    """Return the local cloud's folder if `tradewind status` shows this key, else None."""
    import os

    from tradewind.cli.target import find_target
    from tradewind.key_file import read_keys
    from tradewind.keys import key_hash

    home = find_target(env, os.environ).home
    shown = read_keys(home) if home else None
    return home if shown is not None and key_hash(shown.of(record.kind)) == record.key_hash else None


def _show(plain: str, record: "KeyRecord") -> None:
    """Print the key alone on stdout, so that a script can take it, and what it is on stderr."""
    from tradewind.cli.key_table import about

    click.echo(f"{record.id}: {about(record)}; keep the key, it is not shown again", err=True)
    click.echo(plain)
