"""Glue job: works off one message of the sales queue with Spark, by the same protocol as the function clean_sales.

Arguments: --message (base64) and --message_id of the message, and where things are (tradewind/aws/sales_job.py).
A run that is repeated with the same arguments takes over from its predecessor and ends in the same files.
"""

import base64
import sys
import uuid
from datetime import UTC, datetime, timedelta

from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

from tradewind.aws import wiring
from tradewind.aws.sales_job import delivery_number
from tradewind.aws.settings import Settings
from tradewind.sales.attempts import work_off
from tradewind.sales.loads import MAX_DELIVERIES
from tradewind.sales.messages import Delivery
from tradewind.sales.on_spark import OnSpark

ARGUMENTS = ["message", "message_id", "env", "lake_bucket", "loads_table", "sales_job", "sales_queue_url"]
LEASE = timedelta(hours=4)  # the time limit of the job


def main() -> None:
    """Work off the message that the arguments hold; what is unexpected fails the run and is told in the registry."""
    arguments = getResolvedOptions(sys.argv, ARGUMENTS)
    body = base64.b64decode(arguments["message"]).decode()
    delivery = Delivery(arguments["message_id"], body, min(delivery_number(sys.argv), MAX_DELIVERIES))
    done = work_off(
        delivery,
        wiring.stores_of(Settings.from_arguments(arguments)),
        OnSpark(SparkSession.builder.getOrCreate()),
        attempt=uuid.uuid4().hex,
        clock=lambda: datetime.now(UTC),
        lease=LEASE,
    )
    print(f"clean_sales {delivery.message_id}: {done}")


if __name__ == "__main__":
    main()
