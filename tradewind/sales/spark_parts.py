"""The parts of a load as Spark reads them: text cells, numbered as in the files."""

import codecs
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.errors import InputError
from tradewind.sales.columns import COLUMNS, match_columns
from tradewind.sales.formats.cells import repeated_titles
from tradewind.sales.formats.detection import Part
from tradewind.sales.formats.header import check_utf8, header
from tradewind.sales.loads import Manifest

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from tradewind.aws.lake_store import LakeStore

_HEAD = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_GLOB = re.compile(r"([\\*?\[\]{}])")
# monotonically_increasing_id is the number of the partition above these bits and that of the row below them.
_ROW_BITS = 33


def read_parts(spark: "SparkSession", lake: "LakeStore", manifest: Manifest, work: str) -> "DataFrame":
    """Return source_row (1-based, running on from part to part) and the eight columns as text, null where empty.

    Blank rows are counted but left out. The cells are written under `work` once, so that their order stays as it is.

    Raises: InputError for a part that cannot be read or lacks a column.
    """
    before = 0
    parts = []
    for number, key in enumerate(manifest.parts):
        cells = _cells(spark, lake, manifest, key)
        numbered, rows = _numbered(spark, cells, f"{work}/part={number:05d}", before)
        parts.append(numbered)
        before += rows
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.unionByName(part)
    return whole.where(" or ".join(f"{name} is not null" for name in COLUMNS))


def _cells(spark: "SparkSession", lake: "LakeStore", manifest: Manifest, key: str) -> "DataFrame":
    name = manifest.load if len(manifest.parts) == 1 else Path(key).name
    url = f"s3://{lake.bucket}/" + _GLOB.sub(r"\\\1", key)
    if key.lower().endswith(".parquet"):
        frame = spark.read.parquet(url)
        frame = frame.toDF(*(f"c{index}" for index in range(len(frame.columns))))
        titles = repeated_titles(spark.read.parquet(url).columns)
        types = [field.dataType.simpleString() for field in frame.schema]
    else:
        titles, frame = _delimited(spark, lake, key, url, name)
        types = ["string"] * len(titles)
    matched = match_columns(titles, manifest.columns, source=name)
    places = {ours: titles.index(matched[ours]) for ours in COLUMNS}
    texts = [f"nullif({_as_text(f'c{at}', types[at], ours)}, '') as {ours}" for ours, at in places.items()]
    return frame.selectExpr("monotonically_increasing_id() as position", *texts)


def _delimited(
    spark: "SparkSession", lake: "LakeStore", key: str, url: str, name: str
) -> tuple[tuple[str, ...], "DataFrame"]:
    head = lake.read_bytes(key, _HEAD)
    part = Part(name, head)
    wide = head.startswith(_UTF16)
    if not wide:
        with lake.open(key) as stream:
            check_utf8(part, stream)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "head"
        path.write_text(head.decode("utf-16" if wide else "utf-8-sig", errors="ignore"), newline="")
        _, titles, delimiter = header(part, path)
    frame = (
        spark.read.schema(", ".join(f"c{index} string" for index in range(len(titles))))
        .options(header=True, sep=delimiter, quote='"', escape='"', mode="FAILFAST", columnPruning=False)
        # A cell may hold line breaks, so a file is read by one task; parts are read side by side.
        .options(multiLine=True, encoding="UTF-16" if wide else "UTF-8", emptyValue="", maxCharsPerColumn=-1)
        .csv(url)
    )
    return titles, frame


def _numbered(spark: "SparkSession", cells: "DataFrame", work: str, before: int) -> tuple["DataFrame", int]:
    """Return `cells`, kept at `work`, with source_row in place of the position, and their number."""
    from py4j.protocol import Py4JJavaError  # what a failed task comes as

    try:
        cells.write.parquet(work)
    except Py4JJavaError as error:
        raise _unreadable(error) from error
    kept = spark.read.parquet(work)
    counted = kept.selectExpr(f"shiftright(position, {_ROW_BITS}) as piece").groupBy("piece").count().collect()
    offsets, total = {}, 0
    for piece, rows in sorted((int(piece), int(rows)) for piece, rows in counted):
        offsets[piece] = before + total
        total += rows
    pieces = ", ".join(f"{piece}L, {offset}L" for piece, offset in offsets.items()) or "0L, 0L"
    in_piece = f"(position & {(1 << _ROW_BITS) - 1}L)"
    source_row = f"map({pieces})[shiftright(position, {_ROW_BITS})] + {in_piece} + 1 as source_row"
    return kept.selectExpr(source_row, *COLUMNS), total


def _unreadable(error: Exception) -> Exception:
    """Return what a person can mend, or the error itself."""
    text = str(error)
    if "MALFORMED_RECORD" in text or "Malformed" in text:
        return InputError(
            "a line of the file",
            "has not as many cells as the header",
            "put cells that hold the delimiter in double quotes",
        )
    return error


def _as_text(column: str, type_name: str, ours: str) -> str:
    """Return the SQL of a cell as the text that a CSV file would hold."""
    text = f"cast({column} as string)"
    if type_name in ("double", "float"):
        whole = f"{column} = floor({column}) and abs({column}) < 1e18"
        integer = f"cast(cast({column} as bigint) as string)"
        return f"case when isnan({column}) then null when {whole} then {integer} else {text} end"
    if type_name.startswith("decimal") and not type_name.endswith(",0)"):
        return f"rtrim('.', rtrim('0', {text}))"
    if type_name == "bigint" and ours == "invoice_date":
        return f"cast(timestamp_micros({column} div 1000) as string)"  # nanoseconds, see on_spark
    return text
