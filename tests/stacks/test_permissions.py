"""Who may do what: read from the policies that are deployed."""

from typing import Any

import pytest

from tests.stacks.templates import DEV, STACKS, Statement, allowed, allows, resources, statements, templates

LAKE = f"arn:aws:s3:::{DEV.lake_bucket}"
CLEANERS = ("CleanSalesRole", "CleanLargeSalesRole")


def of(role: str, stack: str = "Ingest") -> list[Statement]:
    return statements(templates("dev")[stack], role)


def table(name: str) -> str:
    (arn,) = {
        arn
        for statement in of("CleanSalesRole")
        for arn in statement.arns
        if arn.startswith("<PublishOutput") and name in arn
    }
    return arn


@pytest.mark.parametrize("role", CLEANERS)
def test_a_cleaner_reads_raw_sales_and_nothing_else_of_raw(role: str) -> None:
    assert allows(of(role), "s3:GetObject", f"{LAKE}/raw/sales/a load/0123456789abcdef/part-00001-of-00001.csv")
    assert not allows(of(role), "s3:GetObject", f"{LAKE}/raw/events/1.parquet")


@pytest.mark.parametrize("role", CLEANERS)
@pytest.mark.parametrize("action", ["s3:DeleteObject", "s3:PutObject", "s3:DeleteObjectVersion"])
def test_a_cleaner_may_not_change_what_was_imported(role: str, action: str) -> None:
    assert not allows(of(role), action, f"{LAKE}/raw/sales/a load/0123456789abcdef/manifest.json")


@pytest.mark.parametrize("role", CLEANERS)
@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
@pytest.mark.parametrize("zone", ["clean/sales/month=2010-12", "quarantine/sales", "quality/checks", "staging/sales"])
def test_a_cleaner_replaces_what_it_wrote(role: str, action: str, zone: str) -> None:
    assert allows(of(role), action, f"{LAKE}/{zone}/file.parquet")


@pytest.mark.parametrize("role", CLEANERS)
def test_a_cleaner_lists_only_the_zones_that_it_works_in(role: str) -> None:
    (listing,) = [statement for statement in of(role) if "s3:ListBucket" in statement.actions]
    assert listing.conditions == {
        "StringLike": {
            "s3:prefix": ["raw/sales/*", "clean/sales/*", "quarantine/sales/*", "quality/checks/*", "staging/*"]
        }
    }


@pytest.mark.parametrize("role", CLEANERS)
def test_a_cleaner_keeps_the_registry_of_loads_but_cannot_delete_the_table(role: str) -> None:
    loads = table("Loads")
    for action in ("GetItem", "PutItem", "DeleteItem", "Scan"):
        assert allows(of(role), f"dynamodb:{action}", loads)
    assert not allows(of(role), "dynamodb:DeleteTable", loads)


@pytest.mark.parametrize("role", CLEANERS)
def test_no_cleaner_sees_the_keys(role: str) -> None:
    arns = {arn for statement in of(role) for arn in statement.arns}
    assert not [arn for arn in arns if "Keys" in arn or DEV.keys_table in arn]


def test_clean_sales_starts_its_own_job_and_no_other() -> None:
    jobs = "arn:aws:glue:eu-west-1:111122223333:job/"
    for action in ("glue:StartJobRun", "glue:GetJobRun"):
        assert allows(of("CleanSalesRole"), action, jobs + DEV.sales_job)
        assert not allows(of("CleanSalesRole"), action, jobs + "another")


def test_clean_sales_takes_and_postpones_messages_of_its_queue_only() -> None:
    queues = {
        arn
        for statement in of("CleanSalesRole")
        for arn in statement.arns
        if any(action.startswith("sqs:") for action in statement.actions)
    }
    (queue,) = queues
    assert queue.startswith("<SalesQueue")
    for action in ("ReceiveMessage", "DeleteMessage", "SendMessage", "ChangeMessageVisibility"):
        assert allows(of("CleanSalesRole"), f"sqs:{action}", queue)
    assert not allows(of("CleanSalesRole"), "sqs:PurgeQueue", queue)


def test_report_health_may_log_and_be_traced_and_nothing_more() -> None:
    actions = {action for statement in of("ReportHealthRole", "Api") for action in statement.actions}
    assert actions == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
        "sqs:SendMessage",  # its dead letters
    }


def test_report_health_sends_only_to_its_own_dead_letters() -> None:
    (arns,) = [statement.arns for statement in of("ReportHealthRole", "Api") if "sqs:SendMessage" in statement.actions]
    assert [arn.startswith("<ReportHealthDeadLetters") for arn in arns] == [True]


def test_the_crawler_reads_raw_and_writes_only_tables_of_its_prefix() -> None:
    tables = "arn:aws:glue:eu-west-1:111122223333:table/tradewind/"
    crawler = of("RawCrawlerRole")
    assert allows(crawler, "s3:GetObject", f"{LAKE}/raw/sales/file.csv")
    assert not allows(crawler, "s3:GetObject", f"{LAKE}/clean/sales/month=2010-12/file.parquet")
    assert not allows(crawler, "s3:PutObject", f"{LAKE}/raw/sales/file.csv")
    assert allows(crawler, "glue:UpdateTable", f"{tables}raw_sales")
    assert not allows(crawler, "glue:UpdateTable", f"{tables}sales")
    assert not allows(crawler, "glue:DeleteTable", f"{tables}raw_sales")


def every_statement(env: str) -> list[Statement]:
    found: list[Statement] = []
    for stack in STACKS:
        for resource in templates(env)[stack]["Resources"].values():
            for document in documents(resource):
                found.extend(allowed(document))
    return found


def documents(resource: dict[str, Any]) -> list[dict[str, Any]]:
    properties = resource.get("Properties", {})
    named = [properties[name] for name in ("PolicyDocument", "AssumeRolePolicyDocument") if name in properties]
    return named + [policy["PolicyDocument"] for policy in properties.get("Policies", [])]


@pytest.mark.parametrize("env", ["local", "dev", "prod"])
def test_no_policy_allows_actions_by_a_pattern(env: str) -> None:
    patterns = [action for statement in every_statement(env) for action in statement.actions if "*" in action]
    assert patterns == []


def test_every_resource_is_named_but_for_services_that_have_none() -> None:
    for_all = {action for statement in every_statement("dev") if "*" in statement.arns for action in statement.actions}
    assert for_all == {"xray:PutTelemetryRecords", "xray:PutTraceSegments", "cloudwatch:PutMetricData"}


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_has_managed_policies(stack: str) -> None:
    roles = resources(templates("dev")[stack], "AWS::IAM::Role").values()
    assert [role for role in roles if "ManagedPolicyArns" in role["Properties"]] == []
