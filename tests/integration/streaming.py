"""What a browser does with a stream, over bare sockets: chunks, gzip, events."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

REPOSITORY = Path(__file__).parents[2]
PATIENCE_S = 60.0


class OpenStream:
    """One open stream of a web process on this machine."""

    def __init__(
        self, port: int, path: str = "/live/stream", *, small_window: bool = False, **headers: str
    ) -> None:
        self._socket = socket.socket()
        self._socket.settimeout(PATIENCE_S)
        if small_window:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect(("127.0.0.1", port))
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._received = b""
        self._rest = b""
        self.body = bytearray()
        self.ended = False
        self.status, self.headers = self._head()
        self._unpack = zlib.decompressobj(31) if self.headers.get("content-encoding") == "gzip" else None
        self.text = bytearray()
        self.events: list[dict[str, Any]] = []
        self._parsed = 0
        self._last_id = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def widen(self) -> None:
        """Read with a usual window again."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    def close(self) -> None:
        """Go away without a word, as browsers do."""
        self._socket.close()

    def _head(self) -> tuple[int, dict[str, str]]:
        while b"\r\n\r\n" not in self._rest:
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("closed before the headers were complete")
            self._rest += data
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        first, *others = head.decode().split("\r\n")
        pairs = (line.partition(": ")[::2] for line in others)
        return int(first.split()[1]), {name.lower(): value for name, value in pairs}

    def read(self, seconds: float = 0.05) -> bool:
        """Take what comes within some time; False where nothing came."""
        self._take()
        if self.ended:
            return False
        self._socket.settimeout(seconds)
        try:
            data = self._socket.recv(1 << 20)
        except TimeoutError:
            return False
        if not data:
            self.ended = True
            return False
        self._rest += data
        self._take()
        return True

    def _take(self) -> None:
        while b"\r\n" in self._rest:
            size, _, after = self._rest.partition(b"\r\n")
            length = int(size, 16)
            if len(after) < length + 2:
                break
            chunk, self._rest = after[:length], after[length + 2 :]
            if not length:
                self.ended = True
            self.body += chunk
            self.text += self._unpack.decompress(chunk) if self._unpack else chunk
        self._parse()

    def _parse(self) -> None:
        """Complete events among the new text: name, id (the last one stated), parts."""
        end = self.text.rfind(b"\n\n") + 2
        if end < 2 or end <= self._parsed:
            return
        for block in self.text[self._parsed : end].decode().split("\n\n")[:-1]:
            pairs = [line.partition(": ")[::2] for line in block.split("\n")]
            fields = dict(pairs)
            self._last_id = fields.get("id", self._last_id)
            data = [json.loads(value) for name, value in pairs if name == "data"]
            self.events.append({"event": fields["event"], "id": self._last_id, "data": data})
        self._parsed = end

    def until(self, condition: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Read until the events fulfil a condition."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition(self.events):
            if self.ended:
                raise AssertionError(f"the stream ended with {self.events[-3:]}")
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain; the last events are {self.events[-3:]}")
            self.read()
        return self.events

    def until_id(self, wanted: str) -> list[dict[str, Any]]:
        """Read until an event with this id."""
        return self.until(lambda events: bool(events) and events[-1]["id"] == wanted)

    def until_end(self, seconds: float = PATIENCE_S) -> None:
        """Read until the stream ends."""
        deadline = time.monotonic() + seconds
        while not self.ended:
            if time.monotonic() > deadline:
                raise AssertionError("the stream did not end")
            self.read()


def ask(port: int, path: str, method: str = "GET", body: str | bytes | None = None, **headers: str) -> Answer:
    """One request and its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


class Answer:
    """Status, headers and body."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def json(self) -> Any:
        """The body read as JSON, unpacked if need be."""
        packed = self.headers.get("content-encoding") == "gzip"
        return json.loads(zlib.decompress(self.body, 31) if packed else self.body)


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.02)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


@contextmanager
def web_process(*command: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A web process of ours; what it logs goes to a file, because a full pipe would stop it."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=REPOSITORY, env=environment, stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def answers(port: int, path: str) -> bool:
    """Whether an address answers with 200."""
    try:
        return ask(port, path).status == 200
    except OSError:
        return False
