"""Secured keys: base64(hex(HMAC-SHA256(parent key, restrictions)) + restrictions), made by shops' own servers."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

_SIGNATURE: Final = 64  # hex digits
_HEX: Final = frozenset("0123456789abcdef")
_LONGEST: Final = 16_384  # characters; Algolia's own clients send 500 at most in headers of many servers


@dataclass(frozen=True, slots=True)
class SecuredKey:
    """What a key claims; nothing of it is true before `is_signed_by`."""

    signature: str
    restrictions: str  # URL-encoded parameters, as they were signed

    def is_signed_by(self, parent: str) -> bool:
        """Return whether `parent` (in plain text) signed the restrictions; takes equally long for all answers."""
        return hmac.compare_digest(self.signature, _signature(parent, self.restrictions))


def read_secured_key(key: str) -> SecuredKey | None:
    """Return what a key claims to be; None where it has not the form of a secured key."""
    if not _SIGNATURE < len(key) <= _LONGEST:
        return None
    try:
        text = base64.b64decode(key.strip() + "=" * (-len(key.strip()) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    signature, restrictions = text[:_SIGNATURE], text[_SIGNATURE:]
    if len(signature) < _SIGNATURE or not frozenset(signature) <= _HEX:
        return None
    return SecuredKey(signature, restrictions)


def secured_key(parent: str, restrictions: str) -> str:
    """Return the key that `parent` signs for URL-encoded restrictions."""
    return base64.b64encode((_signature(parent, restrictions) + restrictions).encode()).decode()


def _signature(parent: str, restrictions: str) -> str:
    return hmac.new(parent.encode(), restrictions.encode(), hashlib.sha256).hexdigest()
