from typing import Any

import pytest

from tests.enrichment.contexts import context
from tradewind.events.enrichment.consent import is_refused
from tradewind.events.enrichment.sent import Context


def preferring(value: Any) -> Context:
    return context(consent={"categoryPreferences": {"analytics": value, "advertising": False}})


@pytest.mark.parametrize("value", [False, "false", "False", 0])
def test_no_is_a_refusal(value: Any) -> None:
    assert is_refused(preferring(value), category="analytics", required=False)
    assert is_refused(preferring(value), category="analytics", required=True)


@pytest.mark.parametrize("value", [True, "true", 1])
def test_yes_is_consent(value: Any) -> None:
    assert not is_refused(preferring(value), category="analytics", required=False)
    assert not is_refused(preferring(value), category="analytics", required=True)


SILENT = [
    context(),
    context(consent=None),
    context(consent={}),
    context(consent="no"),
    context(consent={"categoryPreferences": None}),
    context(consent={"categoryPreferences": [False]}),
    context(consent={"categoryPreferences": {"advertising": False}}),
    preferring(None),
    preferring("later"),
    preferring({}),
]


@pytest.mark.parametrize("silent", SILENT)
def test_saying_nothing_is_no_refusal_unless_consent_is_required(silent: Context) -> None:
    assert not is_refused(silent, category="analytics", required=False)
    assert is_refused(silent, category="analytics", required=True)


def test_only_the_shops_category_counts() -> None:
    assert is_refused(preferring(True), category="advertising", required=False)
