"""The ASGI application on the cloud's port: ministack behind the few things that must come before it."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from xml.sax.saxutils import escape

from ministack import app as ministack_app

from local.durability.calls import Call
from local.durability.objects import STORAGE_FULL, not_stored

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Status = Callable[[], dict[str, Any]]
# Called with a finished call before its answer leaves: what must be on disk is on disk when it returns.
Commit = Callable[[Call, int], Awaitable[None]]

logger = logging.getLogger("tradewind.gateway")


class Gateway:
    """Ready or 503; our own endpoints; then ministack, whose answers leave only when they are stored."""

    def __init__(self, *, status: Status, snapshot: Callable[[], Awaitable[None]], commit: Commit) -> None:
        self.ready = False
        self.started = asyncio.Event()  # ministack has loaded what it keeps
        self._status = status
        self._snapshot = snapshot
        self._commit = commit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] != "http":
            await ministack_app.app(scope, receive, send)
        elif scope["path"] == "/_tradewind/status":
            await send_json(send, 200, {"ready": self.ready, **self._status()})
        elif scope["path"].startswith("/_ministack/reset"):
            await send_json(send, 403, {"message": "the local cloud keeps what it stored: `make reset` empties it"})
        elif not self.ready:
            await send_json(send, 503, {"message": "the local cloud is starting: try again in a second"})
        elif scope["path"] == "/_tradewind/snapshot" and scope["method"] == "POST":
            await self._snapshot()
            await send_json(send, 200, {"saved": True})
        else:
            await self._call(scope, receive, send)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Bucket policies of `enforce_ssl` are evaluated; on the loopback there is no TLS to use.
        forwarded: Scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}

        call = Call(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), scope["headers"])

        async def receive_and_note() -> Message:
            message = await receive()
            if call.is_form:
                call.note(message.get("body", b""))
            return message

        begun = False

        async def send_when_stored(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                await self._commit(call, message["status"])
                begun = True
            await send(message)

        try:
            await ministack_app.app(forwarded, receive_and_note, send_when_stored)
        except OSError as error:
            logger.exception("%s %s", scope["method"], scope["path"])
            if begun:
                raise
            await _send_not_stored(send, error, xml=call.service == "s3")

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_note(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self.started.set()

        await ministack_app.app(scope, receive, send_and_note)


async def _send_not_stored(send: Send, error: OSError, *, xml: bool) -> None:
    """Answer that there was no room, in the way that the SDKs read and do not try again."""
    code, message = "InsufficientStorage", not_stored(error)
    if not xml:
        await send_json(send, STORAGE_FULL, {"__type": code, "message": message})
        return
    content = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>".encode()
    headers = [(b"content-type", b"application/xml"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": STORAGE_FULL, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def send_json(send: Send, status: int, body: dict[str, Any]) -> None:
    """Send `body` as the whole answer."""
    content = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
