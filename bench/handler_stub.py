"""A loopback endpoint that answers each request at once with one prediction; prints its port first.

A process of its own, so that it takes no interpreter time from what is measured. It ends when its
standard input does.
"""

import socket
import sys
import threading

BODY = b'{"predictions": [360000.0]}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"x-Amzn-Invoked-Production-Variant: champion\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)


def serve(listener: socket.socket) -> None:
    """Answers each connection in a thread, for ever."""
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    with connection, connection.makefile("rb") as stream:
        while line := stream.readline():
            length = 0
            while line.strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                line = stream.readline()
            stream.read(length)
            connection.sendall(ANSWER)


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        print(server.getsockname()[1], flush=True)
        sys.stdin.read()
