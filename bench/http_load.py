"""Requests as fast as a server answers them, over connections that stay open.

`python -m bench.http_load PORT CONNECTIONS SECONDS` reads the body from stdin and prints, as JSON, requests a
second and latencies in milliseconds.
"""

import json
import re
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass

WARM_UP_SECONDS = 0.3
GOOD = b"HTTP/1.1 200"
LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """What a server carried: requests a second; milliseconds of the median and of 99 in 100."""

    requests: float
    median: float
    p99: float


class _Connection:
    """A connection on which a request follows as soon as the one before it is answered."""

    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self._request = request
        self._answer = b""
        self._length = 0
        self._sent = 0.0

    def ask(self) -> None:
        """Send the request."""
        self._sent = time.perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> float | None:
        """Take what has come: seconds since the request when that is the whole answer, else None."""
        data = self.socket.recv(1 << 18)
        if not data:
            raise RuntimeError("the server closed a connection")
        # The same request is answered alike: what is as long as the answer before it is whole.
        if len(data) == self._length and not self._answer and data.startswith(GOOD):
            return time.perf_counter() - self._sent
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or len(body) < int(LENGTH.search(head)[1]):  # pyright: ignore[reportOptionalSubscript]
            return None
        if not head.startswith(GOOD):
            raise RuntimeError(self._answer[:500].decode(errors="replace"))
        self._length, self._answer = len(self._answer), b""
        return time.perf_counter() - self._sent


def run(port: int, connections: int, seconds: float, body: bytes) -> Load:
    """What the server at `port` carries with this body; asyncio would cost more than the fast servers do."""
    head = (
        "POST /invocations HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    ready = select.epoll()
    clients: dict[int, _Connection] = {}
    for _ in range(connections):
        client = _Connection(port, head.encode() + body)
        clients[client.socket.fileno()] = client
        ready.register(client.socket, select.EPOLLIN)
        client.ask()
    _answers(ready, clients, WARM_UP_SECONDS)
    begin = time.perf_counter()
    latencies = sorted(_answers(ready, clients, seconds))
    took = time.perf_counter() - begin
    middle, last = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)]
    return Load(len(latencies) / took, middle * 1000, last * 1000)


def _answers(ready: select.epoll, clients: dict[int, _Connection], seconds: float) -> list[float]:
    latencies: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for file, _ in ready.poll(timeout=seconds):
            took = clients[file].receive()
            if took is not None:
                latencies.append(took)
                clients[file].ask()
    return latencies


if __name__ == "__main__":
    _port, _connections, _seconds = sys.argv[1:]
    _load = run(int(_port), int(_connections), float(_seconds), sys.stdin.buffer.read())
    print(json.dumps(asdict(_load)))
