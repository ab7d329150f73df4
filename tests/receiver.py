"""A department's own system, as deliveries meet it: a real HTTP server that takes, refuses, or says nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """What it says."""
        return json.loads(self.body)

    def genuine(self, secret: str) -> bool:
        """Whether its signature is that of the secret, computed as the description says."""
        stamp = self.headers["X-Quanyu-Timestamp"].encode()
        expected = hmac.new(secret.encode(), stamp + b"." + self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(self.headers["X-Quanyu-Signature"], f"v1={expected}")


@dataclass
class Receiver:
    """What came in, and what the next requests are answered: statuses in order, then 204; None: no answer at all."""

    url: str
    received: list[Received] = field(default_factory=list)
    answers: list[int | None] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, count: int, timeout_s: float = 60) -> list[Received]:
        """The requests once there are so many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, timeout_s), self.received
            return list(self.received)


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with receiver.arrived:
                answer = receiver.answers.pop(0) if receiver.answers else 204
                receiver.received.append(Received(headers=dict(self.headers), body=body))
                receiver.arrived.notify_all()
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer)
            if 300 <= answer < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    receiver = Receiver(url=f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, name="receiver", daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
