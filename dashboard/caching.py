"""Answers kept for about a second: a hundred open pages on one view cost the database one question.

Owns the keys, that nothing but JSON is kept, and that a question under way is asked once: whoever asks the same
meanwhile waits for its answer. What is kept belongs to a scope: the scope is part of the key, whatever it holds.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from threading import Lock
from time import monotonic
from typing import Final, Generic, TypeVar

from flask import Flask
from flask_caching import Cache
from pydantic import TypeAdapter

T = TypeVar("T")
KEEP_S: Final = 1
MOST_KEPT: Final = 2_000
VERSION: Final = 1
"""Of the form in which answers are kept."""


class Answers:
    """The cache of one web process, and the questions under way in it."""

    def __init__(self, *, keep_s: int = KEEP_S) -> None:
        self._keep_s = keep_s
        self._cache = Cache()
        self._app = Flask("answers")
        self._cache.init_app(
            self._app,
            config={
                "CACHE_TYPE": "SimpleCache",
                "CACHE_THRESHOLD": MOST_KEPT,
                "CACHE_DEFAULT_TIMEOUT": keep_s,
            },
        )
        self._lock = Lock()
        self._ends: deque[tuple[float, str]] = deque()
        self._under_way: dict[str, tuple[Lock, int]] = {}

    def get(self, key: str) -> str | None:
        """What is kept under a key, if anything is."""
        with self._app.app_context():
            found: object = self._cache.get(key)
        return found if isinstance(found, str) else None

    def once(self, key: str, ask: Callable[[], str]) -> str:
        """What is kept under a key, else what `ask` answers; the same question is never asked twice at once."""
        found = self.get(key)
        if found is not None:
            return found
        with self._turn(key):
            found = self.get(key)
            if found is None:
                found = ask()
                self._keep(key, found)
            return found

    def _keep(self, key: str, answer: str) -> None:
        """Keep it, and forget what is over: a map is large, and is not asked for again under the same key for long."""
        now_s = monotonic()
        with self._lock:
            self._ends.append((now_s + self._keep_s, key))
            over = []
            while self._ends[0][0] <= now_s:
                over.append(self._ends.popleft()[1])
        with self._app.app_context():
            self._cache.delete_many(*over)
            self._cache.set(key, answer, timeout=self._keep_s)

    @contextmanager
    def _turn(self, key: str) -> Iterator[None]:
        """One at a time for each key; a lock lives as long as somebody waits for it."""
        with self._lock:
            lock, waiting = self._under_way.get(key, (Lock(), 0))
            self._under_way[key] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, waiting = self._under_way.pop(key)
                if waiting > 1:
                    self._under_way[key] = (lock, waiting - 1)


class Kept(Generic[T]):
    """Answers of one kind: how they become JSON and come back."""

    def __init__(self, answers: Answers, what: str, kind: type[T]) -> None:
        self._answers = answers
        self._what = what
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def get(self, about: Mapping[str, object], ask: Callable[[], T]) -> T:
        """The answer to a question that is told apart by `about`; errors are not kept."""
        key = key_of(self._what, about)
        found = self._answers.once(key, lambda: self._adapter.dump_json(ask()).decode())
        return self._adapter.validate_json(found)


def key_of(what: str, about: Mapping[str, object]) -> str:
    """A key that is equal for equal questions."""
    text = json.dumps(plain(about), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{what}:{VERSION}:{hashlib.sha256(text.encode()).hexdigest()}"


def plain(value: object) -> object:
    """A value as JSON can hold it, sets in order. TypeError for what only its place in memory tells apart."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"no part of a key: {type(value).__name__}")
