"""The web server: uvicorn, with the settings that streams need. Owns the port and the number of processes."""

from __future__ import annotations

import contextlib
import functools
import logging
import resource
import sys
from typing import Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from dashboard.arrival import PunctualProtocol
from dashboard.config import Settings
from dashboard.factory import WebApp, create_app
from dashboard.logs import log_to_the_terminal
from dashboard.ports import listen

log = logging.getLogger(__name__)

GRACE_S: Final = 2
"""How long pages that are being made may take to end after SIGTERM; streams have ended by then."""
START_S: Final = 60
"""A process that reads its modules from a slow disk is not dead; uvicorn would begin it anew for ever after 5 s."""
BACKLOG: Final = 4096
OTHER_FILES: Final = 200
"""So many files are for pages, the database, the wire and the logs."""


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises PortTaken."""
    sock = listen(settings.host, settings.port)
    settings = within_files(settings, allow_many_files())
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
        functools.partial(_application, settings),
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
        timeout_worker_healthcheck=START_S,
    )


def _application(settings: Settings) -> WebApp:
    """The application of this process; where there are several, each has begun without a log."""
    log_to_the_terminal(settings.log_level)
    return create_app(settings)


def within_files(settings: Settings, files: int) -> Settings:
    """The settings with no more streams than there are files for: who comes too many must get an answer."""
    most = max(1, files - OTHER_FILES)
    if settings.max_streams <= most:
        return settings
    extra = {"action": "serve", "files": files, "wanted": settings.max_streams, "max_streams": most}
    log.warning("Fewer streams than QUANYU_MAX_STREAMS, because this process may open few files", extra=extra)
    return settings.model_copy(update={"max_streams": most})


def allow_many_files() -> int:
    """Every stream is an open file: take as many as the system lets us, and say how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else sys.maxsize
