"""A client never reads an answer without its body because the server was killed while it wrote."""

import subprocess

import pytest

from local import process

pytestmark = pytest.mark.cloud

# One request through hypercorn's protocol; each line is what one write sends.
_WRITES = """
import asyncio
import h11
from hypercorn.protocol.h11 import H11Protocol
from local import whole_answers

whole_answers.install()

async def answer():
    protocol = H11Protocol.__new__(H11Protocol)
    protocol.connection = h11.Connection(h11.SERVER)
    async def send(event):
        print(event.data)
    protocol.send = send
    protocol.connection.receive_data(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    protocol.connection.next_event(); protocol.connection.next_event()
    await protocol._send_h11_event(h11.Response(status_code=200, headers=[(b"content-length", b"2")]))
    await protocol._send_h11_event(h11.Data(data=b"{}"))
    await protocol._send_h11_event(h11.EndOfMessage())
asyncio.run(answer())
"""


def test_head_and_body_leave_in_one_write(cloud_environment: None) -> None:
    ran = subprocess.run(
        [process.INTERPRETER, "-c", _WRITES], cwd=process.REPOSITORY, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == [repr(b"HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\n{}")]
