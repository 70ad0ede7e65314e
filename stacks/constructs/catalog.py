"""The Glue database: the tables that `tradewind.lake.tables` lists, and views as Athena stores them."""

import base64
import json
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from constructs import Construct

from tradewind.deployment import Deployment
from tradewind.lake.tables import FIRST_MONTH, FIRST_RECEIVED, LAST_MONTH, Column, Table, View

_PARQUET_INPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_PARQUET_OUTPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
_PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"

# What Athena looks for, by the name of the partition key. Sales of a month outside would not be seen, so the cleaning
# quarantines dates outside. Events are received up to today; a day more, because Athena's clock is not Firehose's.
_PROJECTED = {
    "month": {
        "type": "date",
        "format": "yyyy-MM",
        "range": f"{FIRST_MONTH},{LAST_MONTH}",
        "interval": "1",
        "interval.unit": "MONTHS",
    },
    "received_date": {
        "type": "date",
        "format": "yyyy-MM-dd",
        "range": f"{FIRST_RECEIVED},NOW+1DAY",
        "interval": "1",
        "interval.unit": "DAYS",
    },
}

# Athena's names of Hive's types, where they differ.
_PRESTO_TYPES = {"string": "varchar", "int": "integer", "timestamp": "timestamp(3)"}


class Catalog(Construct):
    """The database and its tables over the lake."""

    def __init__(self, scope: Construct, id: str, *, deployment: Deployment, tables: Sequence[Table]) -> None:
        super().__init__(scope, id)
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=cdk.Aws.ACCOUNT_ID,
            database_name=deployment.database,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=deployment.database, description="Sales and events of the shop, cleaned and checked"
            ),
        )
        for table in tables:
            resource = glue.CfnTable(
                self,
                _construct_id(table.name),
                catalog_id=cdk.Aws.ACCOUNT_ID,
                database_name=deployment.database,
                table_input=table_input(table, bucket=deployment.lake_bucket),
            )
            resource.add_resource_dependency(self.database)


class AthenaView(Construct):
    """A view in the form in which Athena keeps what CREATE VIEW says."""

    def __init__(self, scope: Construct, id: str, *, view: View, sql: str, deployment: Deployment) -> None:
        super().__init__(scope, id)
        self.table = glue.CfnTable(
            self,
            "Table",
            catalog_id=cdk.Aws.ACCOUNT_ID,
            database_name=deployment.database,
            table_input=glue.CfnTable.TableInputProperty(
                name=view.name,
                description=view.comment or None,
                table_type="VIRTUAL_VIEW",
                parameters={"presto_view": "true", "comment": "Presto View"},
                partition_keys=[],
                view_original_text=presto_view(view, sql=sql, schema=deployment.database),
                view_expanded_text="/* Presto View */",
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=_columns(view.columns), location="", serde_info=glue.CfnTable.SerdeInfoProperty()
                ),
            ),
        )


def table_input(table: Table, *, bucket: str) -> glue.CfnTable.TableInputProperty:
    """Return a Parquet table; its partitions are projected, so none has to be registered."""
    location = f"s3://{bucket}/{table.prefix}"
    parameters = {"classification": "parquet", "parquet.compression": "ZSTD", "EXTERNAL": "TRUE"}
    if table.partition_keys:
        parameters |= projection(table, location=location)
    return glue.CfnTable.TableInputProperty(
        name=table.name,
        description=table.comment,
        table_type="EXTERNAL_TABLE",
        parameters=parameters,
        partition_keys=_columns(table.partition_keys),
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            columns=_columns(table.columns),
            location=location,
            input_format=_PARQUET_INPUT,
            output_format=_PARQUET_OUTPUT,
            serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library=_PARQUET_SERDE),
        ),
    )


def projection(table: Table, *, location: str) -> dict[str, str]:
    """Return Athena's partition projection over the partition keys of a table.

    Raises: ValueError for a key of which nobody has said what values it may have.
    """
    parameters = {"projection.enabled": "true"}
    for key in table.partition_keys:
        if key.name not in _PROJECTED:
            known = ", ".join(_PROJECTED)
            raise ValueError(f"partition key {key.name} of {table.name}: no projection; only {known} have one so far")
        parameters |= {f"projection.{key.name}.{name}": value for name, value in _PROJECTED[key.name].items()}
    folders = "".join(f"{key.name}=${{{key.name}}}/" for key in table.partition_keys)
    return parameters | {"storage.location.template": f"{location}{folders}"}


def presto_view(view: View, *, sql: str, schema: str) -> str:
    """Return the comment in which Athena keeps a view: its definition as JSON in base64."""
    definition = {
        "originalSql": sql.strip().rstrip(";"),
        "catalog": "awsdatacatalog",
        "schema": schema,
        "columns": [{"name": column.name, "type": presto_type(column.type)} for column in view.columns],
    }
    return f"/* Presto View: {base64.b64encode(json.dumps(definition).encode()).decode()} */"


def presto_type(hive_type: str) -> str:
    """Return Athena's name of a Hive type."""
    return _PRESTO_TYPES.get(hive_type, hive_type)


def _columns(columns: Sequence[Column]) -> list[glue.CfnTable.ColumnProperty]:
    return [
        glue.CfnTable.ColumnProperty(name=column.name, type=column.type, comment=column.comment or None)
        for column in columns
    ]


def _construct_id(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
