"""Events into profiles: each shopper of a batch is read once and written once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from tradewind.personalization.profiles import (
    Activity,
    Limits,
    Link,
    Profile,
    anonymous_key,
    handed_over,
    merged,
    profile_of,
    user_key,
)

_TRIES = 5  # other writers of the same shopper are the events of the same moment from other shards
_WRITERS = 8  # a write waits some milliseconds for DynamoDB and costs no time of ours


class ConflictError(Exception):
    """Somebody else wrote the profile since it was read."""


class Profiles(Protocol):
    """Where profiles are kept: a table, or a dictionary in tests of what happens between two writes."""

    def get(self, shoppers: Collection[str]) -> dict[str, Profile]:
        """Return the profiles that there are, by key."""

    def put(self, profile: Profile) -> None:
        """Store a profile as it was read plus changes. Raises: ConflictError where it is not as it was read."""


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of a batch: profiles written, and why others could not be."""

    written: int = 0
    failed: Mapping[str, Exception] = field(default_factory=dict)  # by key of the profile


def update(profiles: Profiles, activities: Sequence[Activity], limits: Limits) -> Updated:
    """Bring the profiles of all shoppers of `activities` up to date.

    Profiles that others wrote meanwhile are read again; what is in a profile already is not written once more, so that
    a batch that comes twice costs reads only. A profile that cannot be stored is named in the answer, stops no other.
    """
    written = 0
    failed: dict[str, Exception] = {}
    for _ in range(_TRIES):
        known = read(profiles, activities)
        wanted = [each for each in changed(activities, known, limits) if each.shopper not in failed]
        results = _write(profiles, wanted)
        failed |= {key: error for key, error in results.items() if not isinstance(error, ConflictError)}
        written += len(wanted) - len(results)
        conflicts = {key: error for key, error in results.items() if key not in failed}
        if not conflicts:
            break
    failed |= conflicts
    # Events of an anonymous id name that id alone: they are lost, too, where they would go to a user who is.
    links = _links(activities, known)
    return Updated(written, failed | {key: failed[link.user] for key, link in links.items() if link.user in failed})


def read(profiles: Profiles, activities: Iterable[Activity]) -> dict[str, Profile]:
    """Return the profiles that `activities` concern: those of their ids, and of the users that these are linked to."""
    known = profiles.get({key for each in activities for key in keys_of(each)})
    users = {profile.link.user for profile in known.values() if profile.link} - known.keys()
    return known | profiles.get(users) if users else known


def keys_of(activity: Activity) -> set[str]:
    """Return the keys of the profiles that an activity itself names."""
    return {_own_key(activity), *(anonymous_key(each) for each in activity.linked)}


def changed(activities: Sequence[Activity], known: Mapping[str, Profile], limits: Limits) -> list[Profile]:
    """Return the profiles that differ from `known` once `activities` are in them.

    Users come before the anonymous profiles that were merged into them: whoever is killed between the two writes does
    it again and finds the interactions in both.
    """
    links = _links(activities, known)
    after: dict[str, Profile] = {}
    for key, own in _by_shopper(activities, links).items():
        after[key] = merged(known.get(key, Profile(shopper=key)), profile_of(key, own, limits), limits)
    for anonymous, link in links.items():
        before = known.get(anonymous, Profile(shopper=anonymous))
        user = after.get(link.user) or known.get(link.user) or Profile(shopper=link.user)
        after[link.user] = merged(user, before, limits)
        seen = profile_of(anonymous, [each for each in activities if anonymous in keys_of(each)], limits)
        after[anonymous] = handed_over(merged(before, seen, limits), link)
    different = [profile for key, profile in after.items() if profile != known.get(key)]
    return sorted(different, key=lambda profile: (profile.link is not None, profile.shopper))


def _links(activities: Iterable[Activity], known: Mapping[str, Profile]) -> dict[str, Link]:
    """Return where the anonymous profiles belong that `activities` or their stored profiles link to a user."""
    links = {key: profile.link for key, profile in known.items() if profile.link}
    for each in activities:
        if each.user_id is None:
            continue
        for anonymous in map(anonymous_key, each.linked):
            link = Link(received=each.received, user=user_key(each.user_id))
            links[anonymous] = min(link, links.get(anonymous, link), key=lambda one: one.received)
    return links


def _by_shopper(activities: Iterable[Activity], links: Mapping[str, Link]) -> dict[str, list[Activity]]:
    found: dict[str, list[Activity]] = {}
    for each in activities:
        own = _own_key(each)
        found.setdefault(links[own].user if own in links else own, []).append(each)
    return found


def _own_key(activity: Activity) -> str:
    if activity.user_id is not None:
        return user_key(activity.user_id)
    return anonymous_key(activity.anonymous_id or "")


def _write(profiles: Profiles, wanted: Sequence[Profile]) -> dict[str, Exception]:
    """Return what went wrong, by key."""
    results: dict[str, Exception] = {}

    def put(profile: Profile) -> None:
        if profile.link is not None and profile.link.user in results:
            # Its interactions are in no other place yet.
            results[profile.shopper] = results[profile.link.user]
            return
        try:
            profiles.put(profile)
        except Exception as error:  # noqa: BLE001 - each one is reported with its key
            results[profile.shopper] = error

    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(put, [each for each in wanted if each.link is None]))
        list(pool.map(put, [each for each in wanted if each.link is not None]))
    return results
