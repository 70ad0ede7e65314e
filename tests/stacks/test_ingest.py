"""The way of a sales file as it is deployed."""

from typing import Any

from tests.stacks.templates import DEV, only, resources, templates, text


def ingest() -> dict[str, Any]:
    return templates("dev")["Ingest"]


def function() -> dict[str, Any]:
    return only(ingest(), "AWS::Lambda::Function", starting="CleanSales")


def queue(name: str) -> dict[str, Any]:
    (found,) = [
        resource["Properties"]
        for resource in resources(ingest(), "AWS::SQS::Queue").values()
        if resource["Properties"]["QueueName"] == name
    ]
    return found  # type: ignore[no-any-return]


def test_a_new_object_under_raw_sales_becomes_a_message() -> None:
    rule = only(ingest(), "AWS::Events::Rule", starting="NewSalesFile")
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [DEV.lake_bucket]}, "object": {"key": [{"prefix": "raw/sales/"}]}},
    }
    assert [text(target["Arn"]).split(".")[0][:11] for target in rule["Targets"]] == ["<SalesQueue"]


def test_only_the_rule_may_send_into_the_queue_from_outside() -> None:
    policies = [
        entry
        for policy in resources(ingest(), "AWS::SQS::QueuePolicy").values()
        for entry in policy["Properties"]["PolicyDocument"]["Statement"]
        if entry["Effect"] == "Allow"
    ]
    assert [entry["Principal"] for entry in policies] == [{"Service": "events.amazonaws.com"}] * 2
    rules = sorted(text(entry["Condition"]["ArnEquals"]["aws:SourceArn"]) for entry in policies)
    assert [rule[: len("<NewSalesFile")] for rule in rules] == ["<EventsNewRaw", "<NewSalesFile"]


def test_queues_refuse_what_is_not_tls() -> None:
    for policy in resources(ingest(), "AWS::SQS::QueuePolicy").values():
        denied = [entry for entry in policy["Properties"]["PolicyDocument"]["Statement"] if entry["Effect"] == "Deny"]
        assert [entry["Condition"] for entry in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_a_message_is_tried_three_times_and_then_kept_for_two_weeks() -> None:
    sales, dead = queue(DEV.sales_queue), queue(DEV.sales_dead_letter_queue)
    assert sales["RedrivePolicy"]["maxReceiveCount"] == 3
    assert text(sales["RedrivePolicy"]["deadLetterTargetArn"]).startswith("<SalesDeadLettersQueue")
    assert (dead["MessageRetentionPeriod"], sales["MessageRetentionPeriod"]) == (14 * 86_400, 14 * 86_400)
    assert (sales["SqsManagedSseEnabled"], dead["SqsManagedSseEnabled"]) == (True, True)


def test_a_message_stays_hidden_for_longer_than_a_cleaning_can_take() -> None:
    assert queue(DEV.sales_queue)["VisibilityTimeout"] > function()["Timeout"] == 15 * 60


def test_clean_sales_takes_one_message_at_a_time_and_reports_failures() -> None:
    source = only(ingest(), "AWS::Lambda::EventSourceMapping", starting="CleanSales")
    assert source["BatchSize"] == 1
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_clean_sales_has_what_its_settings_read() -> None:
    variables = function()["Environment"]["Variables"]
    assert text(variables.pop("SALES_QUEUE_URL")).startswith("<SalesQueue")
    assert variables == {
        "TRADEWIND_ENV": "dev",
        "LAKE_BUCKET": DEV.lake_bucket,
        "LOADS_TABLE": DEV.loads_table,
        "SALES_JOB": DEV.sales_job,
        "SPARK_ABOVE": str(1024**3),
        "MAX_UNPACKED_WORKBOOK": str(2 * 1024**3),
        "POWERTOOLS_SERVICE_NAME": "clean_sales",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def test_clean_sales_has_memory_and_disk_for_the_largest_load_that_it_takes() -> None:
    assert (function()["MemorySize"], function()["EphemeralStorage"]) == (3008, {"Size": 10_240})


def test_the_job_runs_the_script_with_our_packages_and_the_pinned_translator() -> None:
    job = only(ingest(), "AWS::Glue::Job")
    assert (job["Name"], job["GlueVersion"], job["MaxRetries"]) == (DEV.sales_job, "5.0", 2)
    assert text(job["Command"]["ScriptLocation"]).endswith(".py")
    assert text(job["DefaultArguments"]["--extra-py-files"]).endswith(".zip")
    assert job["DefaultArguments"]["--additional-python-modules"].startswith("sqlglot==")


def test_a_failed_run_of_the_job_goes_to_the_alarm_topic() -> None:
    rule = only(ingest(), "AWS::Events::Rule", starting="CleanLargeSales")
    assert rule["EventPattern"]["detail"] == {"jobName": [DEV.sales_job], "state": ["FAILED", "TIMEOUT", "ERROR"]}
    assert ["AlarmsTopic" in text(target["Arn"]) for target in rule["Targets"]] == [True]


def test_the_crawler_describes_raw_sales_in_prefixed_tables() -> None:
    crawler = only(ingest(), "AWS::Glue::Crawler")
    assert (crawler["Name"], crawler["TablePrefix"], crawler["DatabaseName"]) == (DEV.raw_crawler, "raw_", "tradewind")
    assert [target["Path"] for target in crawler["Targets"]["S3Targets"]] == [f"s3://{DEV.lake_bucket}/raw/sales/"]
