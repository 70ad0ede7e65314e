"""Events of one shopper, minutes after a fixed moment, and a table of profiles that is a dictionary."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tradewind.personalization.profiles import Activity, Interaction, Limits, Profile
from tradewind.personalization.updating import ConflictError

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LIMITS = Limits(interactions=5, gap=timedelta(minutes=30))


def at(minutes: float) -> str:
    """Return START plus minutes, as events have it."""
    return (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seen(
    minutes: float,
    *,
    user: str | None = None,
    anonymous: str | None = "a1",
    session: str | None = None,
    interaction: str | None = None,
    sku: str | None = None,
    event_id: str | None = None,
    received: float | None = None,
    links: tuple[str, ...] = (),
) -> Activity:
    """Return an event of `minutes`; received then too, unless said otherwise."""
    receipt = f"{int((received if received is not None else minutes) * 60):032x}-0000"
    received_at = at(received if received is not None else minutes)
    shared = {"at": at(minutes), "session": session, "anonymous_id": anonymous}
    lines: tuple[Interaction, ...] = ()
    if interaction is not None:
        lines = (
            Interaction(
                event_id=event_id or f"m{minutes:g}",
                line=1 if sku else 0,
                interaction=interaction,
                received=f"{received_at} {receipt}",
                sku=sku,
                **shared,  # type: ignore[arg-type]
            ),
        )
    return Activity(
        receipt=receipt,
        received_at=received_at,
        user_id=user,
        interactions=lines,
        linked=links,
        **shared,  # type: ignore[arg-type]
    )


class Shelf:
    """Profiles in a dictionary, with the conditions of the table; `before_put` may come in between."""

    def __init__(self) -> None:
        self.profiles: dict[str, Profile] = {}
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.before_put: Callable[[Profile], None] = lambda _profile: None

    def get(self, shoppers: Collection[str]) -> dict[str, Profile]:
        self.reads += sorted(shoppers)
        return {key: self.profiles[key] for key in shoppers if key in self.profiles}

    def put(self, profile: Profile) -> None:
        self.before_put(profile)
        there = self.profiles.get(profile.shopper)
        if (there.version if there else 0) != profile.version:
            raise ConflictError(profile.shopper)
        self.writes.append(profile.shopper)
        self.profiles[profile.shopper] = replace(profile, version=profile.version + 1)

    def skus(self, shopper: str) -> list[str | None]:
        """Return the SKUs of a profile, newest first."""
        return [each.sku for each in self.profiles[shopper].interactions]
