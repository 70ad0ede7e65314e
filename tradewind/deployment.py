"""The physical names of what a deployment holds, computed from three facts.

The stacks create these names and the command addresses them, so that neither has to ask the other
(docs/decisions/0003-computed-names.md).
"""

from dataclasses import dataclass

# The local cloud's account: an AWS account number that belongs to nobody.
LOCAL_ACCOUNT = "000000000000"
LOCAL_REGION = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Where one environment lives."""

    env: str
    account: str
    region: str

    database = "tradewind"
    workgroup = "tradewind"

    @property
    def lake_bucket(self) -> str:
        return f"tradewind-{self.env}-lake-{self.account}-{self.region}"

    @property
    def results_bucket(self) -> str:
        """Athena's query results and CTAS tables; expires."""
        return f"tradewind-{self.env}-results-{self.account}-{self.region}"

    @property
    def access_logs_bucket(self) -> str:
        return f"tradewind-{self.env}-access-logs-{self.account}-{self.region}"

    @property
    def loads_table(self) -> str:
        return f"tradewind-{self.env}-loads"

    @property
    def keys_table(self) -> str:
        return f"tradewind-{self.env}-keys"

    @property
    def sales_queue(self) -> str:
        return f"tradewind-{self.env}-sales"

    @property
    def sales_dead_letter_queue(self) -> str:
        return f"tradewind-{self.env}-sales-dead-letters"

    @property
    def sales_job(self) -> str:
        return f"tradewind-{self.env}-clean-sales"

    @property
    def raw_crawler(self) -> str:
        return f"tradewind-{self.env}-raw"

    @property
    def events_stream(self) -> str:
        """The Kinesis stream of collected events."""
        return f"tradewind-{self.env}-events"

    @property
    def events_delivery(self) -> str:
        """The Firehose delivery stream that writes them to raw/events/."""
        return f"tradewind-{self.env}-events"

    @property
    def events_queue(self) -> str:
        """Announces new objects in raw/events/ to clean_events."""
        return f"tradewind-{self.env}-raw-events"

    @property
    def events_dead_letter_queue(self) -> str:
        return f"tradewind-{self.env}-raw-events-dead-letters"

    @property
    def profiles_dead_letter_queue(self) -> str:
        """Says which stream records update_profiles gave up."""
        return f"tradewind-{self.env}-profiles-dead-letters"

    @property
    def receipts_table(self) -> str:
        """What the collector accepted and the lake has not settled yet."""
        return f"tradewind-{self.env}-receipts"

    @property
    def refusals_table(self) -> str:
        return f"tradewind-{self.env}-refusals"

    @property
    def cleanings_table(self) -> str:
        """State of the cleaning of events: lease, commit, totals, raw objects."""
        return f"tradewind-{self.env}-event-cleanings"

    @property
    def identities_table(self) -> str:
        """Which shopper an anonymous id belongs to."""
        return f"tradewind-{self.env}-identities"

    @property
    def profiles_table(self) -> str:
        return f"tradewind-{self.env}-profiles"

    @property
    def rates_table(self) -> str:
        """Requests of keys that have a rate, by second."""
        return f"tradewind-{self.env}-rates"

    @property
    def erasures_table(self) -> str:
        """Shoppers who asked to be forgotten."""
        return f"tradewind-{self.env}-erasures"

    @property
    def catalog_table(self) -> str:
        """Records, settings, synonyms and rules of every index, and the open tasks of the indexer."""
        return f"tradewind-{self.env}-catalog"

    @property
    def indexes_bucket(self) -> str:
        """Snapshots of the indexes and their pointers."""
        return f"tradewind-{self.env}-indexes-{self.account}-{self.region}"

    @property
    def search_cluster(self) -> str:
        """The OpenSearch domain or collection, where search has one; AWS takes 28 letters."""
        return f"tradewind-{self.env}-search"

    @property
    def product_changes_delivery(self) -> str:
        """The Firehose delivery stream that writes the history of the catalogue to the lake."""
        return f"tradewind-{self.env}-product-changes"

    def stack(self, name: str) -> str:
        """Return the CloudFormation name of stack `name` (Data, Ingest, Search, Api, Analytics)."""
        return f"Tradewind-{self.env}-{name}"

    def function(self, name: str) -> str:
        """Return the physical name of the Lambda function in folder `lambdas/<name>`."""
        return f"tradewind-{self.env}-{name.replace('_', '-')}"


LOCAL = Deployment(env="local", account=LOCAL_ACCOUNT, region=LOCAL_REGION)
