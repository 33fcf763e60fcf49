"""A server that answers every request with the same conversation, at next to no cost."""

from __future__ import annotations

import asyncio
import json
import sys

CONVERSATION = {
    "sid": "CH" + "a" * 32,
    "account_sid": "AC" + "0" * 32,
    "chat_service_sid": "IS" + "0" * 32,
    "unique_name": "flexout_fx" + "0" * 32,
    "attributes": "{}",
    "state": "active",
    "date_created": "2026-11-22T10:00:00Z",
    "date_updated": "2026-11-22T10:00:00Z",
    "url": "https://conversations.twilio.com/v1/Conversations/CH" + "a" * 32,
}
BODY = json.dumps(CONVERSATION).encode()
ANSWER = (
    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    b"Date: Sun, 22 Nov 2026 10:00:00 GMT\r\nTwilio-Request-Id: RQ00\r\n\r\n%s"
) % (len(BODY), BODY)


class Answering(asyncio.Protocol):
    """Reads as much of HTTP as the clients of the benchmark write."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            _, named, rest = self._received[:end].lower().partition(b"content-length:")
            length = end + 4 + (int(rest.split(b"\r\n")[0]) if named else 0)
            if len(self._received) < length:
                return
            self._received = self._received[length:]
            self._transport.write(ANSWER)  # type: ignore[attr-defined]


async def main() -> None:
    """Serve until the process is ended; print the port."""
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
