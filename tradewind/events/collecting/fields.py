"""Fields of an event that hold objects, kept as the JSON that they came as."""

from typing import Final

import msgspec

from tradewind.events.collecting.body import is_deeper
from tradewind.events.collecting.refusals import shortened
from tradewind.events.event import NO_OBJECT

Fields = dict[str, msgspec.Raw]  # of an object, by name, their values unread
FIELDS: Final = msgspec.json.Decoder(Fields)

_OBJECT: Final = b"{"
_NULL: Final = b"null"


class Wrong(Exception):
    """Why an event is refused: one of `refusals.EVENT_CODES`, and a message that names field, value and way out."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def object_of(name: str, raw: msgspec.Raw, *, levels: int) -> msgspec.Raw:
    """Return field `name`, an object of at most so many levels; null is an empty one. Raises: Wrong."""
    return raw if checked_object(name, bytes(raw), levels=levels) else NO_OBJECT


def checked_object(name: str, text: bytes, *, levels: int) -> bytes:
    """Return the JSON of such a field; nothing for null. Raises: Wrong."""
    if not text.startswith(_OBJECT):
        if text == _NULL:
            return b""
        raise Wrong("wrong_type", f"{name} {shortened(text.decode())}: must be an object; send names and values")
    if is_deeper(text, levels):
        raise Wrong("too_deep", f"{name}: is nested deeper than {levels} levels; flatten it")
    return text
