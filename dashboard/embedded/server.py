"""What the embedded servers have in common: a child that runs for as long as a block, its socket in a folder made for
the run, and waiting until it answers. Leaves how each is started, asked and ended to its own module."""

from __future__ import annotations

import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from dashboard.embedded.accounts import Account, service_account
from dashboard.embedded.errors import ServerFailed
from dashboard.embedded.process import Child
from dashboard.embedded.sockets import make_socket_folder


class Server(ABC):
    """One server. Stopped, it may be started again; only its address is another then."""

    what: ClassVar[str]
    start_deadline_s: ClassVar[float]
    grace_s: ClassVar[float]

    def __init__(self, log: Path, account: Account | None) -> None:
        self.log = log
        self.child: Child | None = None
        self._account = account or service_account()
        self._socket_folder: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def socket_folder(self) -> Path | None:
        """Where the socket lies, once there was a start."""
        return self._socket_folder

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.launch()
        self.wait_ready()

    @abstractmethod
    def launch(self) -> Child:
        """Start the server without waiting for it. Again after `child` died: the addresses stay the same."""

    def wait_ready(self) -> None:
        """Wait until the server answers. Raises ServerFailed where it ends instead, or takes too long."""
        child = self.child
        assert child is not None
        deadline = time.monotonic() + self.start_deadline_s
        while not self._answers():
            if child.code() is not None or time.monotonic() > deadline:
                self.stop()  # and with it, its last words are read
                reason = self._reason(list(child.tail)) or "it ended at once"
                raise ServerFailed(what=self.what, reason=reason, log=self.log)
            time.sleep(0.02)

    def stop(self, grace_s: float | None = None) -> None:
        """End the server and remove its socket; nothing is left over."""
        if self.child is not None:
            self._end(self.child, self.grace_s if grace_s is None else grace_s)
            self.child.finish()
            self.child = None
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None

    def _socket_place(self) -> Path:
        if self._socket_folder is None:
            self._socket_folder = make_socket_folder(self._account)
        return self._socket_folder

    @abstractmethod
    def _answers(self) -> bool: ...

    @abstractmethod
    def _end(self, child: Child, grace_s: float) -> None:
        """Ask the child to end, and wait for it."""

    def _reason(self, lines: Sequence[str]) -> str:
        """Why it ended, by its last words."""
        return lines[-1].strip() if lines else ""
