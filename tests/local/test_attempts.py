"""A batch of stream records: in order, each until it has succeeded or was given up, and none lost on the way."""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.streams.attempts import EXHAUSTED, TOO_OLD, Answer, Deliverer, Item, Rules, deliver


class Consumer:
    """A function that fails on some records, and what became of all."""

    def __init__(self, answer: Callable[[list[int]], Answer], *, patience: int = 10**6, now: float = 0.0) -> None:
        self.calls: list[list[int]] = []
        self.seen: list[int] = []
        self.discarded: list[tuple[list[int], str, int]] = []
        self.position = -1
        self._answer = answer
        self._patience = patience
        self._now = now
        self.pauses: list[int] = []

    def take(self, count: int, rules: Rules, *, arrived: float = 0.0) -> bool:
        items = [Item(str(n), arrived + n, {"n": n}) for n in range(count)]
        effects = Deliverer(self._invoke, self._passed, self._discard, self._pause, lambda: self._now)
        return deliver(items, rules, effects)

    def _invoke(self, items: Sequence[Item]) -> Answer:
        numbers = [int(item.sequence) for item in items]
        self.calls.append(numbers)
        answer = self._answer(numbers)
        if not answer.failed and not answer.throttled:
            self.seen += numbers
        return answer

    def _passed(self, item: Item) -> None:
        assert int(item.sequence) > self.position
        self.position = int(item.sequence)

    def _discard(self, items: Sequence[Item], reason: str, attempts: int) -> None:
        self.discarded.append(([int(item.sequence) for item in items], reason, attempts))

    def _pause(self, failures: int) -> bool:
        self.pauses.append(failures)
        self._patience -= 1
        return self._patience >= 0


def _failing_on(*bad: int) -> Callable[[list[int]], Answer]:
    return lambda numbers: Answer(failed=bool(set(numbers) & set(bad)))


def _reporting(*bad: int) -> Callable[[list[int]], Answer]:
    def answer(numbers: list[int]) -> Answer:
        failures: list[Any] = [{"itemIdentifier": str(n)} for n in numbers if n in bad]
        return Answer({"batchItemFailures": failures})

    return answer


def test_a_batch_that_succeeds_is_called_once() -> None:
    consumer = Consumer(_failing_on())
    assert consumer.take(3, Rules())
    assert (consumer.calls, consumer.position) == ([[0, 1, 2]], 2)


def test_a_halved_batch_gives_up_the_bad_record_alone() -> None:
    consumer = Consumer(_failing_on(2))
    assert consumer.take(4, Rules(retries=1, bisect=True))
    # Halves until the bad one is alone; then its one retry.
    assert consumer.calls == [[0, 1, 2, 3], [0, 1], [2, 3], [2], [2], [3]]
    assert consumer.discarded == [([2], EXHAUSTED, 2)]
    assert consumer.position == 3


def test_without_halving_the_whole_batch_is_given_up_after_its_retries() -> None:
    consumer = Consumer(_failing_on(1))
    assert consumer.take(3, Rules(retries=2))
    assert consumer.calls == [[0, 1, 2]] * 3
    assert consumer.discarded == [([0, 1, 2], EXHAUSTED, 3)]
    assert consumer.position == 2


def test_a_reported_record_is_tried_again_with_those_behind_it() -> None:
    consumer = Consumer(_reporting(1))
    assert consumer.take(3, Rules(retries=1, partial=True))
    assert consumer.calls == [[0, 1, 2], [1, 2]]
    assert consumer.discarded == [([1, 2], EXHAUSTED, 2)]


def test_reports_and_halving_together_give_up_the_bad_record_alone() -> None:
    consumer = Consumer(_reporting(1))
    assert consumer.take(4, Rules(retries=0, partial=True, bisect=True))
    assert consumer.calls == [[0, 1, 2, 3], [1, 2, 3], [1], [2, 3]]
    assert consumer.discarded == [([1], EXHAUSTED, 1)]
    assert consumer.position == 3


def test_a_report_that_names_no_record_of_the_batch_fails_it_whole() -> None:
    reports: list[list[Any]] = [[{"itemIdentifier": "77"}], [{"itemIdentifier": None}], [{}], ["1"]]
    for failures in reports:
        answer = Answer({"batchItemFailures": failures})
        consumer = Consumer(lambda _, answer=answer: answer)  # type: ignore[misc]
        assert consumer.take(2, Rules(retries=0, partial=True))
        assert consumer.discarded == [([0, 1], EXHAUSTED, 1)]


def test_a_report_means_nothing_where_the_mapping_does_not_ask_for_it() -> None:
    consumer = Consumer(_reporting(0))
    assert consumer.take(2, Rules(retries=0))
    assert (consumer.discarded, consumer.position) == ([], 1)


def test_records_that_are_too_old_are_given_up_without_a_call() -> None:
    consumer = Consumer(_failing_on(), now=102.0)
    assert consumer.take(4, Rules(max_age=100))  # arrived at 0, 1, 2, 3: two are older than 100 seconds
    assert consumer.discarded == [([0, 1], TOO_OLD, 0)]
    assert (consumer.calls, consumer.position) == ([[2, 3]], 3)


def test_a_throttled_call_is_no_attempt() -> None:
    answers = iter([Answer(throttled=True)] * 3 + [Answer()])
    consumer = Consumer(lambda _: next(answers))
    assert consumer.take(2, Rules(retries=0))
    assert (consumer.discarded, len(consumer.calls), consumer.position) == ([], 4, 1)


def test_the_pauses_of_throttled_calls_do_not_grow_and_those_of_failures_do() -> None:
    answers = iter([*[Answer(throttled=True)] * 5, *[Answer(failed=True)] * 5, Answer()])
    consumer = Consumer(lambda _: next(answers))
    assert consumer.take(1, Rules())
    assert consumer.pauses == [3, 3, 3, 3, 3, 1, 2, 3, 4, 5]


def test_a_mapping_that_is_gone_leaves_the_rest_where_it_is() -> None:
    consumer = Consumer(_failing_on(1), patience=3)
    assert not consumer.take(2, Rules())
    assert (consumer.discarded, consumer.position) == ([], -1)


@given(
    count=st.integers(1, 30),
    bad=st.sets(st.integers(0, 29)),
    retries=st.integers(0, 3),
    bisect=st.booleans(),
    partial=st.booleans(),
)
def test_every_record_has_succeeded_or_is_given_up(
    count: int,
    bad: set[int],
    retries: int,
    bisect: bool,
    partial: bool,
) -> None:
    consumer = Consumer(_reporting(*bad) if partial else _failing_on(*bad))
    assert consumer.take(count, Rules(retries=retries, bisect=bisect, partial=partial))
    given_up = {n for numbers, _, _ in consumer.discarded for n in numbers}
    assert set(range(count)) == (set(consumer.seen) - bad) | given_up
    assert consumer.position == count - 1
    if bisect:
        assert given_up == bad & set(range(count))
