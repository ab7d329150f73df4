"""A network cable between a browser and a server on this machine, which can be pulled out, or go silent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PIECE = 1 << 16


class Cable:
    """Carries every connection to `port` on to another port. `silent`: nothing gets through, and nobody is told."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._ends: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._through = threading.Event()
        self._through.set()
        self._plugged = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @classmethod
    @contextmanager
    def laid(cls, target: int) -> Iterator[Cable]:
        """A cable for as long as the block runs."""
        cable = cls(target)
        threading.Thread(target=cable._accept, name="cable", daemon=True).start()
        try:
            yield cable
        finally:
            cable._listener.close()
            cable.unplug()

    def unplug(self) -> None:
        """Every connection breaks, and none can be made."""
        self._plugged = False
        self._through.set()
        with self._guard:
            ends, self._ends = self._ends, set()
        for end in ends:
            _shut(end)

    def plug(self) -> None:
        """As before."""
        self._plugged = True

    def silence(self) -> None:
        """Connections stay and carry nothing."""
        self._through.clear()

    def resume(self) -> None:
        """What was held back goes on."""
        self._through.set()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._plugged:
                near.close()
                continue
            threading.Thread(target=self._join, args=(near,), name="cable end", daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        self._through.wait()
        try:
            far = socket.create_connection(("127.0.0.1", self._target), 5)
        except OSError:
            _shut(near)
            return
        far.settimeout(None)
        with self._guard:
            self._ends |= {near, far}
        back = threading.Thread(target=self._carry, args=(far, near), name="cable back", daemon=True)
        back.start()
        self._carry(near, far)
        back.join()
        with self._guard:
            self._ends -= {near, far}

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(PIECE):
                self._through.wait()
                sink.sendall(data)
        _shut(source)
        _shut(sink)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        end.close()
