"""Which objects belong to a Glue table, and in which partition each lies: projected, registered or none."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from local.athena.failures import QueryFailed
from local.athena.lake import GlueTable, Lake, StoredObject, split_location

_NOW = re.compile(r"NOW(?:\s*(?P<sign>[+-])\s*(?P<count>\d+)\s*(?P<unit>YEARS?|MONTHS?|WEEKS?|DAYS?|HOURS?))?", re.I)
_JAVA_DATE = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_DAYS = {"YEAR": 366, "MONTH": 31, "WEEK": 7, "DAY": 1}


@dataclass(frozen=True, slots=True)
class PartitionedObject:
    """An object and the value of each of its table's partition keys, in their order; None is Hive's null partition."""

    object: StoredObject
    values: tuple[str | None, ...]


def table_objects(lake: Lake, table: GlueTable, *, now: dt.datetime) -> list[PartitionedObject]:
    """Return the objects that a query of `table` sees.

    With projection: those where the location template puts them, if the projection holds their values.
    """
    keys = [key["Name"].lower() for key in table.get("PartitionKeys") or []]
    location = table["StorageDescriptor"].get("Location") or ""
    if not keys:
        return [PartitionedObject(found, ()) for found in _visible(lake, location)]
    if parameters_of(table).get("projection.enabled", "").lower() == "true":
        return _projected(lake, table, keys, now=now)
    return [
        PartitionedObject(found, tuple(None if value == _NULL else value for value in partition["Values"]))
        for partition in lake.partitions(table["DatabaseName"], table["Name"])
        for found in _visible(lake, partition["StorageDescriptor"]["Location"])
    ]


def parameters_of(table: GlueTable) -> Mapping[str, str]:
    """Return the table's parameters (Glue leaves them out where there are none)."""
    return table.get("Parameters") or {}


def injected_keys(table: GlueTable) -> list[str]:
    """Return the partition keys whose values only a query can give."""
    parameters = parameters_of(table)
    names = [key["Name"].lower() for key in table.get("PartitionKeys") or []]
    return [name for name in names if parameters.get(f"projection.{name}.type", "").lower() == "injected"]


_NULL = "__HIVE_DEFAULT_PARTITION__"


def _visible(lake: Lake, location: str) -> Iterable[StoredObject]:
    bucket, prefix = split_location(location)
    prefix = prefix.rstrip("/") + "/" if prefix else ""
    for found in lake.objects(bucket, prefix):
        # Athena leaves out what begins with a dot or an underscore.
        if found.size and not any(part.startswith((".", "_")) for part in found.key[len(prefix) :].split("/")):
            yield found


def _projected(lake: Lake, table: GlueTable, keys: list[str], *, now: dt.datetime) -> list[PartitionedObject]:
    location = table["StorageDescriptor"]["Location"].rstrip("/")
    default = location + "".join(f"/{key}=${{{key}}}" for key in keys)
    template = parameters_of(table).get("storage.location.template", default)
    bucket, path = split_location(template)
    static = path.partition("${")[0]
    shape = _template_shape(path)
    found = []
    for candidate in _visible(lake, f"s3://{bucket}/{static.rpartition('/')[0]}"):
        match = shape.match(candidate.key)
        if match and all(_projects(table, key, match[f"k{i}"], now=now) for i, key in enumerate(_order(path, keys))):
            values = {key: match[f"k{i}"] for i, key in enumerate(_order(path, keys))}
            found.append(PartitionedObject(candidate, tuple(values[key] for key in keys)))
    return found


def _order(path: str, keys: list[str]) -> list[str]:
    named = [name.lower() for name in re.findall(r"\$\{([^}]+)\}", path)]
    if missing := [key for key in keys if key not in named]:
        raise QueryFailed("HIVE_INVALID_METADATA", f"storage.location.template has no ${{{missing[0]}}}")
    return list(dict.fromkeys(named))


def _template_shape(path: str) -> re.Pattern[str]:
    parts = re.split(r"\$\{([^}]+)\}", path.rstrip("/"))
    names = list(dict.fromkeys(name.lower() for name in parts[1::2]))
    seen: set[str] = set()
    text = ""
    for literal, name in zip(parts[::2], [*parts[1::2], None], strict=True):
        text += re.escape(literal)
        if name is None:
            continue
        group = f"k{names.index(name.lower())}"
        text += f"(?P={group})" if group in seen else f"(?P<{group}>[^/]+)"
        seen.add(group)
    return re.compile(text + "/")


def _projects(table: GlueTable, key: str, value: str, *, now: dt.datetime) -> bool:
    parameters = parameters_of(table)
    kind = parameters.get(f"projection.{key}.type", "").lower()
    limits = parameters.get(f"projection.{key}.range", "")
    match kind:
        case "injected":
            return True
        case "enum":
            return value in [each.strip() for each in parameters.get(f"projection.{key}.values", "").split(",")]
        case "integer":
            first, _, last = limits.partition(",")
            return value.lstrip("-").isdigit() and int(first) <= int(value) <= int(last)
        case "date":
            return _in_dates(value, limits, _strptime_format(parameters[f"projection.{key}.format"]), now=now)
    raise QueryFailed(
        "INVALID_TABLE_PROPERTY", f"projection.{key}.type {kind or 'is missing'}: use date, integer, enum or injected"
    )


def _in_dates(value: str, limits: str, pattern: str, *, now: dt.datetime) -> bool:
    try:
        at = dt.datetime.strptime(value, pattern)
    except ValueError:
        return False
    first, _, last = limits.partition(",")
    return _limit(first.strip(), pattern, now) <= at <= _limit(last.strip(), pattern, now)


def _limit(text: str, pattern: str, now: dt.datetime) -> dt.datetime:
    match = _NOW.fullmatch(text)
    if not match:
        return dt.datetime.strptime(text, pattern)
    if not match["sign"]:
        return now
    count = int(match["count"]) * (1 if match["sign"] == "+" else -1)
    unit = match["unit"].upper().rstrip("S")
    return now + (dt.timedelta(hours=count) if unit == "HOUR" else dt.timedelta(days=_DAYS[unit] * count))


def _strptime_format(java: str) -> str:
    return re.sub("|".join(_JAVA_DATE), lambda match: _JAVA_DATE[match[0]], java.replace("'", ""))
