"""Tables of a TOML file, read strictly. Owns type checks, and complaints that name the key."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from dashboard.ingest.refusal import ImportRefused

T = TypeVar("T")

LARGEST = 1e15
_TYPES: dict[type, tuple[str, str]] = {
    str: ("文字", "text"),
    bool: ("true 或 false", "true or false"),
    list: ("列表", "a list"),
}


class Section:
    """One table of a mapping. Gives its values out by type; `finish` complains about keys that nobody asked
    for."""

    def __init__(self, found: dict[str, Any], path: str, origin: str) -> None:
        self._found, self._path, self._origin = found, path, origin
        self._known: dict[str, None] = {}

    def refusal(self, key: str, zh: str, en: str) -> ImportRefused:
        """The complaint about a key of this table."""
        name = f"{self._path}.{key}" if self._path else key
        return ImportRefused(
            f"映射 {self._origin}：键 {name} {zh}。", f"Mapping {self._origin}: the key {name} {en}."
        )

    def has(self, key: str) -> bool:
        """Whether the key is there at all."""
        return key in self._found

    def child(self, key: str) -> Section:
        """The table under a key; an empty one when it is absent."""
        return self.table(key, self.any(key, {}))

    def table(self, name: str, value: object) -> Section:
        """Any value as a table, named for its complaints."""
        if not isinstance(value, dict):
            raise self.refusal(name, "应为一个表", "must be a table")
        return Section(value, f"{self._path}.{name}" if self._path else name, self._origin)

    def any(self, key: str, default: object = None) -> object:
        """The value of a key, of whatever type."""
        self._known[key] = None
        return self._found.get(key, default)

    def text(self, key: str, default: str | None = None) -> str | None:
        """Text, or the default."""
        return self._typed(key, str, default)

    def words(self, key: str, default: str) -> str:
        """Text that has a default."""
        return self.text(key, default) or default

    def choice(self, key: str, allowed: Iterable[str], default: str) -> str:
        """One of a few words."""
        value, choices = self.words(key, default), list(allowed)
        if value not in choices:
            raise self.refusal(key, f"应为 {'、'.join(choices)} 之一", f"must be one of {', '.join(choices)}")
        return value

    def flag(self, key: str) -> bool:
        """true or false; false when absent."""
        return bool(self._typed(key, bool, False))

    def whole(self, key: str, default: int, most: int) -> int:
        """A whole number from 0 to `most`."""
        value = self.any(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise self.refusal(key, f"应为 0 至 {most} 的整数", f"must be a whole number from 0 to {most}")
        return value

    def number(self, key: str, default: float | None) -> float | None:
        """A number that is not negative, or the default."""
        value = self.any(key, default)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LARGEST:
            raise self.refusal(key, "应为不小于 0 的数字", "must be a number, 0 or more")
        return float(value)

    def day(self, key: str) -> date:
        """A date or a moment, as TOML writes them without quotes."""
        value = self.any(key)
        if not isinstance(value, date):  # a moment is a date too
            raise self.refusal(
                key,
                "应为日期，如 2026-12-01（不加引号）",
                "must be a date such as 2026-12-01, without quotes",
            )
        return value

    def sequence(self, key: str) -> list[Any]:
        """A list; empty when absent."""
        return list(self._typed(key, list, None) or [])

    def texts(self, key: str) -> tuple[str, ...]:
        """One text or a list of them."""
        value = self.any(key, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self.refusal(key, "应为文字或文字的列表", "must be text or a list of texts")
        return tuple(found)

    def entries(self) -> dict[str, Any]:
        """All keys with their values: for tables whose keys are data."""
        self._known.update(dict.fromkeys(self._found))
        return self._found

    def text_entries(self) -> dict[str, str]:
        """All keys with their values, which must be text."""
        found = self.entries()
        for key, value in found.items():
            if not isinstance(value, str):
                raise self.refusal(key, "应为文字", "must be text")
        return found

    def allow(self, keys: Iterable[str]) -> None:
        """Refuses every key that is not one of these."""
        self._known.update(dict.fromkeys(keys))
        self.finish()

    def finish(self) -> None:
        """Refuses the keys that nobody asked for, and names what was probably meant."""
        for key in self._found:
            if key in self._known:
                continue
            if near := difflib.get_close_matches(key, self._known, n=1):
                raise self.refusal(key, f"不认识；是否应为 {near[0]}", f"is unknown; did you mean {near[0]}")
            zh, en = "、".join(self._known), ", ".join(self._known)
            raise self.refusal(key, f"不认识；可用的有 {zh}", f"is unknown; known here are {en}")

    def _typed(self, key: str, kind: type[T], default: T | None) -> T | None:
        value = self.any(key)
        if value is None:
            return default
        if not isinstance(value, kind):
            zh, en = _TYPES[kind]
            raise self.refusal(key, f"应为{zh}", f"must be {en}")
        return value
