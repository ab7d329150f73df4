"""A Valkey (or Redis) server as a child, on a Unix socket only. It keeps nothing on disk: a disposable wire."""

from __future__ import annotations

import shutil
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from dashboard.embedded.accounts import Account, service_account
from dashboard.embedded.binaries import valkey_program
from dashboard.embedded.errors import ServerFailed
from dashboard.embedded.process import Child
from dashboard.embedded.sockets import make_socket_folder

START_DEADLINE_S = 10.0
ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}


class ValkeyServer:
    """One server with a log in `home`."""

    def __init__(
        self,
        home: Path,
        *,
        log: Path | None = None,
        program: Path | None = None,
        account: Account | None = None,
        memory_mb: int = 256,
    ) -> None:
        self.log = log or home / "valkey.log"
        self.child: Child | None = None
        self._account = account or service_account()
        self._program = program
        self._memory_mb = memory_mb
        self._socket_folder: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def socket(self) -> Path:
        """The socket's path, while the server is started."""
        assert self._socket_folder is not None
        return self._socket_folder / "valkey.sock"

    def url(self) -> str:
        """Where the server is, for redis-py."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.launch()
        self.wait_ready()

    def launch(self) -> Child:
        """Start the server without waiting. Again after `child` died: the address stays the same."""
        program = valkey_program(self._account, self._program)
        if self._socket_folder is None:
            self._socket_folder = make_socket_folder(self._account)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.child = child = Child(
            "valkey",
            [
                program,
                "--port",
                "0",
                "--unixsocket",
                self.socket,
                "--unixsocketperm",
                "700",
                "--daemonize",
                "no",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                self._socket_folder,
                "--maxmemory",
                f"{self._memory_mb}mb",
                "--maxmemory-policy",
                "noeviction",
                "--client-output-buffer-limit",
                "pubsub 64mb 32mb 30",
            ],
            environment=ENVIRONMENT,
            log=self.log,
            account=self._account,
        )
        return child

    @property
    def socket_folder(self) -> Path | None:
        """Where the socket lies, once there was a start."""
        return self._socket_folder

    def wait_ready(self, deadline_s: float = START_DEADLINE_S) -> None:
        """Wait until the server answers."""
        child = self.child
        assert child is not None
        deadline = time.monotonic() + deadline_s
        while not self._answers():
            if child.code() is not None or time.monotonic() > deadline:
                self.stop()
                reason = child.tail[-1] if child.tail else "it ended at once"
                raise ServerFailed(what="Valkey", reason=reason, log=self.log)
            time.sleep(0.01)

    def stop(self, grace_s: float = 1.0) -> None:
        """End the server and remove its socket."""
        if self.child is not None:
            self.child.process.terminate()
            self.child.wait(grace_s)
            self.child.finish()
            self.child = None
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1.0)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False
