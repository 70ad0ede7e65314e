"""Whether a shopper agreed that an event may be kept."""

from tradewind.events.enrichment.sent import Consent, Context


def is_refused(context: Context, *, category: str, required: bool) -> bool:
    """Say whether consent to `category` is refused: context.consent.categoryPreferences.<category> is false.

    Saying nothing about the category is no refusal, unless consent is `required`. The texts "true" and "false" and the
    numbers 1 and 0 count as what they mean; any other value says nothing.
    """
    if context.consent is None:
        return required
    preference = _preference(context.consent, category)
    if required:
        return preference is not True
    return preference is False


def _preference(consent: Consent, category: str) -> bool | None:
    preferences = consent.category_preferences
    value = preferences.get(category) if isinstance(preferences, dict) else None
    if value is True or value is False or value is None:
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return bool(value) if value in (0, 1) else None
