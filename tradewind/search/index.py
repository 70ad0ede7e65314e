"""The interface of the two engines: an index of a catalogue that carries out plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tradewind.catalog.definition import IndexDefinition
from tradewind.search.filters import EVERYTHING, Filter
from tradewind.search.plan import Outcome, Plan


class IndexUnavailable(Exception):
    """The index cannot be read now (missing, damaged, cluster asleep); the text says what and is for logs."""


@dataclass(frozen=True, slots=True)
class KnownWord:
    """A word of the index: folded, as it stands in texts, not stemmed."""

    word: str
    edits: int  # from the word that was asked for
    products: int  # that hold it


@dataclass(frozen=True, slots=True)
class Standing:
    """How a stem stands in the index, in products. The first place is the first of the searchable attributes."""

    products: int = 0  # that hold it
    in_first: int = 0  # of these, that hold it in the first place
    beside: int = 0  # of those, that hold another stem there too, summed over the others


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int


class Vocabulary(Protocol):
    """The words of the searchable attributes; what spelling and suggestions know."""

    def products_with(self, word: str) -> int:
        """Return how many products hold the folded word; 0: the index does not know it."""

    def near(self, word: str, edits: int) -> Sequence[KnownWord]:
        """Return known words 1 to `edits` (1 or 2) edits away (optimal string alignment); fewest edits, then most
        products first."""

    def beginning(self, prefix: str, limit: int) -> Sequence[KnownWord]:
        """Return known words that begin so, most products first."""

    def standing(self, stems: tuple[str, ...], beside: tuple[str, ...]) -> Sequence[Standing]:
        """Return how each of `stems` stands, alone and with each of the stems `beside` it; none is beside itself."""


class CatalogIndex(Protocol):
    """One version of one index, ready to search. Safe for several threads."""

    @property
    def version(self) -> str:
        """Which version: changes with every change that can be seen."""

    @property
    def engine(self) -> str:
        """ "embedded" or "opensearch"."""

    @property
    def definition(self) -> IndexDefinition: ...

    @property
    def encoder(self) -> str | None:
        """Name of the encoder of the stored vectors; None: there are none, search is by words alone."""

    @property
    def records(self) -> int:
        """How many live records there are."""

    @property
    def unencoded(self) -> int:
        """How many of them have no vector yet."""

    @property
    def vocabulary(self) -> Vocabulary: ...

    def search(self, plan: Plan) -> Outcome:
        """Carry out a plan. Raises: IndexUnavailable."""

    def facet_values(self, plan: Plan, attribute: str, *, containing: str, limit: int) -> Sequence[FacetValue]:
        """Return values of a facet over the plan's match set with a word that begins with `containing` (folded),
        highest count first."""

    def get(self, object_ids: Sequence[str]) -> Sequence[bytes | None]:
        """Return records in the order of the ids; None for an unknown one."""

    def scan(
        self, *, filter: Filter = EVERYTHING, after: str | None = None, limit: int = 1000
    ) -> Sequence[tuple[str, bytes]]:
        """Return up to `limit` (object id, record) in the order of ids: those that meet `filter`, after `after`."""
