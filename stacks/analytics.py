"""SQL for analysts: the workgroup that bounds what a query may scan, the views, the named queries."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from constructs import Construct

from stacks.constructs.bundling import ROOT
from stacks.constructs.catalog import AthenaView
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.errors import InputError
from tradewind.lake import tables

_SQL = ROOT / "analytics" / "sql"


class AnalyticsStack(cdk.Stack):
    """Rebuildable: definitions only."""

    def __init__(self, scope: Construct, id: str, *, config: Config, deployment: Deployment) -> None:
        super().__init__(
            scope, id, stack_name=deployment.stack(id), description="Tradewind: Athena workgroup, views, named queries"
        )
        self.workgroup = _workgroup(self, config, deployment)
        for view in tables.VIEWS:
            AthenaView(self, f"View-{view.name}", view=view, sql=view_sql(view.name), deployment=deployment)
        for path in sorted((_SQL / "queries").glob("*.sql")):
            self._named_query(path, deployment)

    def _named_query(self, path: Path, deployment: Deployment) -> None:
        sql = path.read_text(encoding="utf-8")
        query = athena.CfnNamedQuery(
            self,
            f"Query-{path.stem}",
            name=path.stem,
            description=leading_comment(sql),
            database=deployment.database,
            query_string=sql,
            work_group=deployment.workgroup,
        )
        query.add_resource_dependency(self.workgroup)


def view_sql(name: str) -> str:
    """Return the SELECT of a view. Raises: InputError where its file is missing."""
    path = _SQL / "views" / f"{name}.sql"
    if not path.is_file():
        raise InputError("view", repr(name), f"write its SELECT in {path.relative_to(ROOT)}")
    return path.read_text(encoding="utf-8")


def leading_comment(sql: str) -> str:
    """Return the comment lines that a file begins with, as one text."""
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def _workgroup(stack: AnalyticsStack, config: Config, deployment: Deployment) -> athena.CfnWorkGroup:
    work_group = athena.CfnWorkGroup
    return athena.CfnWorkGroup(
        stack,
        "Workgroup",
        name=deployment.workgroup,
        description="Bounds what a query may scan and encrypts its results",
        recursive_delete_option=True,
        work_group_configuration=work_group.WorkGroupConfigurationProperty(
            enforce_work_group_configuration=True,
            publish_cloud_watch_metrics_enabled=True,
            bytes_scanned_cutoff_per_query=config.limits.scan_limit,
            engine_version=work_group.EngineVersionProperty(selected_engine_version="Athena engine version 3"),
            result_configuration=work_group.ResultConfigurationProperty(
                output_location=f"s3://{deployment.results_bucket}/athena/",
                encryption_configuration=work_group.EncryptionConfigurationProperty(encryption_option="SSE_S3"),
            ),
        ),
    )
