"""The cleaning as a pandas user would write it well: the rival of `benchmarks.cleaning`.

Vectorised throughout, with exact decimals, and the same rules: any cell may be wrong, and wrong rows go to quarantine
with what is wrong. It leaves out what no measured file has: dates with slashes or as day numbers, and numbers too large
for their type. So it does a little less than ours.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

COLUMNS = [
    "invoice_no",
    "stock_code",
    "description",
    "quantity",
    "invoice_date",
    "unit_price",
    "customer_id",
    "country",
]
_PRICE = pd.ArrowDtype(pa.decimal128(18, 6))
_MONEY = pd.ArrowDtype(pa.decimal128(18, 3))
_INT = pd.ArrowDtype(pa.int32())


def clean_with_pandas(csv: Path, into: Path, *, load: str, reader: Literal["c", "pyarrow"]) -> None:
    """Write `csv` cleaned under `into`: clean/month=YYYY-MM/00000.parquet and quarantine/00000.parquet.

    `reader` c is what read_csv does by default; pyarrow is the fast one of its documentation, with Arrow's strings.
    """
    text = "string[pyarrow]" if reader == "pyarrow" else "str"
    raw = pd.read_csv(csv, engine=reader, dtype=text, header=0, names=COLUMNS, keep_default_na=False, na_values=[""])
    rows = _typed(raw, load)
    outcome = _outcome(raw, rows)
    kept = outcome.isin(["sale", "return"])
    _write_clean(rows[kept], outcome[kept], into)
    _write_quarantine(raw[~kept], rows[~kept], outcome[~kept], _first_rows(raw, outcome), into, load)


def _typed(raw: pd.DataFrame, load: str) -> pd.DataFrame:
    text = raw.apply(lambda column: column.str.strip())
    text = text.mask(text == "")
    stock = _code(text["stock_code"]).str.upper()
    quantity = _readable(text["quantity"], r"-?[0-9]+").astype(_INT)
    price = _readable(text["unit_price"], r"-?([0-9]+\.?[0-9]*|\.[0-9]+)").astype(_PRICE)
    dates = _readable(text["invoice_date"], r"(199[0-9]|20[0-4][0-9])-[0-9]{2}-[0-9]{2}.*")
    return pd.DataFrame(
        {
            "invoice_no": _code(text["invoice_no"]).str.upper(),
            "stock_code": stock,
            "description": text["description"],
            "quantity": quantity,
            "invoice_date": pd.to_datetime(dates, format="ISO8601", errors="coerce").astype("datetime64[us]"),
            "unit_price": price,
            "customer_id": _code(text["customer_id"]),
            "country": text["country"],
            "is_merchandise": stock.str.fullmatch("[0-9]{5}[A-Z]*"),
            "total_price": _rounded(quantity * price),
            "source_row": pd.RangeIndex(1, len(raw) + 1),
            "load": load,
        }
    )


def _rounded(value: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return money to the third decimal, halves away from zero; Series.round would take them to the even neighbour."""
    rounded = pc.round(pa.array(value), 3, round_mode="half_towards_infinity")
    return pd.Series(pd.arrays.ArrowExtensionArray(rounded), index=value.index).astype(_MONEY)


def _code(text: "pd.Series[str]") -> "pd.Series[str]":
    """Return codes without the .0 of a program that kept them as floating-point numbers."""
    return text.str.replace(r"^([0-9]+)\.0$", r"\1", regex=True)


def _readable(text: "pd.Series[str]", pattern: str) -> "pd.Series[str]":
    """Return `text` where all of it matches, else null."""
    return text.where(text.str.fullmatch(pattern, na=False))


