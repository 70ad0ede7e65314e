"""What a function takes its work from: messages of a queue, or records of a stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources

from stacks.constructs.alarms import PERIOD, AlarmTopic
from stacks.constructs.work_queue import DeadLetters, WorkQueue

_TOO_OLD = Duration.days(1)  # a record that waits longer is given up, as the place in a dead letter
_LATE = Duration.minutes(15)  # an alarm when the records that are read are older


class Source(Protocol):
    """Work that Lambda fetches for a function; it keeps by itself what the function gave up."""

    def feed(self, function: lambda_.Function) -> None:
        """Let `function` receive the work."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """The messages of a queue, `batch_size` at a time; those that the function names failed are delivered again.

    Above ten, Lambda gathers for `window` (0 to 5 minutes) first.
    """

    queue: WorkQueue
    batch_size: int = 1
    window: Duration | None = None
    max_concurrency: int = 2  # the least that Lambda takes

    def feed(self, function: lambda_.Function) -> None:
        function.add_event_source(
            event_sources.SqsEventSource(
                self.queue.queue,
                batch_size=self.batch_size,
                max_batching_window=self.window,
                report_batch_item_failures=True,
                max_concurrency=self.max_concurrency,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecords:
    """The records of a stream from its beginning, in the order of each shard, one batch of a shard at a time.

    A batch that fails is halved until the record is found that fails it; after `retries` the place of that record in
    the stream is written to `gave_up`, and the shard goes on.
    """

    stream_arn: str
    gave_up: DeadLetters
    alarms: AlarmTopic
    window: Duration
    batch_size: int = 500
    retries: int = 3
    filters: tuple[Mapping[str, Any], ...] = ()  # of which a record must meet one; none: all records

    def feed(self, function: lambda_.Function) -> None:
        function.add_event_source_mapping(
            "Records",
            event_source_arn=self.stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=self.batch_size,
            max_batching_window=self.window,
            parallelization_factor=1,
            report_batch_item_failures=True,
            bisect_batch_on_error=True,
            retry_attempts=self.retries,
            max_record_age=_TOO_OLD,
            on_failure=event_sources.SqsDlq(self.gave_up.queue),
            filters=[lambda_.FilterCriteria.filter(dict(each)) for each in self.filters] or None,
        )
        self.alarms.when_at_least(
            function,
            "Late",
            metric=_iterator_age(function),
            threshold=_LATE.to_milliseconds(),
            says=f"{function.node.path} falls behind its stream",
        )


def _iterator_age(function: lambda_.Function) -> cloudwatch.Metric:
    """Return the age of the last record of each batch, in milliseconds."""
    return function.metric("IteratorAge", period=PERIOD, statistic="Maximum")
