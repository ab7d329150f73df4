"""The folder where a demo keeps its data: who owns it, what is in it, and where its servers are while it runs."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dashboard.complaints import DiskFull
from dashboard.config import Settings
from dashboard.errors import DashboardError

RUN_FILE = "run.json"
MEMORY_FILE = "demo.json"


class DataFolderTaken(DashboardError):
    """Another run (process {pid}) uses {path}: stop it first, or give another --data-dir."""

    zh = "另一个运行实例（进程 {pid}）正在使用 {path}：请先停止它，或另选 --data-dir。"


class NothingRuns(DashboardError):
    """No demo runs on {path}: start `python app.py demo --data-dir {path}` first."""

    zh = "{path} 上没有正在运行的演示：请先执行 `python app.py demo --data-dir {path}`。"


class OtherProfile(DashboardError):
    """{path} holds the district {found}, not {wanted}: start with --reset, or give another --data-dir."""

    zh = "{path} 中已有辖区 {found}，不是 {wanted}：请加 --reset 启动，或另选 --data-dir。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Where the servers of a running demo are."""

    pid: int
    database_url: str
    redis_url: str
    address: str
    socket_folders: list[str]

    def apply(self, settings: Settings) -> Settings:
        """The settings with these addresses."""
        told = {"database_url": self.database_url, "redis_url": self.redis_url, "sign_in": "demo"}
        return settings.model_copy(update=told)


def running_demo(folder: Path) -> Running:
    """The demo that runs on `folder`. Raises NothingRuns."""
    found = _read(folder / RUN_FILE)
    if found is None or not _locked(folder / "lock"):
        raise NothingRuns(path=folder)
    return Running(**found)


class DataFolder:
    """The folder, owned by this process while entered."""

    def __init__(self, path: Path, *, min_free_mb: int) -> None:
        self.path = path.absolute()
        self.log = self.path / "log"
        self._min_free_mb = min_free_mb
        self._lock: int | None = None
        self.unclean = False

    def __enter__(self) -> Self:
        if not self.path.exists():
            self.path.mkdir(parents=True)
            # the database's own user must pass through; nothing in it is readable by others
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(self._lock, 20, 0).decode().strip() or "?"
            os.close(self._lock)
            raise DataFolderTaken(pid=pid, path=self.path) from None
        self._check_space()
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)
        self.log.mkdir(mode=0o700, exist_ok=True)
        self._clear_remains()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        (self.path / RUN_FILE).unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)

    def publish(self, running: Running) -> None:
        """Tell other commands where the servers are."""
        _write(self.path / RUN_FILE, asdict(running))

    def profile(self) -> str | None:
        """The profile whose district is wholly in the data; None for a new folder."""
        found = _read(self.path / MEMORY_FILE)
        return str(found["profile"]) if found else None

    def remember(self, profile: str) -> None:
        """The district of `profile` is now wholly in the data."""
        _write(self.path / MEMORY_FILE, {"profile": profile})

    def forget(self) -> None:
        """The data are gone."""
        (self.path / MEMORY_FILE).unlink(missing_ok=True)

    def _check_space(self) -> None:
        free_mb = shutil.disk_usage(self.path).free // 1_000_000
        if free_mb < self._min_free_mb:
            raise DiskFull(path=self.path, free_mb=free_mb, need_mb=self._min_free_mb)

    def _clear_remains(self) -> None:
        """Sockets of a run that was killed."""
        found = _read(self.path / RUN_FILE)
        self.unclean = found is not None
        for name in (found or {}).get("socket_folders", []):
            if Path(name).name.startswith("quanyu-"):
                shutil.rmtree(name, ignore_errors=True)


def _locked(lock: Path) -> bool:
    try:
        with lock.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, facts: dict[str, Any]) -> None:
    """Replace a file at once, readable by this user only."""
    draft = path.with_suffix(".new")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(facts, file)
    draft.replace(path)
