"""Two readers of the same indexes: where the first cannot answer, the second does, so that the shop always answers."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.editing import UnknownIndex
from tradewind.search.filters import EVERYTHING, Filter
from tradewind.search.index import CatalogIndex, FacetValue, IndexUnavailable, KnownWord, Standing, Vocabulary
from tradewind.search.plan import Outcome, Plan

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# A cluster that failed is left alone for so long: each try costs a shopper its time-out.
REST_SECONDS = 15.0


class Reader(Protocol):
    """What opens indexes by name."""

    def named(self, name: str) -> tuple[CatalogIndex, IndexDefinition]:
        """Raises: UnknownIndex, IndexUnavailable."""


class FallbackReader:
    """Opens an index of the first reader; of the second where the first fails or does not have it yet.

    `first_answers` says of which names that is so; the others are the second reader's alone.
    """

    def __init__(
        self,
        first: Reader,
        second: Reader,
        *,
        first_answers: Callable[[str], bool] = lambda _: True,
        rest_seconds: float = REST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first = first
        self._second = second
        self._first_answers = first_answers
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._rests_until = float("-inf")

    def named(self, name: str) -> tuple[CatalogIndex, IndexDefinition]:
        """Return an index that answers whatever becomes of the first engine. Raises: UnknownIndex, IndexUnavailable."""
        if not self.rests and self._first_answers(name):
            try:
                index, definition = self._first.named(name)
            except IndexUnavailable as error:
                self.failed(name, error)
            except UnknownIndex:
                logger.warning("index %r is not on the cluster: the embedded one answers", name)
            else:
                return FallbackIndex(name, index, self), definition
        return self._second.named(name)

    @property
    def rests(self) -> bool:
        """Whether the first reader failed a moment ago."""
        return self._clock() < self._rests_until

    def failed(self, name: str, error: IndexUnavailable) -> None:
        """Leave the first reader alone for a while, and say why."""
        self._rests_until = self._clock() + self._rest_seconds
        logger.warning("index %r: %s: the embedded one answers for %g s", name, error, self._rest_seconds)

    def second(self, name: str) -> CatalogIndex:
        return self._second.named(name)[0]


class FallbackIndex:
    """An index of the first reader, until it fails; from then on the second's. `engine` says which it is."""

    def __init__(self, name: str, index: CatalogIndex, reader: FallbackReader) -> None:
        self._name = name
        self._index = index
        self._reader = reader
        self._fell = False

    @property
    def version(self) -> str:
        return self._index.version

    @property
    def engine(self) -> str:
        return self._index.engine

    @property
    def definition(self) -> IndexDefinition:
        return self._index.definition

    @property
    def encoder(self) -> str | None:
        return self._index.encoder

    @property
    def records(self) -> int:
        return self._index.records

    @property
    def unencoded(self) -> int:
        return self._index.unencoded

    @property
    def vocabulary(self) -> Vocabulary:
        return FallbackVocabulary(self)

    def search(self, plan: Plan) -> Outcome:
        return self.asked(lambda index: index.search(plan))

    def facet_values(self, plan: Plan, attribute: str, *, containing: str, limit: int) -> Sequence[FacetValue]:
        return self.asked(lambda index: index.facet_values(plan, attribute, containing=containing, limit=limit))

    def get(self, object_ids: Sequence[str]) -> Sequence[bytes | None]:
        return self.asked(lambda index: index.get(object_ids))

    def scan(
        self, *, filter: Filter = EVERYTHING, after: str | None = None, limit: int = 1000
    ) -> Sequence[tuple[str, bytes]]:
        return self.asked(lambda index: index.scan(filter=filter, after=after, limit=limit))

    def asked(self, ask: Callable[[CatalogIndex], Answer]) -> Answer:
        """Return the answer of the first index, or of the second where that fails. Raises: IndexUnavailable."""
        try:
            return ask(self._index)
        except IndexUnavailable as error:
            if self._fell:
                raise
            self._reader.failed(self._name, error)
            self._index, self._fell = self._reader.second(self._name), True
            return ask(self._index)


class FallbackVocabulary:
    """The words of an index that may fall back."""

    def __init__(self, index: FallbackIndex) -> None:
        self._index = index

    def products_with(self, word: str) -> int:
        return self._index.asked(lambda index: index.vocabulary.products_with(word))

    def near(self, word: str, edits: int) -> Sequence[KnownWord]:
        return self._index.asked(lambda index: index.vocabulary.near(word, edits))

    def beginning(self, prefix: str, limit: int) -> Sequence[KnownWord]:
        return self._index.asked(lambda index: index.vocabulary.beginning(prefix, limit))

    def standing(self, stems: tuple[str, ...], beside: tuple[str, ...]) -> Sequence[Standing]:
        return self._index.asked(lambda index: index.vocabulary.standing(stems, beside))
