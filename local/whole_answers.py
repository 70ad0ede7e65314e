"""Head and first part of an answer leave in one write.

hypercorn writes them one after the other. Killed in between, the server leaves a client with `200` and no body, and
botocore takes that for an empty answer: an item that is not there, a put without a word about its records.
"""

from typing import Any

from hypercorn.events import RawData
from hypercorn.protocol import h11 as hypercorn_h11


def install() -> None:
    """Hold each head back until there is something to send with it: hypercorn sends it no earlier than that."""

    h11 = hypercorn_h11.h11

    async def send_event(self: Any, event: Any) -> None:
        try:
            data = self.connection.send(event) or b""
        except h11.LocalProtocolError:
            if self.connection.their_state != h11.ERROR:
                raise
            return
        if isinstance(event, h11.Response):
            self.held_back = data
            return
        held_back, self.held_back = getattr(self, "held_back", b""), b""
        if held_back or data:
            await self.send(RawData(data=held_back + data))

    hypercorn_h11.H11Protocol._send_h11_event = send_event
