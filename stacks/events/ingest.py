"""The consumers of the stream: into the lake (transform, deliver, clean) and into the profiles."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from stacks.constructs.acknowledged import acknowledge
from stacks.constructs.alarms import AlarmTopic
from stacks.constructs.function import Function
from stacks.constructs.lake import Lake
from stacks.constructs.layers import Layers
from stacks.constructs.sources import Messages, StreamRecords
from stacks.constructs.work_queue import DeadLetters, WorkQueue
from stacks.events.delivery import EventDelivery
from stacks.events.records import EventRecords
from stacks.events.settings import consent, limits
from stacks.events.stream import EventStream
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.lake import layout

_CLEANING = cdk.Duration.minutes(15)  # the longest that Lambda runs
_UNSEEN = cdk.Duration.minutes(16)  # longer than a cleaning, so that none runs twice at a time
_TOO_OLD = cdk.Duration.hours(1)
_DELIVERIES = 5
_OBJECTS = 100  # raw objects that one cleaning is told of


class EventIngest(Construct):
    """Everything between the stream and what is asked of it. Rebuildable: what it makes lies in lake and tables."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        deployment: Deployment,
        layers: Layers,
        stream: EventStream,
        records: EventRecords,
        lake: Lake,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(scope, id)
        self._config = config
        self._deployment = deployment
        self._layers = layers
        self._alarms = alarms
        # Small batches wait less where somebody looks on.
        self._soon = cdk.Duration.seconds(1 if config.env == "local" else 5)
        self.delivery = EventDelivery(
            self,
            "Delivery",
            config=config,
            deployment=deployment,
            stream=stream,
            lake=lake,
            transform=self._transform(),
            alarms=alarms,
        )
        self.queue = self._queue_of_objects()
        self._clean(lake, records)
        self._update_profiles(stream, records)

    def _transform(self) -> Function:
        return Function(
            self,
            "TransformRecords",
            name="transform_records",
            config=self._config,
            deployment=self._deployment,
            layers=self._layers,
            layer_names=("domain", "edge", "collector", "enrichment"),
            alarms=self._alarms,
            timeout=cdk.Duration.minutes(1),
            memory_mib=1024,
            environment={**consent(self._config), "SHOP_TIME_ZONE": self._config.shop.time_zone},
        )

    def _queue_of_objects(self) -> WorkQueue:
        queue = WorkQueue(
            self,
            "RawObjects",
            name=self._deployment.events_queue,
            dead_letters_name=self._deployment.events_dead_letter_queue,
            visibility_timeout=_UNSEEN,
            max_deliveries=_DELIVERIES,
            oldest=_TOO_OLD,
            alarms=self._alarms,
        )
        events.Rule(
            self,
            "NewRawObject",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [self._deployment.lake_bucket]},
                    "object": {"key": [{"prefix": layout.RAW_EVENTS}]},
                },
            ),
            targets=[targets.SqsQueue(queue.queue)],
        )
        return queue

    def _clean(self, lake: Lake, records: EventRecords) -> None:
        function = Function(
            self,
            "CleanEvents",
            name="clean_events",
            config=self._config,
            deployment=self._deployment,
            layers=self._layers,
            layer_names=("domain", "edge", "collector", "cleaning"),
            alarms=self._alarms,
            timeout=_CLEANING,
            memory_mib=3008,  # most accounts begin with this as the most
            temporary_mib=10240,
            environment={
                **lake.environment,
                **records.settling,
                "EVENTS_QUEUE_URL": self.queue.url,
                **limits(self._config, "duplicate_days", "session_gap_minutes"),
            },
            consumes=Messages(queue=self.queue, batch_size=_OBJECTS, window=self._soon),
        )
        lake.grant_clean_events(function.role)
        records.grant_settle(function.role)
        self.queue.grant_postpone(function.role)

    def _update_profiles(self, stream: EventStream, records: EventRecords) -> None:
        gave_up = DeadLetters(
            self, "GaveUpProfiles", name=self._deployment.profiles_dead_letter_queue, alarms=self._alarms
        )
        acknowledge(gave_up.queue, "SQS3", because="It is a queue of dead letters: those of the stream's consumer")
        function = Function(
            self,
            "UpdateProfiles",
            name="update_profiles",
            config=self._config,
            deployment=self._deployment,
            layers=self._layers,
            # "enrichment" knows bots: whoever is one has no profile.
            layer_names=("domain", "edge", "collector", "enrichment"),
            alarms=self._alarms,
            timeout=cdk.Duration.minutes(1),
            memory_mib=512,
            environment={
                **records.profiling,
                **limits(self._config, "profile_days", "profile_interactions", "session_gap_minutes"),
                **consent(self._config),
            },
            consumes=StreamRecords(stream_arn=stream.arn, gave_up=gave_up, alarms=self._alarms, window=self._soon),
        )
        stream.grant_read(function.role)
        records.grant_keep_profiles(function.role)
