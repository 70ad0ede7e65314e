"""The bytes of a request's body, made into JSON that is safe to decode: unpacked, mended, cut where it is too deep."""

import re
import zlib
from typing import Final, TypeVar

import msgspec

from tradewind.events.collecting.refusals import RequestRefused

T = TypeVar("T")

_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_GZIP_MAGIC: Final = b"\x1f\x8b"  # no JSON begins so, thus a forgotten Content-Encoding does no harm
_ENCODINGS: Final = ("gzip", "x-gzip", "deflate")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_SPACES: Final = bytes.maketrans(b"\r\n", b"  ")

# An escape: a surrogate pair, or (group 1) a surrogate without its partner, or any other.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
# U+FFFD in a spelling that no encoder uses, by which the event that was mended is known. As long as what it replaces.
MENDED: Final = rb"\uFfFd"
# A text, or a bracket. Possessive, so that a text without an end costs one look.
_STRUCTURE: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_OPENING: Final = b"[{"
_TEXT: Final = b'"'
_BACKSLASH: Final = b"\\"
_DELETE: Final = b"\x7f"  # the one control character of ASCII that JSON texts may hold as it is


def unpacked(body: bytes, *, encoding: str, limit: int, too_large_status: int) -> bytes:
    """Return the body without its compression (gzip, deflate), unpacked no further than `limit` bytes.

    Raises: RequestRefused for a larger or a damaged one.
    """
    if encoding in _ENCODINGS or body.startswith(_GZIP_MAGIC):
        body = _inflated(body, limit + 1)
    if len(body) > limit:
        message = f"body: is larger than {limit} bytes unpacked; send fewer events in a request"
        raise RequestRefused("body_too_large", message, status=too_large_status)
    return body.removeprefix(_BYTE_ORDER_MARK)


def _inflated(body: bytes, most: int) -> bytes:
    """Return the first `most` bytes that are packed in `body`, all members of it together."""
    parts: list[bytes] = []
    left = most
    while body and left > 0:
        member = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            part = member.decompress(body, left)
        except zlib.error as error:
            raise _damaged() from error
        parts.append(part)
        left -= len(part)
        if not member.eof and left > 0:
            raise _damaged()
        body = member.unused_data
    return b"".join(parts)


def _damaged() -> RequestRefused:
    return RequestRefused("damaged_body", "body: its gzip data is damaged or ends early; send it again")


def decoded(body: bytes, decoder: msgspec.json.Decoder[T], *, max_depth: int) -> T:
    """Return the body as the decoder's type; every msgspec.Raw in it is sound JSON on one line.

    Surrogates without a partner are replaced by MENDED. What is nested so deep that a parser gives up is cut to more
    than `max_depth` levels, so that the event that holds it can still be told, and the others be kept.

    Raises: RequestRefused for what is not JSON; msgspec.ValidationError for JSON of another shape.
    """
    body = mended(body)
    try:
        body.isascii() or body.decode()
        found, body = _decoded(body, decoder, max_depth)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestRefused("not_json", f"body: is not JSON ({_reason(error)}); send a JSON object") from error
    # Outside of texts, where they are not JSON, line breaks are blanks; events are kept a line each.
    if b"\n" in body or b"\r" in body:
        return decoder.decode(body.translate(_SPACES))
    return found


def _decoded(body: bytes, decoder: msgspec.json.Decoder[T], max_depth: int) -> tuple[T, bytes]:
    try:
        return decoder.decode(body), body
    except RecursionError:
        body = cut(body, max_depth + 4)  # an event of a batch is two levels down
        return decoder.decode(body), body


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    if isinstance(error, RecursionError):
        return "brackets without an end"
    return str(error).removeprefix("JSON is malformed: ")


def is_plain(body: bytes) -> bool:
    """Return whether JSON has only printable ASCII in its texts, and no escape."""
    return body.isascii() and _BACKSLASH not in body and _DELETE not in body


def mended(body: bytes) -> bytes:
    """Return the body with MENDED in place of each surrogate escape without its partner; of the same length."""
    if _BACKSLASH not in body or (rb"\ud" not in body and rb"\uD" not in body):
        return body
    return _ESCAPE.sub(lambda escape: MENDED if escape[1] else escape[0], body)


def is_deeper(text: bytes, levels: int) -> bool:
    """Return whether objects and arrays are nested more than `levels` deep in JSON."""
    # Twice as fast as to count the brackets: `replace` looks for them with memchr.
    if len(text) - len(text.replace(b"{", b"").replace(b"[", b"")) <= levels:
        return False
    depth = 0
    for found in _STRUCTURE.finditer(text):
        mark = found[0]
        if mark in _OPENING:
            depth += 1
            if depth > levels:
                return True
        elif mark[:1] != _TEXT:
            depth -= 1
    return False


def cut(text: bytes, levels: int) -> bytes:
    """Return JSON with 0 in place of all objects and arrays below `levels` levels."""
    kept: list[bytes] = []
    depth = start = 0
    for found in _STRUCTURE.finditer(text):
        mark = found[0]
        if mark in _OPENING:
            depth += 1
            if depth == levels + 1:
                kept.append(text[start : found.start()])
        elif mark[:1] != _TEXT:
            if depth == levels + 1:
                kept.append(b"0")
                start = found.end()
            depth -= 1
    kept.append(text[start:])
    return b"".join(kept)
