"""Both engines are filled: the one that answers, and the embedded one that it falls back to."""

from collections.abc import Callable
from dataclasses import replace

from tradewind.catalog.publishing import Changes, Published, Publisher
from tradewind.catalog.raw_definition import RawDefinition


class BothPublishers:
    """Publishes to the fallback first and then to the engine that answers; what the latter says is what counts.

    A failure of either leaves the tasks open, and all is done again.
    """

    def __init__(self, answering: Publisher, fallback: Publisher) -> None:
        self._answering = answering
        self._fallback = fallback

    def knows(self, index_id: str, name: str) -> bool:
        return self._answering.knows(index_id, name) and self._fallback.knows(index_id, name)

    def publish(self, changes: Changes, *, encode_for: Callable[[], bool]) -> Published:
        twice = replace(changes, puts=list(changes.puts))  # each walks over them
        self._fallback.publish(twice, encode_for=encode_for)
        return self._answering.publish(twice, encode_for=encode_for)

    def point(self, name: str, *, index_id: str, definition: RawDefinition) -> None:
        for each in (self._fallback, self._answering):
            each.point(name, index_id=index_id, definition=definition)

    def point_replica(self, name: str, *, primary: str, definition: RawDefinition) -> None:
        for each in (self._fallback, self._answering):
            each.point_replica(name, primary=primary, definition=definition)

    def remove(self, name: str) -> None:
        for each in (self._fallback, self._answering):
            each.remove(name)

    def lacks_vectors(self, name: str) -> bool:
        return self._answering.lacks_vectors(name) or self._fallback.lacks_vectors(name)

    def sweep(self, live: frozenset[str]) -> None:
        for each in (self._fallback, self._answering):
            each.sweep(live)
