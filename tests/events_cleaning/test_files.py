"""What the files look like, which raw files can be read, and what a large run needs."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.events_cleaning import write_raw_day
from tests.events_cleaning.shop import NOON, RAW_SCHEMA, Shop, dropped, minutes, raw, rejected, write_raw
from tradewind.events.cleaning.engine import SEEN_COLUMNS
from tradewind.events.cleaning.ports import UnreadableRaw
from tradewind.events.cleaning.rebuilding import links_in, received_days_of
from tradewind.lake import layout
from tradewind.lake.tables import EVENTS, EVENTS_QUARANTINE, INTERACTIONS, Column


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


PARQUET_TYPES = {
    "string": pa.string(),
    "timestamp": pa.timestamp("us"),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "decimal(18,3)": pa.decimal128(18, 3),
    "decimal(18,6)": pa.decimal128(18, 6),
    "array<string>": pa.list_(pa.string()),
}


def parquet_type(hive: str) -> pa.DataType:
    if not hive.startswith("array<struct<"):
        return PARQUET_TYPES[hive]
    fields = hive.removeprefix("array<struct<").removesuffix(">>").replace("18,6", "18;6").split(",")
    pairs = [field.split(":") for field in fields]
    return pa.list_(pa.struct([(name, PARQUET_TYPES[kind.replace(";", ",")]) for name, kind in pairs]))


@pytest.mark.parametrize(
    ("prefix", "columns"),
    [
        (layout.CLEAN_EVENTS, EVENTS.columns),
        (layout.CLEAN_INTERACTIONS, INTERACTIONS.columns),
        (layout.QUARANTINE_EVENTS, EVENTS_QUARANTINE.columns),
        (layout.EVENTS_SEEN, SEEN_COLUMNS),
    ],
)
def test_the_files_have_the_declared_columns_and_types(shop: Shop, prefix: str, columns: tuple[Column, ...]) -> None:
    shop.arrives([raw("r1-0000", interaction="view", products=[{"line": 1, "price": "1"}]), rejected("r1-0001")])
    (path,) = (shop.lake.folder / prefix).rglob("*.parquet")
    schema = pq.read_schema(path)
    # the name of a list's element differs between writers and means nothing
    found = [(field.name, str(field.type).replace("element:", "item:")) for field in schema]
    assert found == [(column.name, str(parquet_type(column.type)).replace("element:", "item:")) for column in columns]
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"


def test_the_rows_of_a_day_are_in_the_order_they_happened(shop: Shop) -> None:
    rows = [raw(f"r{number}-0000", occurred_at=NOON - minutes(number % 3)) for number in range(9)]
    shop.arrives(rows[4:])
    shop.arrives(rows[:4])
    table = pq.read_table(shop.lake.folder / layout.clean_events_key("2024-03-10"))
    order = [(row["occurred_at"], row["receipt"]) for row in table.select(["occurred_at", "receipt"]).to_pylist()]
    assert order == sorted(order)


def test_the_same_events_give_the_same_bytes(tmp_path: Path) -> None:
    rows = [raw(f"r{number:03}-0000", interaction="view") for number in range(500)]
    one, other = Shop(tmp_path / "one"), Shop(tmp_path / "other")
    one.arrives(rows)
    other.arrives(rows[200:])
    other.arrives(rows[:250][::-1])
    for key in (*one.files(), layout.events_seen_key("2024-03-10")):
        assert (one.lake.folder / key).read_bytes() == (other.lake.folder / key).read_bytes()


# raw files


def test_timestamps_of_firehose_are_read_as_our_own(shop: Shop) -> None:
    path = write_raw(
        shop.folder / "int96.parquet", [raw("r1-0000", received_at=NOON)], use_deprecated_int96_timestamps=True
    )
    assert (
        pq.ParquetFile(path).metadata.schema.column(RAW_SCHEMA.get_field_index("received_at")).physical_type == "INT96"
    )
    shop.clean([path])
    shop.arrives([raw("r2-0000", received_at=NOON)])
    assert [event["occurred_at"] for event in shop.events()] == [NOON, NOON]


def test_both_kinds_of_timestamps_and_those_with_a_zone_are_read_together(shop: Shop) -> None:
    int96 = write_raw(shop.folder / "int96.parquet", [raw("r1-0000")], use_deprecated_int96_timestamps=True)
    micros = write_raw(shop.folder / "micros.parquet", [raw("r2-0000")])
    zoned = pq.read_table(write_raw(shop.folder / "zoned.parquet", [raw("r3-0000")]))
    for name in ("occurred_at", "received_at"):
        place = zoned.schema.get_field_index(name)
        zoned = zoned.set_column(place, name, zoned.column(name).cast(pa.timestamp("us", tz="UTC")))
    pq.write_table(zoned, shop.folder / "zoned.parquet")
    shop.clean([int96, micros, shop.folder / "zoned.parquet"])
    assert [event["received_at"] for event in shop.events()] == [NOON, NOON, NOON]


def test_columns_that_a_raw_file_does_not_have_are_null(shop: Shop) -> None:
    path = write_raw(shop.folder / "short.parquet", [raw("r1-0000")])
    table = pq.read_table(path).drop_columns(["products", "weather", "flags"])
    pq.write_table(table.append_column("more", pa.array(["x"])), path)
    shop.clean([path])
    (event,) = shop.events()
    assert (event["products"], event["weather"], event["flags"]) == (None, None, None)


def test_a_kept_row_without_time_or_message_id_is_not_lost(shop: Shop) -> None:
    shop.arrives([raw("r1-0000", occurred_at=None, event_id=None)])
    (event,) = shop.events()
    assert (event["event_id"], event["occurred_at"]) == ("r1-0000", NOON)


@pytest.mark.parametrize("content", [b"", b"not a parquet file at all", b"PAR1 cut off"])
def test_a_file_that_is_no_parquet_is_named(shop: Shop, content: bytes) -> None:
    good = write_raw(shop.folder / "good.parquet", [raw("r1-0000")])
    bad = shop.folder / "bad.parquet"
    bad.write_bytes(content)
    with pytest.raises(
        UnreadableRaw, match=r"raw events bad\.parquet cannot be read \(.+\): look at the object"
    ) as found:
        shop.clean([good, bad])
    assert found.value.path == bad


def test_a_file_that_is_damaged_inside_is_named(shop: Shop) -> None:
    rows = [raw(f"r{number:04}-0000", properties=f'{{"n":{number}}}') for number in range(2000)]
    good = write_raw(shop.folder / "good.parquet", rows[:1])
    bad = write_raw(shop.folder / "bad.parquet", rows, use_dictionary=False, compression="gzip")
    place = RAW_SCHEMA.get_field_index("properties")
    chunk = pq.ParquetFile(bad).metadata.row_group(0).column(place)
    content = bytearray(bad.read_bytes())
    start = chunk.data_page_offset + 40
    content[start : start + 200] = bytes(200)
    bad.write_bytes(bytes(content))
    with pytest.raises(UnreadableRaw) as found:
        shop.clean([good, bad])
    assert found.value.path == bad


@pytest.mark.parametrize("missing", ["receipt", "received_at", "verdict"])
def test_a_row_that_cannot_be_counted_makes_its_file_unreadable(shop: Shop, missing: str) -> None:
    with pytest.raises(UnreadableRaw, match="1 rows have no receipt, received_at or verdict"):
        shop.arrives([raw("r1-0000"), {**raw("r2-0000"), missing: None}])


# rebuilding


def test_a_lost_day_is_made_again_from_raw(shop: Shop) -> None:
    shop.arrives([raw("r1-0000", interaction="view"), dropped("r1-0001", "bot"), raw("r1-0002", event_id="m")])
    shop.arrives([raw("r2-0000", event_id="m", received_at=NOON + minutes(1))])
    events, interactions = shop.events(), shop.interactions()
    for key in (*shop.files(), layout.events_seen_key("2024-03-10")):
        (shop.lake.folder / key).unlink()
    counts = shop.rebuild(["2024-03-10"], ["2024-03-10"])
    assert counts == {"accepted": 4, "clean": 2, "duplicate": 1, "dropped bot": 1, "rejected": 0}
    assert (shop.events(), shop.interactions()) == (events, interactions)


def test_a_row_that_no_cleaning_has_seen_waits_for_its_own(shop: Shop) -> None:
    shop.arrives([raw("r1-0000")])
    shop.raw.append(write_raw(shop.folder / "raw/waiting.parquet", [raw("r2-0000")]))
    shop.rebuild([], ["2024-03-10"])
    assert shop.receipts() == ["r1-0000"]


def test_a_day_that_raw_knows_nothing_of_is_removed(shop: Shop) -> None:
    shop.arrives([raw("r1-0000", interaction="view")])
    shop.raw.clear()
    shop.rebuild(["2024-03-10"], ["2024-03-10"])
    assert shop.files() == []
    assert not (shop.lake.folder / layout.events_seen_key("2024-03-10")).exists()


def test_the_index_tells_when_the_events_of_a_day_were_received(shop: Shop) -> None:
    shop.arrives([raw("r1-0000"), raw("r2-0000", received_at=NOON + timedelta(days=3), occurred_at=NOON)])
    days = received_days_of(
        ["2024-03-10"],
        index_days=["2024-03-10", "2024-03-11", "2024-03-13"],
        lake=shop.lake,
        settings=shop.settings,
        work=shop.work(),
    )
    assert days == {"2024-03-10", "2024-03-13"}


def test_the_links_of_raw_files_are_found_without_a_cleaning(shop: Shop) -> None:
    rows = [raw(f"r{n}-0000", type="identify", user_id=f"u{n}", received_at=NOON - minutes(n)) for n in range(3)]
    path = write_raw(shop.folder / "raw.parquet", rows)
    (link,) = links_in([path], settings=shop.settings, work=shop.work())
    assert (link.anonymous_id, link.user_id, link.receipt) == ("a1", "u2", "r2-0000")


# size

_LARGE = """
import resource, sys
from pathlib import Path
from benchmarks.events_cleaning import LakeFolder, run
folder = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
outcome = run(LakeFolder(folder / "lake"), sorted(folder.glob("*.parquet")), folder / "work")
print(outcome.counts.clean, len(outcome.event_days), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_two_hundred_thousand_events_of_three_days_are_cleaned_in_bounded_memory(tmp_path: Path) -> None:
    for offset in range(3):
        day = date(2024, 3, 10) + timedelta(days=offset)
        write_raw_day(tmp_path / f"{day}.parquet", day, events=70_000, request=f"r{day}")
    done = subprocess.run([sys.executable, "-c", _LARGE, str(tmp_path)], capture_output=True, text=True, check=True)
    clean, days, kilobytes = (int(number) for number in done.stdout.split())
    assert (clean, days) == (210_000, 3)
    assert kilobytes < 1_500_000  # DuckDB's limit of 1 GB, and what lies outside its accounting
    with duckdb.connect() as con:
        staged = str(tmp_path / "work/made/clean/events/**/*.parquet")
        assert con.execute("select count(distinct receipt) from read_parquet(?)", [staged]).fetchall() == [(210_000,)]
