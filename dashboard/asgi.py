"""The web server: uvicorn, with the settings that streams need. Owns the port and the number of processes."""

from __future__ import annotations

import functools
import logging
import resource
import socket
from typing import Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from dashboard.config import Settings
from dashboard.errors import DashboardError
from dashboard.factory import create_app

log = logging.getLogger(__name__)

GRACE_S: Final = 2
"""How long pages that are being made may take to end after SIGTERM; streams have ended by then."""
BACKLOG: Final = 4096


class PortTaken(DashboardError):
    """Port {port} of {host} cannot be used: {reason}. Stop what uses it, or choose another with --port."""

    zh = "无法使用 {host} 的端口 {port}：{reason}。请停止占用该端口的程序，或用 --port 另选端口。"


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises PortTaken."""
    sock = listen(settings.host, settings.port)
    _allow_many_files()
    log.info("Serving", extra={"action": "serve", "host": settings.host, "port": settings.port})
    config = uvicorn_config(settings)
    if settings.workers == 1:
        uvicorn.Server(config).run(sockets=[sock])
    else:
        Multiprocess(config, sockets=[sock]).run()


def uvicorn_config(settings: Settings) -> uvicorn.Config:
    """How uvicorn runs one web process; the application is made in that process."""
    return uvicorn.Config(
        functools.partial(create_app, settings),
        factory=True,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=None,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_S,
    )


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises PortTaken."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except OSError as error:
        raise PortTaken(host=host, port=port, reason=error.strerror or str(error)) from error
    sock.set_inheritable(True)
    return sock


def _allow_many_files() -> None:
    """Every stream is an open file: take as many as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
