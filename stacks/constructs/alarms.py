"""The one topic that every alarm goes to."""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

_SENDERS = ("cloudwatch.amazonaws.com", "events.amazonaws.com")


class AlarmTopic(Construct):
    """An encrypted topic that CloudWatch and EventBridge of this account may publish to.

    The key is the customer's own: neither service may use the key that SNS brings (alias/aws/sns).
    """

    def __init__(self, scope: Construct, id: str, *, email: str | None) -> None:
        super().__init__(scope, id)
        key = kms.Key(
            self,
            "Key",
            description="Encrypts the messages of the alarm topic",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,  # holds no data: a message lives for seconds
        )
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True, display_name="Tradewind alarms")
        for sender in _SENDERS:
            principal = iam.ServicePrincipal(sender, conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}})
            key.grant(principal, "kms:Decrypt", "kms:GenerateDataKey")
            self.topic.grant_publish(principal)
        if email:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def when_at_least_one(self, scope: Construct, id: str, *, metric: cloudwatch.IMetric, says: str) -> None:
        """Alarm as soon as `metric` counts one in a period."""
        self.when_at_least(scope, id, metric=metric, threshold=1, says=says)

    def when_at_least(
        self, scope: Construct, id: str, *, metric: cloudwatch.IMetric, threshold: float, says: str
    ) -> None:
        """Alarm when `metric` reaches `threshold`; no data is no alarm."""
        alarm = cloudwatch.Alarm(
            scope,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=says,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))


PERIOD = Duration.minutes(5)
