"""The crawler that describes what lies in the raw zone, in tables prefixed `raw_`."""

from aws_cdk import Aws
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.acknowledged import acknowledge, acknowledge_names
from stacks.constructs.lake import Lake
from tradewind.deployment import Deployment
from tradewind.lake import layout

PREFIX = "raw_"

_READ_CATALOG = ("glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:BatchGetPartition")
_WRITE_CATALOG = (
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:CreatePartition",
    "glue:BatchCreatePartition",
    "glue:UpdatePartition",
)
_CRAWLER_LOGS = "/aws-glue/crawlers*"


class RawCrawler(Construct):
    """Crawls on demand: a schedule would cost a run a day where nothing new came."""

    def __init__(self, scope: Construct, id: str, *, lake: Lake, deployment: Deployment) -> None:
        super().__init__(scope, id)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
        lake.grant_crawl(role)
        self._grant_catalog(role, database=deployment.database)
        self._grant_logs(role)
        crawler = glue.CfnCrawler(
            self,
            "Crawler",
            name=deployment.raw_crawler,
            description="Describes the files of the raw zone",
            role=role.role_arn,
            database_name=deployment.database,
            table_prefix=PREFIX,
            targets=glue.CfnCrawler.TargetsProperty(
                s3_targets=[
                    glue.CfnCrawler.S3TargetProperty(
                        path=f"s3://{deployment.lake_bucket}/{layout.RAW_SALES}", exclusions=[f"**/{layout.MANIFEST}"]
                    )
                ]
            ),
            schema_change_policy=glue.CfnCrawler.SchemaChangePolicyProperty(
                update_behavior="UPDATE_IN_DATABASE", delete_behavior="LOG"
            ),
        )
        crawler.node.add_dependency(role.node.find_child("DefaultPolicy"))  # Glue tries the role at once
        acknowledge(crawler, "GL1", because="CloudWatch Logs encrypts with its own key; the logs hold names, no rows")

    def _grant_catalog(self, role: iam.Role, *, database: str) -> None:
        catalog = f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        tables = f"{catalog}:table/{database}/{PREFIX}*"
        iam.Grant.add_to_principal(
            grantee=role,
            actions=[*_READ_CATALOG, *_WRITE_CATALOG],
            resource_arns=[f"{catalog}:catalog", f"{catalog}:database/{database}", tables],
        )
        acknowledge_names(role, tables, because="The crawler names its tables; the prefix bounds them")

    def _grant_logs(self, role: iam.Role) -> None:
        arn = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{_CRAWLER_LOGS}"
        iam.Grant.add_to_principal(
            grantee=role,
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            resource_arns=[arn],
        )
        acknowledge_names(role, arn, because="Glue names the log group of its crawlers itself")
