"""IP addresses, kept only as far as they say where about someone is."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

import msgspec

_DROPPED_4: Final = 32 - 24  # bits
_DROPPED_6: Final = 128 - 48

_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NULL: Final = msgspec.Raw(b"null")


@lru_cache(maxsize=256)
def truncated(address: str) -> str | None:
    """Return the address with its end set to 0 (IPv4 /24, IPv6 /48), None for what is no address."""
    try:
        read: IPv4Address | IPv6Address = ip_address(address.strip())
    except ValueError:
        return None
    if isinstance(read, IPv6Address) and read.ipv4_mapped:
        read = read.ipv4_mapped
    if isinstance(read, IPv4Address):
        return str(IPv4Address(int(read) >> _DROPPED_4 << _DROPPED_4))
    return str(IPv6Address(int(read) >> _DROPPED_6 << _DROPPED_6))


def with_truncated_address(context: bytes, address: object) -> bytes:
    """Return an object in JSON with its `ip`, which is `address`, truncated; null where it is no address.

    It is replaced wherever else in the object it stands as a text, too.
    """
    if isinstance(address, str):
        given, kept = _in_json(address)
        replaced = context.replace(given, kept)
        if replaced is not context:
            return replaced
    fields = {**_FIELDS.decode(context), "ip": _NULL}  # an address spelt with escapes, or no text at all
    return msgspec.json.encode(fields)


@lru_cache(maxsize=256)
def _in_json(address: str) -> tuple[bytes, bytes]:
    """Return the address and what is kept of it, both in JSON."""
    return msgspec.json.encode(address), msgspec.json.encode(truncated(address))


def with_address(context: bytes, address: str) -> bytes:
    """Return an object in JSON, which has no `ip`, with that address."""
    rest = context[1:].lstrip()
    comma = b"" if rest.startswith(b"}") else b","
    return b'{"ip":' + msgspec.json.encode(address) + comma + rest
