"""A profile is the union of what its events say."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.personalization.activities import LIMITS, at, seen
from tradewind.personalization.profiles import (
    Activity,
    Limits,
    Profile,
    anonymous_key,
    counts,
    merged,
    profile_of,
    user_key,
)


def made(*activities: Activity, limits: Limits = LIMITS) -> Profile:
    return profile_of("user:u1", activities, limits)


def test_the_newest_interactions_are_kept_newest_first() -> None:
    profile = made(*(seen(minute, interaction="view", sku=f"S{minute}") for minute in range(8)))

    # 8 views, 5 are kept: 7, 6, 5, 4, 3.
    assert [each.sku for each in profile.interactions] == ["S7", "S6", "S5", "S4", "S3"]


def test_a_profile_knows_when_its_shopper_was_seen_first_and_last() -> None:
    profile = made(seen(20, received=21), seen(5, received=90), seen(10, received=11))

    assert (profile.first_seen, profile.last_seen, profile.last_received) == (at(5), at(20), at(90))


def test_events_with_short_gaps_are_one_session() -> None:
    # 0 -> 29 -> 58 have gaps of 29 minutes; 58 -> 88 is a gap of 30 minutes, and that is a new session.
    profile = made(*(seen(minute, interaction="view", sku="S") for minute in (0, 29, 58, 88)))

    assert [(visit.started_at, visit.last_at) for visit in profile.visits] == [(at(88), at(88)), (at(0), at(58))]
    assert profile.session is profile.visits[0]
    assert counts(profile) == {"view": 1}


def test_a_late_event_closes_the_gap_between_two_sessions() -> None:
    two = made(seen(0), seen(40))
    late = merged(two, made(seen(20)), LIMITS)

    assert len(two.visits) == 2
    assert [(visit.started_at, visit.last_at) for visit in late.visits] == [(at(0), at(40))]


def test_a_client_session_lasts_however_long_its_gaps_are() -> None:
    profile = made(seen(0, session="s1", interaction="view"), seen(300, session="s1", interaction="click"))

    assert profile.session is not None
    assert (profile.session.id, profile.session.started_at) == ("s1", at(0))
    assert counts(profile) == {"click": 1, "view": 1}


def test_the_session_is_the_one_of_the_last_event_not_of_the_last_arrival() -> None:
    profile = merged(made(seen(100, session="new")), made(seen(0, session="old")), LIMITS)

    assert profile.session is not None
    assert profile.session.id == "new"


def test_sessions_of_two_devices_are_two() -> None:
    profile = made(seen(0, anonymous="phone"), seen(1, anonymous="laptop"), seen(2, anonymous="phone"))

    assert [visit.anonymous_id for visit in profile.visits] == ["phone", "laptop"]


def test_a_session_without_client_or_anonymous_id_has_no_id() -> None:
    profile = made(seen(0, anonymous=None))

    assert profile.session is not None
    assert profile.session.id is None


def test_a_session_counts_events_not_products() -> None:
    order = seen(1, interaction="purchase", sku="A", event_id="order")
    (first,) = order.interactions
    two_lines = replace(order, interactions=(first, replace(first, line=2, sku="B")))
    profile = made(seen(0, interaction="view", sku="A"), two_lines)

    assert counts(profile) == {"purchase": 1, "view": 1}
    # Lines of one event in their order, after it what was before.
    assert [(each.interaction, each.sku) for each in profile.interactions] == [
        ("purchase", "A"),
        ("purchase", "B"),
        ("view", "A"),
    ]


def test_of_a_message_id_sent_twice_the_first_received_counts() -> None:
    first = made(seen(0, interaction="view", sku="FIRST", event_id="m", received=1))
    second = made(seen(9, interaction="view", sku="SECOND", event_id="m", received=2))

    assert [each.sku for each in merged(second, first, LIMITS).interactions] == ["FIRST"]


def test_a_users_id_that_is_anothers_anonymous_id_is_somebody_else() -> None:
    assert user_key("7") != anonymous_key("7")


def test_an_id_longer_than_a_key_may_be_becomes_its_digest() -> None:
    assert user_key("x" * 3000).startswith("user:sha256:")
    assert user_key("x" * 3000) != user_key("x" * 2999)
    assert len(user_key("x" * 3000)) == len("user:sha256:") + 64


# Few minutes, devices and sessions, so that events meet; within a day, for older sessions are forgotten.
events = st.lists(
    st.builds(
        lambda minute, device, session, interaction: seen(
            minute,
            anonymous=device,
            session=session,
            interaction=interaction,
            sku="S",
            event_id=f"{minute} {device} {session} {interaction}",
        ),
        st.integers(0, 180),
        st.sampled_from(["phone", "laptop"]),
        st.sampled_from([None, None, "s1"]),
        st.sampled_from([None, "view", "purchase"]),
    ),
    max_size=12,
)


@given(events, st.randoms(use_true_random=False), st.integers(0, 12))
def test_neither_order_nor_repetition_nor_batches_change_a_profile(
    activities: list[Activity], random: object, cut: int
) -> None:
    shuffled = activities + activities[:3]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    in_two = merged(made(*shuffled[:cut]), made(*shuffled[cut:]), LIMITS)

    assert in_two == made(*activities)
    assert merged(in_two, made(*activities), LIMITS) == in_two


@given(events)
def test_sessions_are_those_of_a_slow_walk_through_the_events(activities: list[Activity]) -> None:
    profile = made(*activities)
    walked: list[list[str]] = []
    last: dict[tuple[str | None, str | None], list[str]] = {}
    for each in sorted(activities, key=lambda activity: activity.at):
        whose = (each.session, None if each.session else each.anonymous_id)
        open_one = last.get(whose)
        if open_one is None or (each.session is None and between(open_one[1], each.at) >= timedelta(minutes=30)):
            open_one = last[whose] = [each.at, each.at]
            walked.append(open_one)
        open_one[1] = each.at
    newest = sorted(([start, end] for start, end in walked), key=lambda visit: (visit[1], visit[0]), reverse=True)

    assert [[visit.started_at, visit.last_at] for visit in profile.visits] == newest[:10]


def between(earlier: str, later: str) -> timedelta:
    return datetime.fromisoformat(later) - datetime.fromisoformat(earlier)


def test_a_session_that_two_devices_open_at_once_names_the_same_one_whatever_comes_first() -> None:
    phone = seen(0, session="s1", anonymous="phone")
    laptop = seen(0, session="s1", anonymous="laptop")

    assert made(phone, laptop) == made(laptop, phone)
    assert made(phone, laptop).visits[0].anonymous_id == "laptop"
