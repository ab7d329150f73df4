"""Failures of the world outside (disk, database, wire) as the one sentence that a person at the terminal reads."""

from __future__ import annotations

import errno
import os
import re
from typing import Final
from urllib.parse import urlsplit

from dashboard.errors import ConnectionFailed, DashboardError

USELESS: Final = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EROFS, errno.ENAMETOOLONG, errno.EIO)


class DiskFull(DashboardError):
    """
    The disk of {path} is full ({free_mb} MB free, {need_mb} MB wanted): make room, or give another --data-dir.
    """

    zh = "{path} 所在磁盘空间不足（剩余 {free_mb} MB，需要 {need_mb} MB）：请清理磁盘，或另选 --data-dir。"


class DiskFullNow(DashboardError):
    """
    The disk is full{where}: make room, then start again what has ended; nothing that was committed is lost.
    """

    zh = "磁盘已满{where}：请清理磁盘，再重新启动已停止的程序；已提交的数据不会丢失。"


class NotAllowed(DashboardError):
    """Access to {path} was refused: give this user the right to it, or choose another place."""

    zh = "无权访问 {path}：请授予当前用户权限，或另选位置。"


class PlaceUnusable(DashboardError):
    """{path} cannot be used: {reason}. Choose another place."""

    zh = "无法使用 {path}：{reason}。请另选位置。"


class ServerRefuses(DashboardError):
    """PostgreSQL refuses what has to be done: {reason}. docs/operations.md says what the database needs."""

    zh = "PostgreSQL 拒绝执行：{reason}。数据库所需条件见 docs/operations.md。"


def language() -> str:
    """The language of the terminal: "zh" or "en"."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if spoken.startswith("zh") else "en"


def sentence_for(error: BaseException) -> str | None:
    """One sentence for a foreseen failure, in the terminal's language; None for a fault of the program."""
    told = _told(error)
    return told.sentence(language()) if told is not None else None


def without_password(url: str) -> str:
    """An address as it may be shown."""
    parts = urlsplit(url)
    shown = url.replace(f":{parts.password}@", ":***@") if parts.password else url
    return re.sub(r"(?i)([?&](?:ssl)?password=)[^&]*", r"\1***", shown)


def _told(error: BaseException) -> DashboardError | None:
    if isinstance(error, DashboardError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullNow(where=f" ({error.filename})" if error.filename else "")
    if isinstance(error, PermissionError):
        return NotAllowed(path=error.filename or "a file")
    if isinstance(error, OSError) and error.errno in USELESS and error.filename:
        return PlaceUnusable(path=error.filename, reason=(error.strerror or str(error)).lower())
    return _of_servers(error)


def _of_servers(error: BaseException) -> DashboardError | None:
    """The same for the drivers' errors, whose packages are loaded only if the command got that far."""
    import psycopg
    import redis
    from sqlalchemy.exc import DBAPIError

    if isinstance(error, DBAPIError) and error.orig is not None:
        return _told(error.orig)
    if isinstance(error, psycopg.errors.DiskFull):
        return DiskFullNow(where=" on the database's side")
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
        return DashboardError(
            "The database has no schema of ours, or an old one: run `python app.py migrate`."
        )
    told: DashboardError | None = None
    if isinstance(error, psycopg.errors.InsufficientPrivilege | psycopg.errors.FeatureNotSupported):
        told = ServerRefuses(reason=_first_line(error))
    elif isinstance(error, psycopg.OperationalError):
        told = ConnectionFailed(what="PostgreSQL", reason=_first_line(error), setting="QUANYU_DATABASE_URL")
    elif isinstance(error, redis.exceptions.ConnectionError | redis.exceptions.TimeoutError):
        told = ConnectionFailed(what="Valkey", reason=_first_line(error), setting="QUANYU_REDIS_URL")
    return told


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".?")
