"""Many open streams in one process of its own, and when each frame reached each of them.

Run as `python -m benchmarks.listeners ADDRESS STREAMS PATH`; ADDRESS is host:port. It prints "open" when all
streams have answered. For each line `{"offset": ns, ...}` on its input (publish times on the machine's
monotonic clock) it prints the deliveries and delays since the last such line. It reads with bare sockets: a
listener that is slower than the server would measure itself.
"""

from __future__ import annotations

import json
import select
import socket
import sys
from collections.abc import Callable
from time import monotonic_ns

from benchmarks.delays import summary

MARK = b"\nevent: "
BUFFER = bytearray(1 << 18)
Receive = Callable[[bytearray], int]


def listen(address: str, streams: int, path: str) -> None:
    """Open the streams, then note arrivals and answer questions until the input ends."""
    host, _, port = address.rpartition(":")
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
    request = f"{head}Accept: text/event-stream\r\n\r\n".encode()
    poll = select.epoll()
    receive: dict[int, Receive] = {}
    kept = []
    for _ in range(streams):
        sock = socket.create_connection((host, int(port)))
        sock.sendall(request)
        if not sock.recv(1 << 16).startswith(b"HTTP/1.1 200"):
            raise ConnectionError("a stream was refused")
        sock.setblocking(False)
        poll.register(sock.fileno(), select.EPOLLIN)
        receive[sock.fileno()] = sock.recv_into
        kept.append(sock)
    print("open", flush=True)
    poll.register(sys.stdin.fileno(), select.EPOLLIN)
    follow(poll, receive)


def follow(poll: select.epoll, receive: dict[int, Receive]) -> None:
    """Note arrivals; an id stands unpacked at the head of every event, so nothing needs to be unpacked."""
    receipts: dict[int, list[int]] = {}
    questions = sys.stdin.fileno()
    while True:
        for fileno, _ in poll.poll():
            if fileno == questions:
                line = sys.stdin.readline()
                if not line:
                    return
                published = {int(offset): at for offset, at in json.loads(line).items()}
                delays = [
                    at - published[one] for one, ats in receipts.items() if one in published for at in ats
                ]
                print(json.dumps(summary(delays)), flush=True)
                receipts.clear()
                continue
            size = receive[fileno](BUFFER)
            now = monotonic_ns()
            end = BUFFER.find(MARK, 0, size)
            while end > 0:
                begin = BUFFER.rfind(b":", max(0, end - 20), end)
                receipts.setdefault(int(BUFFER[begin + 1 : end]), []).append(now)
                end = BUFFER.find(MARK, end + 1, size)


if __name__ == "__main__":
    listen(sys.argv[1], int(sys.argv[2]), sys.argv[3])
