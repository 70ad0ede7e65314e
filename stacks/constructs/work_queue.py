"""A queue of work for one function, with its dead letters and alarms."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.alarms import PERIOD, AlarmTopic

_RETENTION = Duration.days(14)  # the longest that SQS keeps


class DeadLetters(Construct):
    """An encrypted queue of what could not be done; one message in it is an alarm."""

    def __init__(self, scope: Construct, id: str, *, name: str, alarms: AlarmTopic) -> None:
        super().__init__(scope, id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_RETENTION,
        )
        alarms.when_at_least_one(
            self,
            "Arrived",
            metric=self.queue.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
            says=f"{name} holds messages that were given up",
        )


class WorkQueue(Construct):
    """Messages that wait for a function; tried `max_deliveries` times, then a dead letter."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        dead_letters_name: str,
        visibility_timeout: Duration,
        max_deliveries: int,
        oldest: Duration,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(scope, id)
        self.dead_letters = DeadLetters(self, "DeadLetters", name=dead_letters_name, alarms=alarms)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_RETENTION,
            visibility_timeout=visibility_timeout,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters.queue, max_receive_count=max_deliveries),
        )
        alarms.when_at_least(
            self,
            "TooOld",
            metric=self.queue.metric_approximate_age_of_oldest_message(period=PERIOD, statistic="Maximum"),
            threshold=oldest.to_seconds(),
            says=f"the oldest message of {name} waits too long",
        )

    @property
    def url(self) -> str:
        return self.queue.queue_url

    def grant_postpone(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` send messages again for later and change when one is seen again."""
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sqs:ChangeMessageVisibility", "sqs:SendMessage"],
            resource_arns=[self.queue.queue_arn],
        )
