"""What Firehose needs to write lines of JSON as Parquet: a table of the catalogue, and the permission to read it."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose

from tradewind.deployment import Deployment
from tradewind.lake.tables import Table

_Delivery = firehose.CfnDeliveryStream

_READ_TABLE = ("glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions")


def parquet_of(
    table: Table, *, deployment: Deployment, role: iam.IRole
) -> _Delivery.DataFormatConversionConfigurationProperty:
    """Return JSON in, Parquet out, with the columns that `table` has; `role`, which delivers, may read them."""
    resources = ("catalog", f"database/{deployment.database}", f"table/{deployment.database}/{table.name}")
    place = f"arn:{cdk.Aws.PARTITION}:glue:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}"
    iam.Grant.add_to_principal(
        grantee=role, actions=list(_READ_TABLE), resource_arns=[f"{place}:{resource}" for resource in resources]
    )
    read, write = _Delivery.DeserializerProperty, _Delivery.SerializerProperty
    return _Delivery.DataFormatConversionConfigurationProperty(
        enabled=True,
        input_format_configuration=_Delivery.InputFormatConfigurationProperty(
            deserializer=read(open_x_json_ser_de=_Delivery.OpenXJsonSerDeProperty(case_insensitive=True))
        ),
        output_format_configuration=_Delivery.OutputFormatConfigurationProperty(
            serializer=write(parquet_ser_de=_Delivery.ParquetSerDeProperty(compression="SNAPPY"))
        ),
        schema_configuration=_Delivery.SchemaConfigurationProperty(
            catalog_id=cdk.Aws.ACCOUNT_ID,
            database_name=deployment.database,
            table_name=table.name,
            region=cdk.Aws.REGION,
            role_arn=role.role_arn,
            version_id="LATEST",
        ),
    )
