"""The port that the web process listens on: taking it, and asking beforehand whether it can be taken."""

from __future__ import annotations

import socket
import time

from dashboard.errors import DashboardError

ASK_AGAIN_S = 0.1


class PortTaken(DashboardError):
    """Port {port} of {host} cannot be used: {reason}. Stop what uses it, or choose another with --port."""

    zh = "无法使用 {host} 的端口 {port}：{reason}。请停止占用该端口的程序，或用 --port 另选端口。"


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address, which children inherit. Raises PortTaken."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
        except OSError:
            sock.close()
            raise
    except OSError as error:
        raise PortTaken(host=host, port=port, reason=(error.strerror or str(error)).lower()) from error
    sock.set_inheritable(True)
    return sock


def check_port(host: str, port: int, *, patience_s: float = 0.0) -> None:
    """Raises PortTaken unless a server could listen there, now or within `patience_s`."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            with listen(host, port) as sock:
                sock.listen(1)
        except PortTaken:
            if time.monotonic() >= deadline:
                raise
        except OSError as error:  # another one listens with the same option set
            if time.monotonic() >= deadline:
                raise PortTaken(
                    host=host, port=port, reason=(error.strerror or str(error)).lower()
                ) from error
        else:
            return
        time.sleep(ASK_AGAIN_S)
