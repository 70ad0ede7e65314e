"""What 5,000 more events of one day cost `clean_events` in a lake of 1, 30 and 365 days."""

import sys
from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.measure import Figure, alternate, figure, report
from tradewind.events.cleaning.cleaning import clean
from tradewind.events.cleaning.ports import CleaningSettings, Link, Outcome
from tradewind.lake import layout

GOAL = 1.3  # a lake of a year may not cost more than one of a day, but for what differs from run to run
DAY = date(2024, 3, 10)
EVENTS = 5_000
SETTINGS = CleaningSettings()
_FILLED = SETTINGS.duplicate_days + 1  # days before DAY that a cleaning can open: really cleaned


class LakeFolder:
    """Live objects as files below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fetched: set[str] = set()

    def fetch(self, key: str) -> Path | None:
        path = self.folder / key
        if not path.exists():
            return None
        self.fetched.add(key)
        return path

    def publish(self, outcome: Outcome) -> None:
        for file in outcome.staged:
            path = self.folder / file.key
            path.parent.mkdir(parents=True, exist_ok=True)
            copyfile(file.path, path)


class NoIdentities:
    """Nobody was linked before."""

    def links_of(self, anonymous_ids: Collection[str]) -> Mapping[str, Link]:
        return {}


def write_raw_day(path: Path, day: date, *, events: int, request: str) -> Path:
    """Write a day of raw events: 60 % of them product views, a tenth with a user, about 700 bytes each.

    `request` begins their receipts and message ids; the same again is a repeat of our own pipe.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"threads": 2}) as con:
        con.execute(
            f"""
            copy (
                select
                    '{request}-' || lpad(i::varchar, 8, '0') as receipt, 'kept' as verdict,
                    null::varchar as reason, null::varchar as line,
                    md5('{request}' || i) as event_id, 'track' as type, 'Product Viewed' as name,
                    case when i % 5 < 3 then 'view' end as interaction,
                    timestamp '{day} 00:00:00' + to_microseconds(i * 86400000000 // {events}) as occurred_at,
                    occurred_at + interval 2 second as received_at,
                    []::varchar[] as flags,
                    case when i % 10 = 0 then 'u' || i % 1000 end as user_id, 'a' || i % 1000 as anonymous_id,
                    null::varchar as previous_id, null::varchar as group_id, null::varchar as client_session_id,
                    null::varchar as query_id, 'web' as source, 'mobile' as device_type, 'iOS' as os,
                    'Safari' as browser, 'GB' as country, 'en-GB' as locale, 'direct' as channel,
                    null::varchar as campaign, null::varchar as referrer, '/products/' || i % 4000 as page_path,
                    'spring' as season, 12 as hour, null::varchar as weather, null::varchar as order_id,
                    null::varchar as revenue, 'GBP' as currency,
                    [{{'line': 1, 'sku': (i % 4000)::varchar, 'name': 'LANTERN ' || i % 4000, 'quantity': 1::bigint,
                       'price': '2.55', 'currency': 'GBP', 'position': i % 20}}] as products,
                    '{{"product_id":"' || i % 4000 || '","pad":"' || repeat(md5(i::varchar), 8) || '"}}' as properties,
                    '{{}}' as traits,
                    '{{"page":{{"path":"/products/' || i % 4000 || '"}},"pad":"' || repeat(md5(i::varchar), 6) || '"}}'
                        as context
                from range({events}) t(i)
            ) to '{path}' (format parquet)
            """
        )
    return path


def run(lake: LakeFolder, raw: list[Path], work: Path) -> Outcome:
    return clean(raw, attempt="bench", lake=lake, identities=NoIdentities(), settings=SETTINGS, work=work)


def filled_lake(folder: Path, *, days: int) -> LakeFolder:
    """Return a lake of the `days` days up to DAY.

    Days that no cleaning of DAY could have a reason to open get copies of the first day's files.
    """
    lake = LakeFolder(folder)
    really = [DAY - timedelta(days=ago) for ago in range(min(days, _FILLED + 1))]
    raw = [write_raw_day(folder / f"raw/{day}.parquet", day, events=EVENTS, request=f"first{day}") for day in really]
    lake.publish(run(lake, raw, folder / "filling"))
    for ago in range(len(really), days):
        for key_of in (layout.clean_events_key, layout.clean_interactions_key, layout.events_seen_key):
            old = folder / key_of((DAY - timedelta(days=ago)).isoformat())
            old.parent.mkdir(parents=True, exist_ok=True)
            copyfile(folder / key_of(really[-1].isoformat()), old)
    return lake


def add_day(lake: LakeFolder, raw: Path) -> Outcome:
    """Clean `raw` and throw away what became of it, so that the next round finds the same lake."""
    with TemporaryDirectory(prefix="tradewind-bench-") as work:
        return run(lake, [raw], Path(work))


def figures(folder: Path) -> list[Figure]:
    raw = write_raw_day(folder / "more.parquet", DAY, events=EVENTS, request="more")
    lakes = {days: filled_lake(folder / str(days), days=days) for days in (1, 30, 365)}
    for lake in lakes.values():
        lake.fetched.clear()
    sides: dict[str, Callable[[], object]] = {str(days): partial(add_day, lake, raw) for days, lake in lakes.items()}
    cost = alternate(sides)
    # A lake of one day has neither the index of the days before nor a day before: the least that there can be.
    return [
        figure(
            f"clean_events in a lake of {days} days",
            ours=cost[str(days)].cpu,
            rival=cost[rival].cpu,
            goal=goal,
            unit="CPU s",
            how=f"{EVENTS:,} new events of one day to a day that holds as many; rival: a lake of {rival} days; "
            f"{len(lakes[days].fetched)} objects of the lake opened; wall: {cost[str(days)].wall:.2f} s",
        )
        for days, rival, goal in ((30, "1", None), (365, "1", None), (365, "30", GOAL))
    ]


def main() -> int:
    with TemporaryDirectory(prefix="tradewind-bench-") as folder:
        return report("events_cleaning", figures(Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
