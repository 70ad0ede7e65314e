"""The publish gate of the function that changes indexes: within the time that a request has."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from tradewind.aws.judgement_store import JudgementStore
from tradewind.aws.unavailable import unavailable
from tradewind.catalog.definition_changes import DefinitionChange
from tradewind.catalog.editing import Catalog
from tradewind.search.encoder import TextEncoder
from tradewind.search.serving.shop import IndexReader

# Of an answer within 28 s on one processor: 300 queries are asked twice, some 10 ms each; a snapshot of 200,000 records
# is fetched in some seconds.
MOST_QUERIES: Final = 300
MOST_RECORDS: Final = 200_000
MOST_SECONDS: Final = 20.0  # for both; the store and the answer take the rest


class StoredJudgementsGate:
    """Compares a change on the stored judgements of its index; one that has none passes without a look at it."""

    def __init__(
        self,
        judgements: JudgementStore,
        catalog: Catalog,
        indexes: Callable[[], IndexReader],
        encoder: Callable[[], TextEncoder | None],
    ) -> None:
        self._judgements = judgements
        self._catalog = catalog
        self._indexes = indexes
        self._encoder = encoder

    def refusal(self, index: str, change: DefinitionChange, now: datetime) -> str | None:
        """Return why the change is refused, with figures and ways out; None where it may be made.

        Raises: IndexUnavailable, Unavailable.
        """
        with unavailable("judgements"):
            judged = self._judgements.guarding(index)
        if judged is None:
            return None
        # Imported here: hardly a request needs it.
        from tradewind.evaluation.guarding import Effort, judge_definition

        found = judge_definition(
            index,
            change,
            judged,
            catalog=self._catalog,
            indexes=self._indexes(),
            encoder=self._encoder,
            now=now,
            effort=Effort(
                queries=MOST_QUERIES,
                records=MOST_RECORDS,
                new_index=False,
                seconds=MOST_SECONDS,
                clock=time.monotonic,
            ),
        )
        if found.allowed:
            return None
        return (
            f"index {index}: {found}; refused because the index has stored judgements: try it with `tradewind settings "
            "set --dry-run`, `synonyms import --check` or `rules import --check`, send what belongs together in one "
            "batch, or repeat with the query parameter force=true"
        )
