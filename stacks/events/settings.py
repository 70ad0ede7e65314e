"""What functions of the events way find of Config in their environment."""

from dataclasses import fields

from tradewind.config import Config, Events

_NAMES = frozenset(field.name for field in fields(Events))


def limits(config: Config, *names: str) -> dict[str, str]:
    """Return fields of `config.events` as variables: MAX_BODY for max_body; yes or no as true or false.

    Raises: ValueError for a field that Events does not have.
    """
    unknown = set(names) - _NAMES
    if unknown:
        raise ValueError(f"limits of events: {sorted(unknown)} are no fields of tradewind.config.Events")
    return {name.upper(): _text(getattr(config.events, name)) for name in names}


def consent(config: Config) -> dict[str, str]:
    """Return which events may be kept, for whoever looks at events one by one."""
    return limits(config, "consent_category", "consent_required")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
