"""The tables of the events way, and who may do what with their items."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.registry import RecordTable
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.search.serving.rates import COUNTERS

EXPIRES = "expires"  # attribute: seconds since 1970 after which an item may go


@dataclass(frozen=True, slots=True)
class _Use:
    """What one part of the way does with the items of a table."""

    table: str
    actions: tuple[str, ...]


# A transaction needs the rights to the writes that it holds, and no more.
_COLLECT = (
    _Use("receipts", ("UpdateItem",)),
    _Use("refusals", ("BatchWriteItem", "UpdateItem")),
    _Use("rates", ("UpdateItem",)),
    _Use("erasures", ("UpdateItem",)),
)
_CONFIRM = (_Use("receipts", ("UpdateItem",)),)
_SETTLE = (
    _Use(
        "cleanings",
        ("BatchGetItem", "BatchWriteItem", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"),
    ),
    _Use("receipts", ("BatchGetItem", "BatchWriteItem", "UpdateItem")),
    _Use("identities", ("BatchGetItem", "UpdateItem")),
)
_KEEP_PROFILES = (_Use("profiles", ("BatchGetItem", "PutItem")),)


class EventRecords(Construct):
    """What the way remembers between its steps: `docs/events.md` says what each table is for."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, deployment: Deployment, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, id)

        def table(id: str, name: str, key: str, *, sort_key: str | None = None, expires: bool = True) -> RecordTable:
            return RecordTable(
                self,
                id,
                name=name,
                key=key,
                sort_key=sort_key,
                expires=EXPIRES if expires else None,
                config=config,
                removal_policy=removal_policy,
            )

        self._tables: Mapping[str, RecordTable] = {
            "receipts": table("Receipts", deployment.receipts_table, "request_id"),
            "refusals": table("Refusals", deployment.refusals_table, "bucket", sort_key="at"),
            "rates": table("Rates", deployment.rates_table, "window"),
            "cleanings": table("Cleanings", deployment.cleanings_table, "id"),
            "identities": table("Identities", deployment.identities_table, "anonymous_id", expires=False),
            "erasures": table("Erasures", deployment.erasures_table, "anonymous_id", expires=False),
            "profiles": table("Profiles", deployment.profiles_table, "shopper"),
        }

    @property
    def collecting(self) -> dict[str, str]:
        """Return what the collector finds in its environment."""
        return self._environment("receipts", "refusals", "rates", "erasures")

    @property
    def settling(self) -> dict[str, str]:
        return self._environment("cleanings", "receipts", "identities")

    @property
    def profiling(self) -> dict[str, str]:
        return self._environment("profiles")

    @property
    def tracing(self) -> dict[str, str]:
        """Return what a function that leaves traces of its own finds in its environment."""
        return self._environment("receipts")

    @property
    def counting(self) -> dict[str, str]:
        """Return what a function that counts queries finds in its environment."""
        return self._environment("rates")

    def grant_count_queries(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` count queries; the counters of others it cannot change."""
        self._tables["rates"].grant(grantee, "UpdateItem", beginning=COUNTERS)

    def grant_confirm(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` confirm receipts of events that it put into the stream."""
        self._grant(grantee, _CONFIRM)

    def grant_collect(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` confirm receipts, write down refusals and erasures, count requests; it reads none."""
        self._grant(grantee, _COLLECT)

    def grant_settle(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` keep the records of cleanings, settle receipts and link identities."""
        self._grant(grantee, _SETTLE)

    def grant_keep_profiles(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read and change profiles."""
        self._grant(grantee, _KEEP_PROFILES)

    def _environment(self, *tables: str) -> dict[str, str]:
        return {f"{table.upper()}_TABLE": self._tables[table].name for table in tables}

    def _grant(self, grantee: iam.IGrantable, uses: tuple[_Use, ...]) -> None:
        for use in uses:
            self._tables[use.table].grant(grantee, *use.actions)
