"""The words of an index on a cluster: asked for one by one, remembered for as long as the version is open."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tradewind.aws.opensearch_client import unavailable
from tradewind.search.index import KnownWord, Standing
from tradewind.search.opensearch import vocabulary

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

_REMEMBERED = 10_000  # answers of each kind


class OpenSearchVocabulary:
    """The vocabulary of one version. Safe for several threads."""

    def __init__(self, client: "OpenSearch", index: str) -> None:
        self._client = client
        self._index = index
        self.products_with = lru_cache(_REMEMBERED)(self._products_with)
        self.near = lru_cache(_REMEMBERED)(self._near)
        self.beginning = lru_cache(_REMEMBERED)(self._beginning)
        self.standing = lru_cache(_REMEMBERED)(self._standing)

    def _products_with(self, word: str) -> int:
        return vocabulary.count_in(self._asked(vocabulary.counting(word)))

    def _near(self, word: str, edits: int) -> Sequence[KnownWord]:
        return vocabulary.near_in(self._asked(vocabulary.near(word, edits)), word, edits)

    def _beginning(self, prefix: str, limit: int) -> Sequence[KnownWord]:
        return vocabulary.beginning_in(self._asked(vocabulary.beginning(prefix, limit)))

    def _standing(self, stems: tuple[str, ...], beside: tuple[str, ...]) -> Sequence[Standing]:
        return vocabulary.standing_in(self._asked(vocabulary.standing(stems, beside)), stems, beside)

    def _asked(self, search: dict[str, Any]) -> Any:
        with unavailable(f"words of index {self._index}"):
            return self._client.search(body=search, index=self._index)
