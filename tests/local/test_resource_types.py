"""CloudFormation types that the emulator lacks: real where we emulate, else a placeholder that says what it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local import stream_parts
from tests.local.running_cloud import RunningCloud, eventually

pytestmark = pytest.mark.cloud


def _deploy(cloud: RunningCloud, stack: str, resources: dict[str, Any]) -> None:
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": resources}))

    def status() -> str:
        found = stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        return "" if found.endswith("IN_PROGRESS") else str(found)

    assert eventually(status) == "CREATE_COMPLETE"


def test_a_named_query_of_a_stack_is_a_named_query_and_goes_with_the_stack(cloud: RunningCloud) -> None:
    properties = {"Name": "best sellers", "Database": "tradewind", "QueryString": "select 1", "WorkGroup": "primary"}
    _deploy(cloud, "Queries", {"Query": {"Type": "AWS::Athena::NamedQuery", "Properties": properties}})
    athena, stacks = cloud.client("athena"), cloud.client("cloudformation")
    query_id = stacks.describe_stack_resources(StackName="Queries")["StackResources"][0]["PhysicalResourceId"]
    found = athena.get_named_query(NamedQueryId=query_id)["NamedQuery"]
    assert {name: found[name] for name in properties} == properties
    stacks.delete_stack(StackName="Queries")
    assert eventually(lambda: query_id not in athena.list_named_queries().get("NamedQueryIds", []))


def test_a_placeholder_deploys_and_refuses_every_call_by_its_name(cloud: RunningCloud) -> None:
    properties = {"AwsAccountId": "000000000000", "DataSetId": "sales", "Name": "sales"}
    _deploy(cloud, "Dashboards", {"Data": {"Type": "AWS::QuickSight::DataSet", "Properties": properties}})
    with pytest.raises(ClientError, match=r"AWS::QuickSight::DataSet.* is only a placeholder in the local cloud"):
        cloud.client("quicksight").list_data_sets(AwsAccountId="000000000000")


# Notes when it begins and ends; so long at work that two calls which wait have used up an asynchronous one's attempts.
_SLOW = """
import os, time
def note(text):
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(text + "\\n")
def handler(event, context):
    note("begin")
    time.sleep(2)
    note("end")
"""


def test_a_function_of_a_stack_runs_no_more_calls_at_once_than_it_may_and_loses_none(
    cloud: RunningCloud, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    resources = stream_parts.function("slow", _SLOW, [])
    properties = next(each for each in resources.values() if each["Type"] == "AWS::Lambda::Function")["Properties"]
    properties |= {"ReservedConcurrentExecutions": 1, "Environment": {"Variables": {"NOTES": str(notes)}}}
    stream_parts.deploy(cloud, resources, stack="Slow")
    functions = cloud.client("lambda")
    assert functions.get_function_concurrency(FunctionName="slow")["ReservedConcurrentExecutions"] == 1
    for _ in range(3):
        functions.invoke(FunctionName="slow", InvocationType="Event", Payload=b"{}")
    assert eventually(lambda: notes.exists() and notes.read_text().count("end") == 3)
    assert notes.read_text().split() == ["begin", "end"] * 3
    del properties["ReservedConcurrentExecutions"]
    stream_parts.deploy(cloud, resources, stack="Slow")
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(FunctionName="slow")
