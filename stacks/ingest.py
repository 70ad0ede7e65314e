"""What makes the lake: the way of a sales file, and the consumers of the stream of events.

A sales file: a new raw object, a message, the function that cleans it, the Spark job for large ones.
"""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from stacks.constructs.alarms import AlarmTopic
from stacks.constructs.function import Function
from stacks.constructs.lake import Lake
from stacks.constructs.layers import Layers
from stacks.constructs.raw_crawler import RawCrawler
from stacks.constructs.registry import LoadRegistry
from stacks.constructs.sources import Messages
from stacks.constructs.spark_job import SparkJob
from stacks.constructs.work_queue import WorkQueue
from stacks.events.ingest import EventIngest
from stacks.events.records import EventRecords
from stacks.events.stream import EventStream
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.lake import layout
from tradewind.sales.loads import MAX_DELIVERIES

_CLEANING = cdk.Duration.minutes(15)  # the longest that Lambda runs
_UNSEEN = cdk.Duration.minutes(16)  # longer than a cleaning, so that none runs twice at a time
_TOO_OLD = cdk.Duration.hours(1)


class IngestStack(cdk.Stack):
    """Rebuildable: what it makes lies in the lake."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        deployment: Deployment,
        lake: Lake,
        loads: LoadRegistry,
        stream: EventStream,
        records: EventRecords,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(
            scope,
            id,
            stack_name=deployment.stack(id),
            description="Tradewind: sales files and events are cleaned into the lake",
        )
        self.layers = Layers(self, "Layers", config=config)
        self.queue = WorkQueue(
            self,
            "Sales",
            name=deployment.sales_queue,
            dead_letters_name=deployment.sales_dead_letter_queue,
            visibility_timeout=_UNSEEN,
            max_deliveries=MAX_DELIVERIES,
            oldest=_TOO_OLD,
            alarms=alarms,
        )
        self._queue_new_objects(deployment.lake_bucket)
        self.job = self._clean_large(config, deployment, lake, loads, alarms)
        self.clean_sales = self._clean(config, deployment, lake, loads, alarms)
        self.crawler = RawCrawler(self, "RawCrawler", lake=lake, deployment=deployment)
        self.events = EventIngest(
            self,
            "Events",
            config=config,
            deployment=deployment,
            layers=self.layers,
            stream=stream,
            records=records,
            lake=lake,
            alarms=alarms,
        )

    def _queue_new_objects(self, bucket: str) -> None:
        events.Rule(
            self,
            "NewSalesFile",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": layout.RAW_SALES}]}},
            ),
            targets=[targets.SqsQueue(self.queue.queue)],
        )

    def _clean_large(
        self, config: Config, deployment: Deployment, lake: Lake, loads: LoadRegistry, alarms: AlarmTopic
    ) -> SparkJob:
        job = SparkJob(
            self,
            "CleanLargeSales",
            name=deployment.sales_job,
            script="clean_sales.py",
            config=config,
            alarms=alarms,
            arguments={},
            # The message was taken from the queue when the run began: the job itself has to try again.
            max_retries=MAX_DELIVERIES - 1,
            timeout=cdk.Duration.hours(4),
        )
        lake.grant_clean_sales(job.role)
        loads.grant_register(job.role)
        self.queue.grant_postpone(job.role)
        return job

    def _clean(
        self, config: Config, deployment: Deployment, lake: Lake, loads: LoadRegistry, alarms: AlarmTopic
    ) -> Function:
        function = Function(
            self,
            "CleanSales",
            name="clean_sales",
            config=config,
            deployment=deployment,
            layers=self.layers,
            layer_names=("domain", "edge", "cleaning"),
            alarms=alarms,
            timeout=_CLEANING,
            memory_mib=3008,  # most accounts begin with this as the most
            temporary_mib=10240,
            environment={
                **lake.environment,
                **loads.environment,
                "SALES_QUEUE_URL": self.queue.url,
                "SALES_JOB": deployment.sales_job,
                "SPARK_ABOVE": str(config.limits.spark_above),
                "MAX_UNPACKED_WORKBOOK": str(config.limits.max_unpacked_workbook),
            },
            consumes=Messages(queue=self.queue),
        )
        lake.grant_clean_sales(function.role)
        loads.grant_register(function.role)
        self.queue.grant_postpone(function.role)
        self.job.grant_start(function.role)
        return function
