"""What update_profiles needs: its table and its rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tradewind.aws.profile_store import ProfileStore
from tradewind.errors import InputError
from tradewind.personalization.activities import Consent
from tradewind.personalization.profiles import Limits

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiling:
    """The profiles, which events may build them, and how much of a shopper they keep."""

    profiles: ProfileStore
    consent: Consent
    limits: Limits

    @classmethod
    def from_environment(cls, client: "DynamoDBClient", environ: Mapping[str, str]) -> "Profiling":
        """Return what the stack put into the function's environment. Raises: InputError naming what is missing."""
        keep = timedelta(days=_whole(environ, "PROFILE_DAYS"))
        return cls(
            profiles=ProfileStore(client, _text(environ, "PROFILES_TABLE"), keep),
            consent=Consent(
                category=_text(environ, "CONSENT_CATEGORY"), required=_text(environ, "CONSENT_REQUIRED") == "true"
            ),
            limits=Limits(
                interactions=_whole(environ, "PROFILE_INTERACTIONS"),
                gap=timedelta(minutes=_whole(environ, "SESSION_GAP_MINUTES")),
            ),
        )


def _text(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise InputError("environment variable", name, "set it (the stack does for its functions)")
    return environ[name]


def _whole(environ: Mapping[str, str], name: str) -> int:
    text = _text(environ, name)
    if not text.isdecimal():
        raise InputError(name, repr(text), "give a whole number")
    return int(text)
