"""The consumers of the stream as they are deployed: delivery into the lake, cleaning, profiles."""

from typing import Any

from tests.stacks.templates import DEV, only, resources, templates, text
from tradewind.lake import tables

LAKE = f"arn:aws:s3:::{DEV.lake_bucket}"


def ingest(env: str = "dev") -> dict[str, Any]:
    return templates(env)["Ingest"]


def delivery(env: str = "dev") -> dict[str, Any]:
    return only(ingest(env), "AWS::KinesisFirehose::DeliveryStream")


def destination(env: str = "dev") -> dict[str, Any]:
    return delivery(env)["ExtendedS3DestinationConfiguration"]  # type: ignore[no-any-return]


def function(name: str) -> dict[str, Any]:
    return only(ingest(), "AWS::Lambda::Function", starting=name)


def source(name: str, env: str = "dev") -> dict[str, Any]:
    return only(ingest(env), "AWS::Lambda::EventSourceMapping", starting=name)


def layers(name: str) -> set[str]:
    names = [text(layer).strip("<>").rstrip("0123456789ABCDEF") for layer in function(name)["Layers"]]
    return {name.removeprefix("Layers").lower() for name in names}


def test_firehose_reads_the_stream() -> None:
    assert (delivery()["DeliveryStreamName"], delivery()["DeliveryStreamType"]) == (
        DEV.events_delivery,
        "KinesisStreamAsSource",
    )
    stream = delivery()["KinesisStreamSourceConfiguration"]["KinesisStreamARN"]
    assert text(stream) == f"arn:aws:kinesis:eu-west-1:111122223333:stream/{DEV.events_stream}"


def test_raw_events_lie_by_the_date_on_which_they_were_received() -> None:
    assert text(destination()["BucketARN"]) == LAKE
    assert destination()["Prefix"] == "raw/events/received_date=!{timestamp:yyyy-MM-dd}/"
    assert destination()["ErrorOutputPrefix"] == "quarantine/undelivered/!{firehose:error-output-type}/"
    assert destination()["FileExtension"] == ".parquet"


def test_rows_become_parquet_with_the_columns_of_the_catalogue() -> None:
    conversion = destination()["DataFormatConversionConfiguration"]
    assert conversion["Enabled"] is True
    assert conversion["InputFormatConfiguration"] == {"Deserializer": {"OpenXJsonSerDe": {"CaseInsensitive": True}}}
    assert conversion["OutputFormatConfiguration"] == {"Serializer": {"ParquetSerDe": {"Compression": "SNAPPY"}}}
    schema = conversion["SchemaConfiguration"]
    assert (schema["DatabaseName"], schema["TableName"], schema["VersionId"]) == ("tradewind", "raw_events", "LATEST")
    # Firehose takes compressed files and converted ones, not both.
    assert destination()["CompressionFormat"] == "UNCOMPRESSED"


def test_no_column_of_raw_events_has_an_upper_case_letter_that_the_reader_would_lose() -> None:
    assert [column.name for column in tables.RAW_EVENTS.columns if column.name != column.name.lower()] == []


def processing(env: str = "dev") -> dict[str, str]:
    (processor,) = destination(env)["ProcessingConfiguration"]["Processors"]
    assert processor["Type"] == "Lambda"
    return {entry["ParameterName"]: text(entry["ParameterValue"]) for entry in processor["Parameters"]}


def test_records_are_transformed_one_megabyte_at_a_time_because_the_answer_is_larger() -> None:
    assert processing()["LambdaArn"].startswith("<EventsTransformRecordsFunction")
    assert (processing()["BufferSizeInMBs"], processing()["NumberOfRetries"]) == ("0.5", "3")


def test_an_event_is_in_a_file_within_a_minute_and_locally_within_seconds() -> None:
    assert destination()["BufferingHints"] == {"IntervalInSeconds": 60, "SizeInMBs": 128}
    assert destination("local")["BufferingHints"]["IntervalInSeconds"] == 2
    assert (processing()["BufferIntervalInSeconds"], processing("local")["BufferIntervalInSeconds"]) == ("10", "2")


def test_firehose_says_what_it_cannot_deliver() -> None:
    logging = destination()["CloudWatchLoggingOptions"]
    group = ingest()["Resources"][text(logging["LogGroupName"]).strip("<>")]["Properties"]
    stream = ingest()["Resources"][text(logging["LogStreamName"]).strip("<>")]["Properties"]
    assert (group["LogGroupName"], group["RetentionInDays"]) == (f"/aws/kinesisfirehose/{DEV.events_delivery}", 30)
    assert (logging["Enabled"], stream["LogStreamName"]) == (True, "deliveries")


def test_firehose_is_made_after_the_rights_of_its_role() -> None:
    (resource,) = resources(ingest(), "AWS::KinesisFirehose::DeliveryStream").values()
    (policy,) = resource["DependsOn"]
    assert ingest()["Resources"][policy]["Type"] == "AWS::IAM::Policy"


