"""What a table and a view of the Glue database are, and the types that several of them share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `type` is a Hive type as Glue takes it (decimal(18,3), string, timestamp ...)."""

    name: str
    type: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A Parquet table over a prefix of the lake bucket."""

    name: str
    prefix: str
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An Athena view; its SELECT is `analytics/sql/views/<name>.sql`."""

    name: str
    columns: tuple[Column, ...]
    comment: str = ""


PRODUCT = (
    "struct<line:int,sku:string,name:string,category:string,brand:string,variant:string,quantity:bigint,"
    "price:{price},currency:string,coupon:string,position:int,query_id:string>"
)

SUM_OF_MONEY = "decimal(38,3)"  # of what clients send: no amount of theirs can make a view overflow


def counts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "bigint") for name in names)


def strings(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "string") for name in names)
