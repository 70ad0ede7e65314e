"""docs/events.md explains each code that an answer may have."""

import re
from pathlib import Path

from tradewind.events.collecting.refusals import EVENT_CODES, REQUEST_CODES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "events.md"


def test_each_code_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))
    assert explained >= {*EVENT_CODES, *REQUEST_CODES}
