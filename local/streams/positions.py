"""How far each consumer of a stream is: a line of the journal for every step, written after the work that it covers.

A consumer that is killed between its work and the line does the work again, as on AWS.
"""

from collections.abc import Iterable, Mapping

from local.durability.journal import Journal, Record

KIND = "position"

# By shard. Of Kinesis the sequence number of the last record that was consumed; of a table's changes their count.
Places = Mapping[str, str | int]


class Positions:
    """The positions of all consumers, by the consumer's name."""

    def __init__(self, journal: Journal, records: Iterable[Record]) -> None:
        """Take up the positions in `records`, the lines of the journals so far."""
        self._journal = journal
        self._places: dict[str, dict[str, str | int]] = {}
        for record in records:
            if record["kind"] == KIND:
                self._keep(record["consumer"], record["places"])

    def of(self, consumer: str) -> Places:
        return self._places.get(consumer, {})

    def advance(self, consumer: str, places: Places) -> None:
        """Write down where `consumer` is in these shards.

        Raises: OSError when it cannot be written; the consumer is then where it was.
        """
        with self._journal.lock:
            self._journal.append({"kind": KIND, "consumer": consumer, "places": dict(places)})
            self._keep(consumer, places)

    def forget(self, consumer: str) -> None:
        """Drop a consumer that is gone."""
        if consumer in self._places:
            with self._journal.lock:
                self._journal.append({"kind": KIND, "consumer": consumer, "places": None})
                self._keep(consumer, None)

    def carry_over(self) -> None:
        """Write all positions into a new journal: the snapshot before it does not hold them."""
        for consumer, places in self._places.items():
            self._journal.append({"kind": KIND, "consumer": consumer, "places": places})

    def _keep(self, consumer: str, places: Places | None) -> None:
        if places is None:
            self._places.pop(consumer, None)
        else:
            self._places[consumer] = {**self._places.get(consumer, {}), **places}