def test_a_new_object_under_raw_events_becomes_a_message() -> None:
    rule = only(ingest(), "AWS::Events::Rule", starting="EventsNewRawObject")
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [DEV.lake_bucket]}, "object": {"key": [{"prefix": "raw/events/"}]}},
    }
    assert [text(target["Arn"]).startswith("<EventsRawObjectsQueue") for target in rule["Targets"]] == [True]


def queue(name: str) -> dict[str, Any]:
    queues = [resource["Properties"] for resource in resources(ingest(), "AWS::SQS::Queue").values()]
    (found,) = [each for each in queues if each["QueueName"] == name]
    return found  # type: ignore[no-any-return]


def test_an_object_that_cannot_be_cleaned_becomes_a_dead_letter_after_five_times() -> None:
    raw, dead = queue(DEV.events_queue), queue(DEV.events_dead_letter_queue)
    assert raw["RedrivePolicy"]["maxReceiveCount"] == 5
    assert text(raw["RedrivePolicy"]["deadLetterTargetArn"]).startswith("<EventsRawObjectsDeadLetters")
    assert (raw["SqsManagedSseEnabled"], dead["SqsManagedSseEnabled"]) == (True, True)
    assert raw["VisibilityTimeout"] > function("EventsCleanEvents")["Timeout"] == 15 * 60


def test_a_cleaning_is_told_of_many_objects_at_once() -> None:
    assert source("EventsCleanEvents")["BatchSize"] == 100
    assert source("EventsCleanEvents")["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source("EventsCleanEvents")["ScalingConfig"] == {"MaximumConcurrency": 2}
    seconds = [source("EventsCleanEvents", env)["MaximumBatchingWindowInSeconds"] for env in ("local", "prod")]
    assert seconds == [1, 5]


def test_profiles_follow_the_stream_from_its_beginning_and_one_bad_record_does_not_stop_them() -> None:
    records = dict(source("EventsUpdateProfiles"))
    assert text(records.pop("EventSourceArn")).endswith(f":stream/{DEV.events_stream}")
    destination = records.pop("DestinationConfig")["OnFailure"]["Destination"]
    assert text(destination).startswith("<EventsGaveUpProfilesQueue")
    assert text(records.pop("FunctionName")).startswith("<EventsUpdateProfilesFunction")
    del records["Tags"]
    assert records == {
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 500,
        "MaximumBatchingWindowInSeconds": 5,
        "ParallelizationFactor": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 3,
        "MaximumRecordAgeInSeconds": 86_400,
    }


def test_a_record_that_profiles_gave_up_is_still_in_the_stream_when_somebody_looks() -> None:
    stream = only(templates("prod")["Data"], "AWS::Kinesis::Stream")
    age = source("EventsUpdateProfiles", "prod")["MaximumRecordAgeInSeconds"]
    assert stream["RetentionPeriodHours"] * 3600 == 7 * 86_400 > age
    assert queue(DEV.profiles_dead_letter_queue)["MessageRetentionPeriod"] == 14 * 86_400


def test_each_function_has_the_layers_that_it_imports() -> None:
    assert layers("EventsTransformRecords") == {"domain", "edge", "collector", "enrichment"}
    assert layers("EventsCleanEvents") == {"domain", "edge", "collector", "cleaning"}
    # bots and refused consent are told as transform_records tells them
    assert layers("EventsUpdateProfiles") == {"domain", "edge", "collector", "enrichment"}


def variables(name: str) -> dict[str, Any]:
    found = function(name)["Environment"]["Variables"]
    return {key: value for key, value in found.items() if not key.startswith(("POWERTOOLS", "TRADEWIND"))}


def test_each_function_has_what_its_settings_read() -> None:
    assert variables("EventsTransformRecords") == {
        "CONSENT_CATEGORY": "analytics",
        "CONSENT_REQUIRED": "false",
        "SHOP_TIME_ZONE": "Europe/London",
    }
    cleaning = variables("EventsCleanEvents")
    assert text(cleaning.pop("EVENTS_QUEUE_URL")).startswith("<EventsRawObjectsQueue")
    assert cleaning == {
        "LAKE_BUCKET": DEV.lake_bucket,
        "CLEANINGS_TABLE": DEV.cleanings_table,
        "RECEIPTS_TABLE": DEV.receipts_table,
        "IDENTITIES_TABLE": DEV.identities_table,
        "DUPLICATE_DAYS": "7",
        "SESSION_GAP_MINUTES": "30",
    }
    assert variables("EventsUpdateProfiles") == {
        "PROFILES_TABLE": DEV.profiles_table,
        "PROFILE_DAYS": "90",
        "PROFILE_INTERACTIONS": "50",
        "SESSION_GAP_MINUTES": "30",
        "CONSENT_CATEGORY": "analytics",
        "CONSENT_REQUIRED": "false",
    }


def test_clean_events_has_memory_and_disk_for_the_days_that_it_rewrites() -> None:
    cleaning = function("EventsCleanEvents")
    assert (cleaning["MemorySize"], cleaning["EphemeralStorage"]) == (3008, {"Size": 10_240})
