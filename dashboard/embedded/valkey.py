"""A Valkey (or Redis) server as a child, on a Unix socket only. It keeps nothing on disk: a disposable wire."""

from __future__ import annotations

import socket
from pathlib import Path

from dashboard.embedded.accounts import Account
from dashboard.embedded.binaries import valkey_program
from dashboard.embedded.process import Child
from dashboard.embedded.server import Server

ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}


class ValkeyServer(Server):
    """One server with a log in `home`."""

    what = "Valkey"
    start_deadline_s = 10.0
    grace_s = 1.0

    def __init__(
        self,
        home: Path,
        *,
        log: Path | None = None,
        program: Path | None = None,
        account: Account | None = None,
        memory_mb: int = 256,
    ) -> None:
        super().__init__(log or home / "valkey.log", account)
        self._program = program
        self._memory_mb = memory_mb

    @property
    def socket(self) -> Path:
        """The socket's path, while the server is started."""
        assert self._socket_folder is not None
        return self._socket_folder / "valkey.sock"

    def url(self) -> str:
        """Where the server is, for redis-py."""
        return f"unix://{self.socket}"

    def launch(self) -> Child:
        """Start the server without waiting for it."""
        program = valkey_program(self._account, self._program)
        folder = self._socket_place()
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
                folder,
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

    def _end(self, child: Child, grace_s: float) -> None:
        child.process.terminate()
        child.wait(grace_s)

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1.0)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False
