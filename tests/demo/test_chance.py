from collections import Counter
from random import Random

import pytest

from tradewind.demo.chance import Weighted, below, between, chance, pick, stream


def test_a_stream_of_one_name_does_not_depend_on_the_others() -> None:
    first = stream(1, "sales")
    stream(1, "products").random()
    assert first.random() == stream(1, "sales").random()
    assert stream(1, "sales").random() != stream(1, "products").random()


def test_weights_are_the_shares_of_the_draws() -> None:
    rng = Random(5)
    weighted = Weighted([("often", 3), ("never", 0), ("seldom", 1)])
    counts = Counter(weighted.pick(rng) for _ in range(4000))
    assert counts["never"] == 0
    assert counts["often"] == pytest.approx(3000, rel=0.05)


def test_between_takes_both_ends() -> None:
    rng = Random(1)
    assert {between(rng, 3, 5) for _ in range(100)} == {3, 4, 5}
    assert {below(rng, 2) for _ in range(100)} == {0, 1}
    assert {pick(rng, "ab") for _ in range(100)} == {"a", "b"}


def test_a_chance_of_none_and_of_all() -> None:
    rng = Random(1)
    assert not any(chance(rng, 0) for _ in range(100))
    assert all(chance(rng, 100) for _ in range(100))
