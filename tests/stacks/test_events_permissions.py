"""Who on the way of the events may do what: read from the policies that are deployed."""

import pytest

from tests.stacks.templates import DEV, Statement, allows, statements, templates

LAKE = f"arn:aws:s3:::{DEV.lake_bucket}"
STREAM = f"arn:aws:kinesis:eu-west-1:111122223333:stream/{DEV.events_stream}"
LAMBDA = "arn:aws:lambda:eu-west-1:111122223333:function"

COLLECTOR = "CollectorCollectEventsRole"
TRANSFORMER = "EventsTransformRecordsRole"
FIREHOSE = "EventsDeliveryRole"
CLEANER = "EventsCleanEventsRole"
PROFILER = "EventsUpdateProfilesRole"

# What every function may: log, be traced, keep what it gave up.
ANY_FUNCTION = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    "sqs:SendMessage",
}


def of(role: str) -> list[Statement]:
    return statements(templates("dev")["Api" if role == COLLECTOR else "Ingest"], role)


def on_tables(role: str) -> dict[str, set[str]]:
    """Return the DynamoDB actions of a role by the table's construct: Receipts, Keys, Loads ..."""
    found: dict[str, set[str]] = {}
    for statement in of(role):
        actions = {action.removeprefix("dynamodb:") for action in statement.actions if action.startswith("dynamodb:")}
        for arn in statement.arns if actions else ():
            name = arn.removeprefix("<PublishOutputFnGetAtt").removeprefix("EventRecords").partition("Table")[0]
            found.setdefault(name, set()).update(actions)
    return found


def actions_of(role: str, *, service: str) -> set[str]:
    every = {action for statement in of(role) for action in statement.actions}
    return {action.removeprefix(f"{service}:") for action in every if action.startswith(f"{service}:")}


def test_the_collector_puts_records_and_writes_down_what_it_took_and_refused_and_nothing_else() -> None:
    assert on_tables(COLLECTOR) == {
        "Receipts": {"UpdateItem"},
        "Refusals": {"BatchWriteItem", "UpdateItem"},
        "Rates": {"UpdateItem"},
        "Erasures": {"UpdateItem"},
        "Keys": {"GetItem", "Scan"},
    }
    every = {action for statement in of(COLLECTOR) for action in statement.actions}
    rest = {action for action in every if not action.startswith("dynamodb:")}
    assert rest == ANY_FUNCTION | {"kinesis:PutRecords"}
    assert allows(of(COLLECTOR), "kinesis:PutRecords", STREAM)
    assert not allows(of(COLLECTOR), "kinesis:PutRecords", f"{STREAM}-of-another")


def test_transform_records_reaches_nothing_but_its_logs() -> None:
    assert {action for statement in of(TRANSFORMER) for action in statement.actions} == ANY_FUNCTION


def test_firehose_reads_the_stream_and_cannot_write_to_it() -> None:
    assert allows(of(FIREHOSE), "kinesis:GetRecords", STREAM)
    assert not actions_of(FIREHOSE, service="kinesis") & {"PutRecord", "PutRecords", "DeleteStream"}


@pytest.mark.parametrize("key", ["raw/events/received_date=2026-11-21/a.parquet", "quarantine/undelivered/a/1"])
def test_firehose_adds_to_the_lake_where_events_lie_and_cannot_take_back(key: str) -> None:
    assert allows(of(FIREHOSE), "s3:PutObject", f"{LAKE}/{key}")
    for action in ("s3:GetObject", "s3:DeleteObject"):
        assert not allows(of(FIREHOSE), action, f"{LAKE}/{key}")


@pytest.mark.parametrize("key", ["raw/sales/a.csv", "clean/events/month=2026-11/2026-11-21.parquet", "index/x"])
def test_firehose_writes_nowhere_else(key: str) -> None:
    assert not allows(of(FIREHOSE), "s3:PutObject", f"{LAKE}/{key}")


def test_firehose_calls_the_transformation_and_no_other_function() -> None:
    (calls,) = [statement for statement in of(FIREHOSE) if "lambda:InvokeFunction" in statement.actions]
    assert {arn.split(".")[0].rstrip("0123456789ABCDEF") for arn in calls.arns} == {"<EventsTransformRecordsFunction"}
    assert {arn.partition(">")[2] for arn in calls.arns} == {"", ":$LATEST"}


def test_firehose_reads_the_schema_of_raw_events_and_of_no_other_table() -> None:
    table = "arn:aws:glue:eu-west-1:111122223333:table/tradewind/"
    assert allows(of(FIREHOSE), "glue:GetTableVersions", f"{table}raw_events")
    assert not allows(of(FIREHOSE), "glue:GetTable", f"{table}events")
    assert actions_of(FIREHOSE, service="glue") == {"GetTable", "GetTableVersion", "GetTableVersions"}


def test_a_cleaning_reads_raw_events_and_cannot_change_them() -> None:
    raw = f"{LAKE}/raw/events/received_date=2026-11-21/a.parquet"
    assert allows(of(CLEANER), "s3:GetObject", raw)
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert not allows(of(CLEANER), action, raw)


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
@pytest.mark.parametrize(
    "zone",
    [
        "clean/events/month=2026-11",
        "clean/interactions/month=2026-11",
        "quarantine/events",
        "index/events-seen",
        "staging/events/an attempt",
    ],
)
def test_a_cleaning_of_events_replaces_what_it_wrote(action: str, zone: str) -> None:
    assert allows(of(CLEANER), action, f"{LAKE}/{zone}/file.parquet")


@pytest.mark.parametrize("zone", ["raw/sales", "clean/sales", "quarantine/sales", "staging/sales", "quality/checks"])
def test_a_cleaning_of_events_does_not_see_sales(zone: str) -> None:
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert not allows(of(CLEANER), action, f"{LAKE}/{zone}/file.parquet")
    (listing,) = [statement for statement in of(CLEANER) if "s3:ListBucket" in statement.actions]
    assert f"{zone}/*" not in listing.conditions["StringLike"]["s3:prefix"]


def test_a_cleaning_settles_receipts_and_links_identities_but_sees_neither_keys_nor_profiles() -> None:
    assert on_tables(CLEANER) == {
        "Cleanings": {
            *("BatchGetItem", "BatchWriteItem", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")
        },
        "Receipts": {"BatchGetItem", "BatchWriteItem", "UpdateItem"},
        "Identities": {"BatchGetItem", "UpdateItem"},
    }
    assert actions_of(CLEANER, service="kinesis") == set()


def test_profiles_read_the_stream_and_keep_only_their_own_table() -> None:
    assert allows(of(PROFILER), "kinesis:GetRecords", STREAM)
    assert not actions_of(PROFILER, service="kinesis") & {"PutRecord", "PutRecords"}
    assert on_tables(PROFILER) == {"Profiles": {"BatchGetItem", "PutItem"}}
    assert actions_of(PROFILER, service="s3") == set()


def test_what_profiles_give_up_goes_to_their_own_dead_letters() -> None:
    arns = {arn for statement in of(PROFILER) for arn in statement.arns if "sqs:SendMessage" in statement.actions}
    assert [arn.startswith("<EventsGaveUpProfilesQueue") for arn in arns] == [True]
