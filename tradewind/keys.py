"""The keys of a deployment: who may write events, search, administrate. Only their hashes are stored in the cloud."""

import hashlib
import string
from collections.abc import Callable
from dataclasses import asdict, dataclass

_APP_ID_SYMBOLS = string.ascii_uppercase + string.digits
_KEY_SYMBOLS = "0123456789abcdef"
_APP_ID_LENGTH = 10
_KEY_LENGTH = 32  # 128 bits

Choose = Callable[[str], str]  # one symbol of a text, at random


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys in plain text. `app_id` names the deployment and is no secret."""

    app_id: str
    write_key: str  # sends events
    search_key: str  # searches every index
    admin_key: str  # has every right on every index

    def records(self) -> list[tuple[str, str]]:
        """Return (key hash, kind) of each secret: what the cloud may know."""
        return [(key_hash(key), kind.removesuffix("_key")) for kind, key in asdict(self).items() if kind != "app_id"]


def new_keys(choose: Choose) -> Keys:
    """Return fresh keys; `choose` is `secrets.choice` outside tests."""

    def text(symbols: str, length: int) -> str:
        return "".join(choose(symbols) for _ in range(length))

    return Keys(
        app_id=text(_APP_ID_SYMBOLS, _APP_ID_LENGTH),
        write_key=text(_KEY_SYMBOLS, _KEY_LENGTH),
        search_key=text(_KEY_SYMBOLS, _KEY_LENGTH),
        admin_key=text(_KEY_SYMBOLS, _KEY_LENGTH),
    )


def key_hash(key: str) -> str:
    """Return the SHA-256 of a key in hex: 128 random bits need no salt and no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
