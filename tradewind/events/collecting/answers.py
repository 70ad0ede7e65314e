"""What the collector answers."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from tradewind.events.collecting.refusals import Refusal, RequestRefused
from tradewind.protocols import cors

# One transparent pixel, GIF 89a.
_PIXEL: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
NAMED_MOST: Final = 5000  # refused events that an answer names; Lambda's answers end at 6 MB
_JSON: Final = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. The body is text unless the content is an image."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, more: Mapping[str, str]) -> "Answer":
        return Answer(self.status, self.body, {**self.headers, **more})

    def as_lambda(self) -> dict[str, Any]:
        """Return it as an HTTP API takes it from a function."""
        is_image = self.headers.get("content-type", "").startswith("image/")
        return {
            "statusCode": self.status,
            "headers": dict(self.headers),
            "body": base64.b64encode(self.body).decode() if is_image else self.body.decode(),
            "isBase64Encoded": is_image,
        }


def json_answer(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, msgspec.json.encode(content), {**_JSON, **(headers or {})})


ALL_ACCEPTED: Final = Answer(200, b'{"success":true}', _JSON)
PIXEL: Final = Answer(200, _PIXEL, {"content-type": "image/gif", "cache-control": "no-store, max-age=0"})


def judged(accepted: int, refusals: Sequence[Refusal], *, more: int = 0) -> Answer:
    """Return the answer to a request whose events were stored or refused one by one.

    `more` events after the last refusal are refused for the same reason, and not named one by one.
    """
    if not refusals:
        return ALL_ACCEPTED
    rejected = named(refusals, more=more)
    if accepted:
        return json_answer(200, {"success": True, "rejected": rejected})
    codes = {refusal.code for refusal in refusals}
    code = codes.pop() if len(codes) == 1 else "none_accepted"
    content = {"success": False, "code": code, "message": refusals[0].message, "rejected": rejected}
    return json_answer(400, content)


def named(refusals: Sequence[Refusal], *, more: int) -> list[dict[str, Any]]:
    """Return refusals as answers name them; the last one stands for `more` after it."""
    rejected = [_named(refusal) for refusal in refusals]
    if more:
        rejected[-1]["message"] += f" (and the {more} events after it)"
    return rejected


def error(refused: RequestRefused) -> Answer:
    """Return the answer to a request that was refused whole."""
    content = {"success": False, "code": refused.code, "message": refused.message}
    return json_answer(refused.http_status, content, refused.headers)


def preflight() -> Answer:
    """Return the answer to a browser that asks what a page may send; API Gateway answers most of them before us."""
    return Answer(
        204,
        headers={
            "access-control-allow-origin": "*",
            "access-control-allow-methods": ", ".join(cors.ALLOWED_METHODS),
            "access-control-allow-headers": ", ".join(cors.ALLOWED_HEADERS),
            "access-control-max-age": str(cors.MAX_AGE_SECONDS),
        },
    )


def allowed_origin(origin: str | None) -> dict[str, str]:
    """Return the headers that let a page of `origin` read an answer."""
    if origin is None:
        return {"access-control-allow-origin": "*"}
    exposed = ", ".join(cors.EXPOSED_HEADERS)
    return {"access-control-allow-origin": origin, "access-control-expose-headers": exposed, "vary": "Origin"}


def _named(refusal: Refusal) -> dict[str, Any]:
    return {
        "index": refusal.index,
        "messageId": refusal.message_id,
        "code": refusal.code,
        "message": refusal.message,
    }
