"""A place where files are made: kinds that end well, take long, refuse and stumble, over a database of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from dashboard.domain.policy import DEMO, Act, Role, Scope, Viewer
from dashboard.errors import DashboardError
from dashboard.file_desk import (
    FileDesk,
)
from dashboard.file_kinds import Kind, Made, Making
from dashboard.file_runs import Makers, making_files
from data_access.engine import make_engine
from data_access.queries.file_jobs import FileJob, FileState, file_job
from tests.integration.streaming import eventually

STREET = replace(DEMO, scope=Scope(streets=frozenset({"510117001"})))
OTHER = replace(DEMO, login="other")
GUEST = Viewer(login="guest", name="", roles=frozenset({Role.FIELD_WORKER}), scope=Scope())


class NoRows(DashboardError):
    """There is nothing to write."""

    zh = "没有内容可写。"


@dataclass
class Hall:
    """Files over a database of its own. `gate`: long ones go on when it is open."""

    database_url: str
    folder: Path
    gate: threading.Event = field(default_factory=threading.Event)
    made: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        def title(question: Mapping[str, Any], _lang: str) -> str:
            return f"{question.get('name', 'file')}.txt"

        self.engine = make_engine(self.database_url)
        self.kinds = {
            "short": Kind(act=Act.EXPORT, make=self.write, title=title, quick=True),
            "long": Kind(act=Act.EXPORT, make=self.write_long, title=title),
            "refused": Kind(act=Act.EXPORT, make=self.refuse, title=title),
            "broken": Kind(act=Act.EXPORT, make=self.stumble, title=title),
        }
        self.desk = FileDesk(self.engine, self.folder, self.kinds)
        self.makers = Makers(database_url=self.database_url, folder=self.folder, demo=True, kinds=self.kinds)

    def write(self, making: Making) -> Made:
        making.path.write_text(f"{making.question.get('name')} {making.lang}", encoding="utf-8")
        self.made.append(str(making.question.get("name")))
        return Made(file_name=f"周报 {making.question.get('name')}.txt", rows=1)

    def write_long(self, making: Making) -> Made:
        with making.path.open("w", encoding="utf-8") as file:
            for row in range(10_000):
                file.write(f"{row}\n")
                making.watch.told(row, 10_000, "rows")
                while row >= 100 and not self.gate.wait(0.01):
                    making.watch.told(row, 10_000, "rows")
        return self.write(making)

    def refuse(self, _making: Making) -> Made:
        raise NoRows

    def stumble(self, making: Making) -> Made:
        making.path.write_text("half")
        raise RuntimeError("a name that is nobody's business")

    def ask(self, kind: str, name: str = "a", viewer: Viewer = DEMO) -> int:
        return self.desk.ask(viewer, kind, {"name": name}, "zh")

    def job(self, number: int, viewer: Viewer = DEMO) -> FileJob:
        with self.engine.connect() as conn:
            return file_job(conn, number, viewer.login)

    def until(self, number: int, *states: FileState) -> FileJob:
        eventually(lambda: self.job(number).state in states, 30)
        return self.job(number)

    @contextmanager
    def working(self) -> Iterator[threading.Event]:
        stop = threading.Event()
        with making_files(self.makers, stop):
            yield stop

    def lying(self) -> list[Path]:
        return list(self.folder.iterdir()) if self.folder.is_dir() else []


@contextmanager
def opened_hall(url: str, folder: Path) -> Iterator[Hall]:
    """A hall whose list is empty."""
    with psycopg.connect(url) as conn:
        conn.execute("delete from board.file_jobs")
    made = Hall(url, folder)
    try:
        yield made
    finally:
        made.gate.set()
        made.engine.dispose()
