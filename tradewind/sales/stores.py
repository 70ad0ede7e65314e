"""What the sales path reads and writes, as one value that the composition root (`tradewind.aws.wiring`) fills."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradewind.config import Limits

if TYPE_CHECKING:
    from tradewind.aws.lake_store import LakeStore
    from tradewind.aws.load_store import LoadStore
    from tradewind.aws.sales_job import SalesJob
    from tradewind.aws.sales_queue import SalesQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesStores:
    """The registry, the lake, the queue and the Spark job of one deployment, with its limits."""

    loads: "LoadStore"
    lake: "LakeStore"
    queue: "SalesQueue"
    job: "SalesJob"
    limits: Limits
