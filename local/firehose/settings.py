"""What a delivery stream asks for, read from the configuration that CloudFormation or the API gave ministack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.errors import InputError

MB = 1024**2
# AWS's defaults.
_INTERVAL, _SIZE, _SIZE_CONVERTED = 300, 5, 128
_BATCH_MB, _RETRIES = 1, 3
_DESTINATIONS = ("ExtendedS3", "S3")
_COMPRESSIONS = {"SNAPPY": "snappy", "GZIP": "gzip", "ZSTD": "zstd", "UNCOMPRESSED": "uncompressed"}


@dataclass(frozen=True, slots=True)
class Transform:
    """The Lambda function that sees every record first; `batch_bytes` of records a call."""

    function_arn: str
    role_arn: str
    batch_bytes: int
    retries: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """JSON to Parquet by the columns of a Glue table; `keys` are columns that have another key in the JSON."""

    database: str
    table: str
    role_arn: str
    compression: str  # as DuckDB names it
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One delivery stream to S3; sizes in bytes, times in seconds."""

    name: str
    version: int
    bucket: str
    role_arn: str
    prefix: str
    error_prefix: str
    interval: int
    size: int
    delimiter: bytes  # behind each record
    gzip: bool
    extension: str | None
    time_zone: str
    transform: Transform | None
    conversion: Conversion | None


def read_settings(name: str, version: int, kind: str, config: Mapping[str, Any]) -> Settings:
    """Return the settings of a delivery stream.

    Raises: InputError for what is not emulated, by the field that asks for it.
    """
    if kind not in _DESTINATIONS:
        raise InputError("destination", kind, "the local cloud delivers to ExtendedS3 only")
    _refuse(config)
    conversion = _conversion(config)
    hints = config.get("BufferingHints") or {}
    return Settings(
        name=name,
        version=version,
        bucket=str(config["BucketARN"]).rpartition(":::")[2],
        role_arn=str(config.get("RoleARN", "")),
        prefix=str(config.get("Prefix") or ""),
        error_prefix=str(config.get("ErrorOutputPrefix") or ""),
        interval=int(hints.get("IntervalInSeconds", _INTERVAL)),
        size=int(hints.get("SizeInMBs", _SIZE_CONVERTED if conversion else _SIZE)) * MB,
        delimiter=b"\n" if _processors(config, "AppendDelimiterToRecord") else b"",
        gzip=config.get("CompressionFormat") == "GZIP",
        extension=config.get("FileExtension"),
        time_zone=str(config.get("CustomTimeZone") or "UTC"),
        transform=_transform(config),
        conversion=conversion,
    )


def _refuse(config: Mapping[str, Any]) -> None:
    way_out = "not emulated by the local cloud: leave it out of the local environment"
    if (config.get("DynamicPartitioningConfiguration") or {}).get("Enabled"):
        raise InputError("DynamicPartitioningConfiguration", "Enabled", way_out)
    if config.get("S3BackupMode", "Disabled") != "Disabled":
        raise InputError("S3BackupMode", str(config["S3BackupMode"]), way_out)
    if config.get("CompressionFormat", "UNCOMPRESSED") not in ("UNCOMPRESSED", "GZIP"):
        raise InputError("CompressionFormat", str(config["CompressionFormat"]), way_out)
    for processor in _all_processors(config):
        if processor.get("Type") not in ("Lambda", "AppendDelimiterToRecord"):
            raise InputError("ProcessingConfiguration.Processors.Type", str(processor.get("Type")), way_out)
    if len(_processors(config, "Lambda")) > 1:
        raise InputError("ProcessingConfiguration.Processors", "several of Lambda", "one at most, as on AWS")


def _all_processors(config: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    processing = config.get("ProcessingConfiguration") or {}
    return (processing.get("Processors") or ()) if processing.get("Enabled") else ()


def _processors(config: Mapping[str, Any], kind: str) -> Sequence[Mapping[str, Any]]:
    return [processor for processor in _all_processors(config) if processor.get("Type") == kind]


def _transform(config: Mapping[str, Any]) -> Transform | None:
    for processor in _processors(config, "Lambda"):
        given = {p["ParameterName"]: p["ParameterValue"] for p in processor.get("Parameters") or ()}
        return Transform(
            function_arn=str(given["LambdaArn"]),
            role_arn=str(given.get("RoleArn") or config.get("RoleARN", "")),
            batch_bytes=int(float(given.get("BufferSizeInMBs", _BATCH_MB)) * MB),
            retries=int(given.get("NumberOfRetries", _RETRIES)),
        )
    return None


def _conversion(config: Mapping[str, Any]) -> Conversion | None:
    asked = config.get("DataFormatConversionConfiguration")
    if not asked or not asked.get("Enabled", True):
        return None
    serializer = (asked.get("OutputFormatConfiguration") or {}).get("Serializer") or {}
    if "ParquetSerDe" not in serializer:
        raise InputError("OutputFormatConfiguration.Serializer", ", ".join(serializer), "ParquetSerDe only")
    compression = str((serializer["ParquetSerDe"] or {}).get("Compression", "SNAPPY"))
    if compression not in _COMPRESSIONS:
        raise InputError("ParquetSerDe.Compression", compression, f"one of {', '.join(_COMPRESSIONS)}")
    deserializer = (asked.get("InputFormatConfiguration") or {}).get("Deserializer") or {}
    schema = asked.get("SchemaConfiguration") or {}
    return Conversion(
        database=str(schema.get("DatabaseName", "")),
        table=str(schema.get("TableName", "")),
        role_arn=str(schema.get("RoleARN") or config.get("RoleARN", "")),
        compression=_COMPRESSIONS[compression],
        keys=dict((deserializer.get("OpenXJsonSerDe") or {}).get("ColumnToJsonKeyMappings") or {}),
    )
