"""The web server: uvicorn, with the settings that streams need. Owns the port and the number of processes."""

from __future__ import annotations

import contextlib
import functools
import logging
import resource
from typing import Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from dashboard.arrival import PunctualProtocol
from dashboard.config import Settings
from dashboard.factory import create_app
from dashboard.ports import listen

log = logging.getLogger(__name__)

GRACE_S: Final = 2
"""How long pages that are being made may take to end after SIGTERM; streams have ended by then."""
BACKLOG: Final = 4096


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises PortTaken."""
    sock = listen(settings.host, settings.port)
    allow_many_files()
    log.info("Serving", extra={"action": "serve", "host": settings.host, "port": settings.port})
    config = uvicorn_config(settings)
    if settings.workers == 1:
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn has ended in good order when it says so
            uvicorn.Server(config).run(sockets=[sock])
    else:
        Multiprocess(config, sockets=[sock]).run()


def uvicorn_config(settings: Settings) -> uvicorn.Config:
    """How uvicorn runs one web process; the application is made in that process."""
    return uvicorn.Config(
        functools.partial(create_app, settings),
        factory=True,
        loop="uvloop",
        http=PunctualProtocol,
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


def allow_many_files() -> None:
    """Every stream is an open file: take as many as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
