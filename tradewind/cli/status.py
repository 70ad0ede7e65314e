"""`tradewind status`: addresses, keys, what is running, what is stored. Its JSON is a contract with other programs."""

import json
from typing import TYPE_CHECKING, Any

import click

from tradewind.cli.exit_status import DONE, NOT_DONE

if TYPE_CHECKING:
    from tradewind.events.accounts import Accounts
    from tradewind.keys import KeyRecord


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
@click.pass_obj
def status(env: str, as_json: bool) -> int:
    """Show addresses, keys, what is running and what is stored.

    Exit status 1 where the local cloud is stopped; --json then still prints what is known, with "running": false.
    """
    facts = gather(env)
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        from tradewind.cli.status_page import lines

        for line in lines(facts):
            click.echo(line)
    if not facts["running"]:
        click.echo(f"the local cloud does not answer at {facts['cloud_url']}: start it with `make up`", err=True)
    return DONE if facts["running"] else NOT_DONE


def gather(env: str) -> dict[str, Any]:
    """Return all that is known of a deployment; null where it is not known or not built yet."""
    import os

    from tradewind.aws.deployed import event_accounts, registered_keys, registered_loads, stack_output
    from tradewind.cli.target import address, find_target
    from tradewind.key_file import read_keys

    target = find_target(env, os.environ)
    address(target)
    keys = read_keys(target.home) if target.home else None
    told = target.cloud_status()
    running = told is not None or target.home is None
    listed = registered_loads() if running else None
    return {
        "environment": env,
        "running": running,
        "api_url": target.api_url or (stack_output(env, "Api", "ApiUrl") or "").rstrip("/") or None,
        "storefront_url": None,
        "console_url": None,
        "app_id": keys.app_id if keys else None,
        "write_key": keys.write_key if keys else None,
        "search_key": keys.search_key if keys else None,
        "admin_key": keys.admin_key if keys else None,
        "keys": _working_keys(registered_keys() if running else None),
        "sales": _accounting(listed) if listed is not None else None,
        "events": _events(event_accounts() if running else None),
        "indices": indices_of(env) if running else None,
        "loads": [_load_facts(load) for load in listed] if listed is not None else None,
        "cloud_url": target.cloud_url,
        "home": str(target.home) if target.home else None,
        "placeholders": list(told.get("placeholders", [])) if told else [],
        "processes": _processes(told) if told else [],
    }


def indices_of(env: str) -> list[dict[str, Any]] | None:
    """Return what is published under each name; null where the stacks are not deployed yet."""
    from tradewind.aws.deployed import published_indexes

    found = published_indexes(env)
    return None if found is None else [dict(each) for each in found]


def _working_keys(records: "list[KeyRecord] | None") -> dict[str, int] | None:
    """Return how many keys work now, by kind."""
    if records is None:
        return None
    from datetime import UTC, datetime

    from tradewind.keys import KINDS

    working = [record.kind for record in records if record.works(datetime.now(UTC))]
    return {kind: working.count(kind) for kind in KINDS}


def _events(accounts: "Accounts | None") -> dict[str, Any] | None:
    """Return what became of the events; accepted is the sum of the others but refused.

    at_least: accepted and in_flight are lower bounds, as too much is in flight to be counted.
    """
    if accounts is None:
        return None
    return {
        "accepted": accounts.accepted,
        "clean": accounts.clean,
        "duplicate": accounts.duplicate,
        "dropped": accounts.dropped,
        "dropped_by_reason": dict(accounts.dropped_by_reason),
        "rejected": accounts.rejected,
        "in_flight": accounts.in_flight,
        "at_least": accounts.at_least,
        "refused": accounts.refused,
    }


def _accounting(loads: list[Any]) -> dict[str, int]:
    """Return files (loads that can be queried) and what became of their rows."""
    counts = [load.counts for load in loads if load.counts is not None]
    return {
        "files": len(counts),
        "rows": sum(each.read for each in counts),
        "clean": sum(each.clean for each in counts),
        "quarantined": sum(each.total_quarantined for each in counts),
    }


def _load_facts(load: Any) -> dict[str, Any]:
    return {
        "name": load.name,
        "state": load.state,
        "demo": load.demo,
        "updated_at": load.updated_at.isoformat(),
        "rows": load.counts.read if load.counts else None,
        "clean": load.counts.clean if load.counts else None,
        "quarantined": dict(load.counts.quarantined) if load.counts else None,
        "message": load.message,
    }


def _processes(told: Any) -> list[dict[str, Any]]:
    return [{"name": "local cloud", "pid": told.get("pid")}]
