"""The status for people, from the facts that `tradewind status --json` prints."""

from collections.abc import Iterator, Mapping
from typing import Any

from tradewind.cli.amounts import counted

_ADDRESSES = ("api_url", "storefront_url", "console_url", "cloud_url", "home")
_KEYS = ("app_id", "write_key", "search_key", "admin_key")
_WIDTH = 14


def lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the page line by line; what is not built yet is left out."""
    state = "running" if facts["running"] else "stopped"
    yield _line("environment", f"{facts['environment']}, {state}")
    for name in (*_ADDRESSES, *_KEYS):
        if facts[name] is not None:
            yield _line(name, facts[name])
    if facts["keys"] is not None:
        by_kind = ", ".join(f"{count} {kind}" for kind, count in facts["keys"].items())
        yield _line("keys", f"{by_kind} (tradewind keys list)")
    yield from _sales(facts)
    yield from _events(facts)
    yield from _indices(facts)
    for process in facts["processes"]:
        yield _line("process", f"{process['name']}, pid {process['pid']}")
    for name in facts["placeholders"]:
        yield _line("placeholder", f"{name}: not emulated, every call is answered with an error")


def _events(facts: Mapping[str, Any]) -> Iterator[str]:
    events = facts["events"]
    if events is None:
        return
    reasons = [f"{number:,} {reason}" for reason, number in events["dropped_by_reason"].items() if number]
    dropped = f"{events['dropped']:,} dropped" + (f" ({', '.join(reasons)})" if reasons else "")
    least = "at least " if events["at_least"] else ""
    yield _line(
        "events",
        f"{least}{events['accepted']:,} accepted: {events['clean']:,} clean, {events['duplicate']:,} duplicate, "
        f"{dropped}, {events['rejected']:,} rejected, {least}{events['in_flight']:,} in flight; "
        f"{events['refused']:,} refused",
    )


def _indices(facts: Mapping[str, Any]) -> Iterator[str]:
    for number, index in enumerate(facts["indices"] or ()):
        yield _line("indices" if number == 0 else "", _about_index(index))


def _about_index(index: Mapping[str, Any]) -> str:
    """Return what a person wants to know of an index, in one line."""
    about = [f"{index['name']}: {counted(index['records'], 'record')}"]
    if index["primary"]:
        about.append(f"replica of {index['primary']}")
    about.append("OpenSearch answers" if index["engine"] == "opensearch" else "embedded engine answers")
    if index["version"] is None:
        about.append("not published yet")
    elif index["other_encoder"]:
        left = f"{index['vectors_left']:,} are computed anew within minutes"
        about.append(f"by words alone for now: its vectors are of another encoder ({index['encoder']}), {left}")
    elif index["vectors_left"]:
        about.append(f"{index['vectors_left']:,} without a vector yet, they follow")
    elif index["encoder"] is None and index["records"]:
        about.append("by words alone (no query encoder)")
    elif index["unencoded"]:
        about.append(f"{index['unencoded']:,} without a vector (no query encoder)")
    if index["pending_tasks"]:
        about.append(counted(index["pending_tasks"], "open task"))
    return ", ".join(about) + (", demo" if index["demo"] else "")


def _sales(facts: Mapping[str, Any]) -> Iterator[str]:
    sales = facts["sales"]
    if sales is None:
        if facts["running"]:
            yield _line("sales", "the stacks are not deployed yet")
        return
    yield _line(
        "sales",
        f"{counted(sales['files'], 'file')}, {counted(sales['rows'], 'row')}: "
        f"{sales['clean']:,} clean, {sales['quarantined']:,} quarantined",
    )
    for load in facts["loads"]:
        about = load["state"] + (", demo" if load["demo"] else "")
        rows = f"{load['rows']:,} rows" if load["rows"] is not None else "no rows yet"
        yield _line("", f"{load['name']}: {about}, {rows}" + (f": {load['message']}" if load["message"] else ""))


def _line(name: str, text: str) -> str:
    return f"{name:<{_WIDTH}} {text}"
