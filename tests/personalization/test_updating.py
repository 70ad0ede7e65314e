"""Batches of events into the profiles of their shoppers."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.personalization.activities import LIMITS, Shelf, at, seen
from tradewind.personalization.profiles import Activity, Profile
from tradewind.personalization.updating import ConflictError, Updated, update


def test_a_shopper_is_read_once_and_written_once_a_batch() -> None:
    shelf = Shelf()
    done = update(shelf, [seen(minute, interaction="view", sku=f"S{minute}") for minute in range(3)], LIMITS)

    assert done == Updated(written=1)
    assert (shelf.reads, shelf.writes) == (["anonymous:a1"], ["anonymous:a1"])
    assert shelf.skus("anonymous:a1") == ["S2", "S1", "S0"]


def test_the_same_batch_again_writes_nothing() -> None:
    shelf = Shelf()
    batch = [
        seen(0, interaction="view", sku="A"),
        seen(1, user="u1", links=("a1",)),
        seen(2, user="u2", anonymous=None),
    ]
    update(shelf, batch, LIMITS)
    before = dict(shelf.profiles)

    assert update(shelf, batch, LIMITS) == Updated(written=0)
    assert shelf.profiles == before


def test_a_user_with_an_anonymous_id_is_the_user() -> None:
    shelf = Shelf()
    update(shelf, [seen(0, user="u1", interaction="view", sku="A")], LIMITS)

    assert list(shelf.profiles) == ["user:u1"]


def test_an_identify_brings_what_was_anonymous_to_the_user() -> None:
    shelf = Shelf()
    update(shelf, [seen(0, interaction="view", sku="A")], LIMITS)
    update(shelf, [seen(5, user="u1", links=("a1",)), seen(6, user="u1", interaction="purchase", sku="B")], LIMITS)

    assert shelf.skus("user:u1") == ["B", "A"]
    assert shelf.profiles["user:u1"].first_seen == at(0)
    assert shelf.skus("anonymous:a1") == []


def test_an_anonymous_event_after_or_late_before_the_identify_goes_to_the_user() -> None:
    shelf = Shelf()
    update(shelf, [seen(5, user="u1", links=("a1",))], LIMITS)
    update(
        shelf, [seen(1, interaction="view", sku="BEFORE", received=6), seen(8, interaction="view", sku="AFTER")], LIMITS
    )

    assert shelf.skus("user:u1") == ["AFTER", "BEFORE"]
    assert shelf.skus("anonymous:a1") == []


def test_an_anonymous_id_belongs_to_the_user_that_it_was_linked_to_first() -> None:
    shelf = Shelf()
    update(shelf, [seen(2, user="second", links=("a1",)), seen(1, user="first", links=("a1",))], LIMITS)
    update(shelf, [seen(3, interaction="view", sku="A")], LIMITS)

    assert shelf.skus("user:first") == ["A"]
    assert shelf.skus("user:second") == []


def test_what_another_writer_stored_in_between_is_kept() -> None:
    shelf = Shelf()

    def another_writer(_profile: Profile) -> None:
        shelf.before_put = lambda _profile: None
        update(shelf, [seen(1, interaction="view", sku="THEIRS")], LIMITS)

    shelf.before_put = another_writer

    assert update(shelf, [seen(0, interaction="view", sku="OURS")], LIMITS) == Updated(written=1)
    assert shelf.skus("anonymous:a1") == ["THEIRS", "OURS"]


def test_an_anonymous_event_that_another_writer_stores_during_the_identify_is_not_lost() -> None:
    shelf = Shelf()
    update(shelf, [seen(0, interaction="view", sku="A")], LIMITS)

    def another_writer(profile: Profile) -> None:
        if profile.link is not None:
            shelf.before_put = lambda _profile: None
            update(shelf, [seen(1, interaction="view", sku="B")], LIMITS)

    shelf.before_put = another_writer
    update(shelf, [seen(5, user="u1", links=("a1",))], LIMITS)

    assert shelf.skus("user:u1") == ["B", "A"]
    assert shelf.skus("anonymous:a1") == []


def test_a_profile_that_cannot_be_stored_stops_no_other() -> None:
    shelf = Shelf()
    broken = OSError("no space")

    def refuse(profile: Profile) -> None:
        if profile.shopper == "user:u1":
            raise broken

    shelf.before_put = refuse
    done = update(shelf, [seen(0, user="u1"), seen(0, user="u2", anonymous=None)], LIMITS)

    assert done == Updated(written=1, failed={"user:u1": broken})
    assert list(shelf.profiles) == ["user:u2"]


def test_an_anonymous_profile_stays_full_where_its_user_cannot_be_stored() -> None:
    shelf = Shelf()
    update(shelf, [seen(0, interaction="view", sku="A")], LIMITS)

    def refuse(profile: Profile) -> None:
        if profile.shopper == "user:u1":
            raise OSError

    shelf.before_put = refuse
    done = update(shelf, [seen(5, user="u1", links=("a1",))], LIMITS)

    assert set(done.failed) == {"user:u1", "anonymous:a1"}
    assert shelf.skus("anonymous:a1") == ["A"]


def test_a_profile_that_is_always_written_by_others_is_given_back_in_the_end() -> None:
    shelf = Shelf()

    def always_late(profile: Profile) -> None:
        raise ConflictError(profile.shopper)

    shelf.before_put = always_late
    done = update(shelf, [seen(0)], LIMITS)

    assert done.written == 0
    assert isinstance(done.failed["anonymous:a1"], ConflictError)


batches = st.lists(
    st.lists(
        st.builds(
            lambda minute, device, login, interaction: (
                seen(minute, user="u1", anonymous=device, links=(device,), received=minute)
                if login
                else seen(minute, anonymous=device, interaction=interaction, sku="S", event_id=f"{minute} {device}")
            ),
            st.integers(0, 100),
            st.sampled_from(["phone", "laptop"]),
            st.booleans(),
            st.sampled_from([None, "view"]),
        ),
        max_size=6,
    ),
    max_size=4,
)


@settings(max_examples=60)
@given(batches, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_batches_changes_what_is_known(
    planned: list[list[Activity]], random: object
) -> None:
    in_order, shuffled = Shelf(), Shelf()
    for batch in planned:
        update(in_order, batch, LIMITS)
    again = planned + planned[:2]
    random.shuffle(again)  # type: ignore[attr-defined]
    for batch in again:
        update(shuffled, batch, LIMITS)

    def known(shelf: Shelf) -> dict[str, tuple[object, ...]]:
        return {
            key: (each.interactions, each.visits, each.link, each.first_seen, each.last_seen)
            for key, each in shelf.profiles.items()
        }

    assert known(shuffled) == known(in_order)


@given(st.integers(0, 6))
def test_killed_between_any_two_writes_the_same_batch_again_makes_it_whole(writes: int) -> None:
    batch = [
        seen(0, interaction="view", sku="A"),
        seen(5, user="u1", links=("a1",)),
        seen(6, interaction="view", sku="B"),
    ]
    whole, torn = Shelf(), Shelf()
    for shelf in (whole, torn):
        update(shelf, [seen(-5, interaction="view", sku="OLD")], LIMITS)
    update(whole, batch, LIMITS)
    left = [writes]

    def die(_profile: Profile) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt

    torn.before_put = die
    with suppress(KeyboardInterrupt):
        update(torn, batch, LIMITS)
    torn.before_put = lambda _profile: None
    update(torn, batch, LIMITS)

    assert {key: torn.skus(key) for key in torn.profiles} == {key: whole.skus(key) for key in whole.profiles}


def test_an_anonymous_event_is_given_back_where_its_user_cannot_be_stored() -> None:
    shelf = Shelf()
    update(shelf, [seen(5, user="u1", links=("a1",)), seen(9)], LIMITS)

    def refuse(profile: Profile) -> None:
        if profile.shopper == "user:u1":
            raise OSError

    shelf.before_put = refuse
    # Changes nothing of the anonymous profile: it was seen later and earlier.
    done = update(shelf, [seen(6, interaction="view", sku="A")], LIMITS)

    assert set(done.failed) == {"user:u1", "anonymous:a1"}