def _outcome(raw: pd.DataFrame, rows: pd.DataFrame) -> "pd.Series[str]":
    """Return the line type or the reason of each row; the last assignment is the rule that comes first."""
    has_price = (rows["unit_price"] > Decimal(0)).fillna(False)
    digits = rows["invoice_no"].str.fullmatch("[0-9]+", na=False)
    credit = rows["invoice_no"].str.fullmatch("C[0-9]+", na=False)
    complete = has_price & rows["invoice_date"].notna() & rows["stock_code"].notna()
    outcome = pd.Series("other", index=rows.index, dtype="string[pyarrow]")
    outcome[(rows["unit_price"] <= Decimal(0)).fillna(False)] = "no_price"
    outcome[~(digits | credit) & rows["invoice_no"].notna()] = "adjustment"
    outcome[credit & complete & (rows["quantity"] < 0).fillna(False)] = "return"
    outcome[digits & complete & (rows["quantity"] > 0).fillna(False)] = "sale"
    outcome[raw.duplicated()] = "duplicate"
    return outcome


def _first_rows(raw: pd.DataFrame, outcome: "pd.Series[str]") -> "pd.Series[int]":
    """Return, for each duplicate, the row that it repeats."""
    repeated = raw[raw.duplicated(keep=False)]
    rows = pd.Series(repeated.index, index=repeated.index)
    first = rows.groupby([repeated[name] for name in COLUMNS], dropna=False, sort=False).transform("min")
    return first[outcome[repeated.index] == "duplicate"] + 1


def _write_clean(rows: pd.DataFrame, line_type: "pd.Series[str]", into: Path) -> None:
    order = [*COLUMNS, "line_type", "is_merchandise", "total_price", "source_row", "load"]
    made = rows.assign(line_type=line_type)[order]
    for month, lines in made.groupby(made["invoice_date"].dt.strftime("%Y-%m"), sort=True):
        folder = into / "clean" / f"month={month}"
        folder.mkdir(parents=True)
        lines.to_parquet(folder / "00000.parquet", index=False, compression="zstd")


def _write_quarantine(
    raw: pd.DataFrame,
    rows: pd.DataFrame,
    reason: "pd.Series[str]",
    first_rows: "pd.Series[int]",
    into: Path,
    load: str,
) -> None:
    made = raw.assign(
        reason=reason,
        detail=_details(raw, rows, reason, first_rows),
        total_price=rows["total_price"],
        source_row=rows["source_row"],
        load=load,
    )
    folder = into / "quarantine"
    folder.mkdir(parents=True)
    made.to_parquet(folder / "00000.parquet", index=False, compression="zstd")


def _details(
    raw: pd.DataFrame, rows: pd.DataFrame, reason: "pd.Series[str]", first_rows: "pd.Series[int]"
) -> "pd.Series[str]":
    """Return which cell is why; the last assignment is the explanation that comes first."""
    invoice = rows["invoice_no"]
    credit = invoice.str.startswith("C", na=False)
    wrong_sign = " is not below 0 on an invoice of C and digits"
    said = pd.Series("stock_code is empty", index=raw.index, dtype="string[pyarrow]")
    for name, kind in (("invoice_date", "a date from 1990 to 2049"), ("unit_price", "a number below 1000000000000")):
        _say(said, rows[name].isna(), f"{name} '" + raw[name] + f"' is not {kind}")
        _say(said, raw[name].isna(), f"{name} is empty")
    quantity = "quantity '" + raw["quantity"] + "'"
    _say(said, credit & (rows["quantity"] >= 0).fillna(False), quantity + wrong_sign)
    _say(said, ~credit & (rows["quantity"] <= 0).fillna(False), quantity + " is not above 0 on an invoice of digits")
    _say(said, rows["quantity"].isna(), quantity + " is not a whole number up to 2147483647")
    _say(said, raw["quantity"].isna(), "quantity is empty")
    _say(said, invoice.isna(), "invoice_no is empty")
    _say(said, reason == "no_price", "unit_price '" + raw["unit_price"] + "' is not above 0")
    _say(said, reason == "adjustment", "invoice_no '" + raw["invoice_no"] + "' is neither digits nor C and digits")
    said[first_rows.index] = "the same as row " + first_rows.astype("string[pyarrow]")
    return said


def _say(said: "pd.Series[str]", where: "pd.Series[bool]", text: "pd.Series[str] | str") -> None:
    said[where] = text if isinstance(text, str) else text[where]
