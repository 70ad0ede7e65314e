"""The context of each event: the batch's merged in, addresses truncated."""

import msgspec

from tradewind.events.collecting.addresses import with_address, with_truncated_address
from tradewind.events.collecting.fields import FIELDS, Fields, checked_object
from tradewind.events.event import NO_OBJECT
from tradewind.protocols import segment


class Contexts:
    """The contexts of one request's events. Few of them differ: in batches of real clients a fifth to a half."""

    def __init__(self, *, of_batch: Fields, address: str | None, from_page: bool, levels: int) -> None:
        self._of_batch = of_batch  # an event's own fields come before these
        self._address = address  # of the connection, truncated
        self._from_page = from_page  # a page sent the request, so that the connection is the shopper's
        self._levels = levels  # of objects and arrays that a context may have
        self._kept: dict[bytes, tuple[bool, msgspec.Raw]] = {}

    def kept(self, raw: msgspec.Raw) -> tuple[bool, msgspec.Raw]:
        """Return whether the connection is the shopper's own, and the context as it is kept. Raises: fields.Wrong.

        A page's connection is the shopper's, and that of a client on a device; a server's says where the server is.
        Where the context has no address, the shopper's own connection gives it.
        """
        text = bytes(raw)
        kept = self._kept.get(text)
        if kept is None:
            kept = self._kept[text] = self._read(text)
        return kept

    def _read(self, text: bytes) -> tuple[bool, msgspec.Raw]:
        text = checked_object("context", text, levels=self._levels) or bytes(NO_OBJECT)
        if self._of_batch:
            text = msgspec.json.encode({**self._of_batch, **FIELDS.decode(text)})
        where = segment.WHERE.decode(text)
        own = self._from_page or where.device is not segment.NULL or where.direct is True
        if where.ip is not None:
            text = with_truncated_address(text, where.ip)
        elif own and self._address is not None:
            text = with_address(text, self._address)
        return own, msgspec.Raw(text)
