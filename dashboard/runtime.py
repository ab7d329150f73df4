"""The demo: every process of production on one machine, below one supervisor.

Owns the order of the start, the live loop and the end. Its children are this program's own commands.
"""

from __future__ import annotations

import http.client
import logging
import logging.handlers
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click

from dashboard.complaints import DiskFullNow, language
from dashboard.config import Settings, variable
from dashboard.data_folder import DataFolder, OtherProfile, Running
from dashboard.embedded import Child, PostgresServer, ServerFailed, ValkeyServer, service_account
from dashboard.errors import DashboardError
from dashboard.logs import FactsFormatter
from dashboard.ports import check_port
from dashboard.supervisor import Post, Supervisor
from data_access.schema import ensure_database, migrate

log = logging.getLogger(__name__)

APP = Path(__file__).parent.parent / "app.py"
DATABASE = "quanyu"
EMPTY = "empty"
DEFAULT_PROFILE = "pidu"
TICK_S = 0.1
CHILD_GRACE_S = 2.2
SERVER_GRACE_S = 1.3
"""Of each server; with that of the children less than the five seconds in which all have ended."""
PORT_PATIENCE_S = 5.0
SPACE_EVERY_S = 10.0
PICTURE_PATIENCE_S = 10.0
SCARCE_MB = 50
HOPELESS_STARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the person asked of this demo. `profile` None: the one in the data, or the default."""

    profile: str | None = None
    speed: float = 1.0
    reset: bool = False
    feed: bool = True
    replay: bool = False


ANSWERED = (http.HTTPStatus.OK, http.HTTPStatus.SEE_OTHER, http.HTTPStatus.UNAUTHORIZED)
"""What a page says that is there: itself, or the way to the sign-in."""


class Demo:
    """One demo; `run` returns when it was asked to end."""

    def __init__(self, settings: Settings, wishes: Wishes) -> None:
        self._settings = settings
        self._wishes = wishes
        self._stop = threading.Event()
        self._starting = True
        self._servers = Supervisor()
        self._children = Supervisor()
        self._environment: dict[str, str] = {}
        self._scarce = False

    def run(self) -> None:
        """Start everything, keep it alive, and end it at SIGINT, SIGTERM, or when the terminal is closed."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._asked_to_end)
        # under nohup a closed terminal is no end
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._asked_to_end)
        try:
            with ExitStack() as stack:
                self._start(stack)
                self._starting = False
                self._live()
        except KeyboardInterrupt:
            log.info("ended while starting", extra={"action": "end"})

    @property
    def address(self) -> str:
        host = self._settings.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._settings.port}/"

    def _start(self, stack: ExitStack) -> None:
        settings, wishes = self._settings, self._wishes
        folder = stack.enter_context(DataFolder(settings.data_dir, min_free_mb=settings.min_free_mb))
        check_port(settings.host, settings.port, patience_s=PORT_PATIENCE_S if folder.unclean else 0.0)
        stack.enter_context(_logging_to(folder.log / "supervisor.log", settings.log_level))
        click.echo(f"Quanyu 全域  {folder.path}")
        profile = self._profile(folder)
        postgres, valkey = self._launch_servers(folder, stack)
        if wishes.reset:
            folder.forget()
        database_url = self._prepare_database(postgres, valkey, folder)
        stack.callback(self._children.end, CHILD_GRACE_S)
        self._children.add(Post(name="web", launch=self._launcher(folder, "web", ["serve"])))
        self._settle(folder, profile)  # the web process loads its packages meanwhile
        for name, arguments in self._commands(profile).items():
            self._children.add(Post(name=name, launch=self._launcher(folder, name, arguments)))
        log.info("all children were started", extra={"action": "start", "database": bool(database_url)})

    def _profile(self, folder: DataFolder) -> str:
        """The district that shall be shown. Raises OtherProfile if the data hold another, UnknownProfile where none
        is called so."""
        found, wanted = folder.profile(), self._wishes.profile
        if wanted not in (None, EMPTY):
            from dashboard.simulation.profiles import check_name

            check_name(wanted)
        if found is None or self._wishes.reset:
            return wanted or found or DEFAULT_PROFILE
        if wanted not in (None, found):
            raise OtherProfile(path=folder.path, found=found, wanted=wanted)
        return found

    def _launch_servers(self, folder: DataFolder, stack: ExitStack) -> tuple[PostgresServer, ValkeyServer]:
        settings, account = self._settings, service_account()
        postgres = PostgresServer(
            folder.path, log=folder.log / "postgres.log", programs=settings.postgres_bin, account=account
        )
        valkey = ValkeyServer(
            folder.path, log=folder.log / "valkey.log", program=settings.valkey_server, account=account
        )
        if self._wishes.reset:
            postgres.erase()
        stack.callback(postgres.stop, SERVER_GRACE_S)
        stack.callback(valkey.stop, SERVER_GRACE_S)
        self._servers.add(Post(name="postgres", launch=postgres.launch))
        self._servers.add(Post(name="valkey", launch=valkey.launch))
        return postgres, valkey

    def _prepare_database(self, postgres: PostgresServer, valkey: ValkeyServer, folder: DataFolder) -> str:
        postgres.wait_ready()
        valkey.wait_ready()
        ensure_database(postgres.url(), DATABASE)
        database_url = postgres.url(DATABASE)
        migrate(database_url)
        folders = [str(place) for place in (postgres.socket_folder, valkey.socket_folder) if place]
        folder.publish(
            Running(
                pid=os.getpid(),
                database_url=database_url,
                redis_url=valkey.url(),
                address=self.address,
                socket_folders=folders,
            )
        )
        told = {
            "database_url": database_url,
            "redis_url": valkey.url(),
            "host": self._settings.host,
            "port": str(self._settings.port),
            "data_dir": str(folder.path),
            "sign_in": "demo",
        }
        self._environment = {
            "OPENBLAS_NUM_THREADS": "1",
            **os.environ,
            **{variable(name): value for name, value in told.items()},
            "PYTHONUNBUFFERED": "1",
        }
        return database_url

    def _settle(self, folder: DataFolder, profile: str) -> None:
        """Make the district and its past, once."""
        if folder.profile() is not None:
            return
        if profile != EMPTY:
            click.echo(f"Making the district {profile} and its last 90 days ...")
            child = self._launcher(folder, "seed", ["seed", "--profile", profile])()
            try:
                while not child.wait(TICK_S):
                    pass
            finally:
                child.finish()
            if child.code() != 0:
                reason = child.tail[-1] if child.tail else f"code {child.code()}"
                raise DashboardError(reason.rstrip(".") + ".")
        folder.remember(profile)

    def _commands(self, profile: str) -> dict[str, list[str]]:
        commands = {"relay": ["relay"], "work": ["work"]}
        if self._wishes.feed and (profile != EMPTY or self._wishes.replay):
            feed = ["simulate", "--profile", profile, "--speed", f"{self._wishes.speed:g}"]
            commands["simulate"] = [*feed, "--replay"] if self._wishes.replay else feed
        return commands

    def _launcher(self, folder: DataFolder, name: str, arguments: list[str]) -> Callable[[], Child]:
        def launch() -> Child:
            return Child(
                name,
                [sys.executable, APP, *arguments],
                environment=self._environment,
                log=folder.log / f"{name}.log",
                folder=Path.cwd(),
            )

        return launch

    def _live(self) -> None:
        """Until asked to end: revive the dead, say when the page answers, watch the disk."""
        answered, space_due_s, begun_s = False, 0.0, time.monotonic()
        while not self._stop.wait(TICK_S):
            now_s = time.monotonic()
            self._servers.tend(now_s)
            self._children.tend(now_s)
            if not answered:
                patient = now_s - begun_s < PICTURE_PATIENCE_S
                answered = self._answers("/") and (self._answers("/live/snapshot") or not patient)
                if answered:
                    click.echo(f"Ready: {self.address}   (Ctrl-C ends it)")
                else:
                    self._give_up_on_web()
            if now_s >= space_due_s:
                space_due_s = now_s + SPACE_EVERY_S
                self._watch_space()
        log.info("asked to end", extra={"action": "end"})

    def _answers(self, path: str) -> bool:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._settings.host, self._settings.host)  # noqa: S104
        line = http.client.HTTPConnection(host, self._settings.port, timeout=2.0)
        try:
            line.request("GET", path)
            return line.getresponse().status in ANSWERED
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def _give_up_on_web(self) -> None:
        """A web process that never answered and fails again and again will not do better by itself."""
        web = next(post for post in self._children.posts if post.name == "web")
        if web.failures >= HOPELESS_STARTS:
            raise ServerFailed(
                what="The web process",
                reason=web.last_words or "it ended",
                log=self._settings.data_dir / "log" / "web.log",
            )

    def _watch_space(self) -> None:
        scarce = shutil.disk_usage(self._settings.data_dir).free < SCARCE_MB * 1_000_000
        if scarce and not self._scarce:
            click.echo(DiskFullNow(where=f" ({self._settings.data_dir})").sentence(language()), err=True)
        if scarce != self._scarce:
            log.warning(
                "the disk is full" if scarce else "the disk has room again", extra={"action": "space"}
            )
        self._scarce = scarce

    def _asked_to_end(self, _number: int, _frame: FrameType | None) -> None:
        if self._stop.is_set():
            return
        self._stop.set()
        if self._starting:
            raise KeyboardInterrupt


class _logging_to:  # noqa: N801 - reads as the function that it is
    """While entered, the supervisor's own log goes to a rotated file."""

    def __init__(self, path: Path, level: str) -> None:
        self._path = path
        self._level = level

    def __enter__(self) -> None:
        self._handler = logging.handlers.RotatingFileHandler(
            self._path, maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True
        )
        self._handler.setFormatter(FactsFormatter())
        logging.getLogger().addHandler(self._handler)
        logging.getLogger().setLevel(self._level.upper())

    def __exit__(self, *unused: object) -> None:
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()
