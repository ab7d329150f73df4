"""Errors as sentences, in both languages, and failures of the world outside as errors."""

from __future__ import annotations

import errno
import importlib
import pkgutil
import re
import string

import psycopg
import pytest
import redis
from sqlalchemy.exc import OperationalError

import callbacks
import dashboard
import data_access
import layouts
from dashboard.complaints import sentence_for, without_password
from dashboard.errors import DashboardError, SettingError


class TooLate(DashboardError):
    """It is too late for {what}:
    come {when}."""

    zh = "{what} 已太晚：请{when}再来。"


def test_the_docstring_is_the_sentence_in_one_line() -> None:
    error = TooLate(what="tea", when="tomorrow")
    assert str(error) == "It is too late for tea: come tomorrow."
    assert error.sentence("zh") == "tea 已太晚：请tomorrow再来。"
    assert str(TooLate("Own words.")) == "Own words."
    assert TooLate("Own words.").sentence("zh") == "Own words."


def test_programs_get_the_name_of_the_kind_with_the_sentence() -> None:
    assert TooLate("Own words.").body("zh") == {"code": "too_late", "message": "Own words."}
    assert SettingError(name="x", reason="y").code == "setting"


def kinds() -> list[type[DashboardError]]:
    """Every kind of error that the product declares."""
    for package in (dashboard, data_access, layouts, callbacks):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if ".migrations." not in module.name:
                importlib.import_module(module.name)
    found, seen = list(DashboardError.__subclasses__()), []
    while found:
        kind = found.pop()
        seen.append(kind)
        found.extend(kind.__subclasses__())
    return [kind for kind in seen if not kind.__module__.startswith("tests.")]


def names_in(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_kind_says_the_same_in_both_languages() -> None:
    assert len(kinds()) > 10
    for kind in kinds():
        assert kind.__doc__, kind
        if kind.zh:
            assert {name.removesuffix("_zh") for name in names_in(kind.zh)} == names_in(kind.__doc__), kind
            assert re.search(r"[\u4e00-\u9fff]", kind.zh), kind


@pytest.mark.parametrize(
    ("error", "start"),
    [
        (TooLate(what="tea", when="tomorrow"), "It is too late for tea"),
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), "The disk is full (/data/x)"),
        (PermissionError(errno.EACCES, "denied", "/data/x"), "Access to /data/x was refused"),
        (
            NotADirectoryError(errno.ENOTDIR, "Not a directory", "/x/y"),
            "/x/y cannot be used: not a directory",
        ),
        (OSError(errno.EROFS, "Read-only file system", "/x"), "/x cannot be used: read-only file system"),
        (psycopg.OperationalError("connection failed: refused\nmore"), "PostgreSQL cannot be reached"),
        (
            OperationalError("select", None, psycopg.OperationalError("gone")),
            "PostgreSQL cannot be reached: gone",
        ),
        (psycopg.errors.UndefinedTable("no ops.events"), "The database has no schema of ours"),
        (psycopg.errors.InsufficientPrivilege("permission denied for x\nhint"), "PostgreSQL refuses what"),
        (psycopg.errors.FeatureNotSupported('extension "btree_gist" is not available'), "PostgreSQL refuses"),
        (psycopg.errors.DiskFull("full"), "The disk is full on the database's side"),
        (redis.ConnectionError("refused"), "Valkey cannot be reached: refused"),
    ],
)
def test_failures_outside_become_a_sentence(
    error: Exception, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    told = sentence_for(error)
    assert told is not None
    assert told.startswith(start)


def test_a_fault_of_the_program_is_not_hidden() -> None:
    assert sentence_for(KeyError("x")) is None


def test_the_terminal_is_answered_in_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert sentence_for(TooLate(what="tea", when="tomorrow")) == "tea 已太晚：请tomorrow再来。"


def test_passwords_are_not_shown() -> None:
    shown = without_password("postgresql://me:secret@db:5432/quanyu")
    assert shown == "postgresql://me:***@db:5432/quanyu"
    assert without_password("unix:///run/valkey.sock") == "unix:///run/valkey.sock"
    assert without_password("redis://db/0?password=secret&a=1") == "redis://db/0?password=***&a=1"
    assert "secret" not in without_password("postgresql://me@/quanyu?host=/run&password=secret")
