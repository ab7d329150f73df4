"""Rows from JSON: the features of GeoJSON, or the objects of a list. Owns reading a document of any size with
one of its items in memory at a time.

The document is read twice: once for its columns and its coordinate system, once for its rows.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from dashboard.ingest.delimited import broken_cell
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding, shown
from dashboard.ingest.tables import COLUMN_LIMIT, Record, Table, checked_columns, checked_names, number_text
from dashboard.ingest.unpacking import opened
from dashboard.ingest.wording import Flaw

ITEM_LIMIT = 32 * 1024 * 1024
"""Characters of one feature."""
PARTS_LIMIT = 4_000_000
"""Numbers, lists and names in one feature: what they become in memory is many times the text."""
_BLOCK = 1 << 18
_NESTED = 3
"""How deep the objects of a list are taken apart into columns: `a.b.c`."""
_SPACE = re.compile(r"[ \t\r\n]+")


@contextmanager
def document_table(path: Path) -> Iterator[Table]:
    """An open table. Features count from 1."""
    survey = _survey(path)
    columns = checked_columns(list(survey.columns), path)
    with opened(path) as stream:
        items = _items(_Scanner(stream, path), _Survey())
        rows = _rows(items, columns, features=survey.features)
        yield Table(columns=columns, rows=rows, shapes=survey.features, crs=survey.crs, total=survey.count)


@dataclass(slots=True)
class _Survey:
    """What the first reading finds."""

    features: bool = False
    crs: str = ""
    count: int = 0
    columns: dict[str, None] = field(default_factory=dict)


def _survey(path: Path) -> _Survey:
    found = _Survey()
    with opened(path) as stream:
        for item in _items(_Scanner(stream, path), found):
            found.count += 1
            known = len(found.columns)
            values = _properties(item) if found.features else _flat(item)
            found.columns.update(dict.fromkeys(map(_clean, values)))
            checked_names(values, path)
            if len(found.columns) > COLUMN_LIMIT > known:
                checked_columns(list(found.columns), path)
    return found


def _items(scanner: _Scanner, survey: _Survey) -> Iterator[object]:
    """The items of the document, in order; what stands around them goes to `survey`."""
    if scanner.peek() == "[":
        yield from scanner.items()
        scanner.finish()
        return
    scanner.take("{")
    while scanner.peek() != "}":
        name = scanner.value()
        scanner.take(":")
        if name == "features" and scanner.peek() == "[" and not survey.features:
            survey.features = True
            yield from scanner.items()
        else:
            value = scanner.value()
            if name == "crs":
                survey.crs = _crs(value)
        if scanner.peek() != "}":
            scanner.take(",")
    scanner.take("}")
    scanner.finish()
    if not survey.features:
        raise ImportRefused(
            f"文件 {scanner.path.name} 不是 GeoJSON 的 FeatureCollection。",
            f"The file {scanner.path.name} is no GeoJSON FeatureCollection.",
        )


class _Scanner:
    """Takes JSON values one after another from a stream. ImportRefused where it is not JSON."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self.path = path
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._decoder = json.JSONDecoder(strict=False)
        self._text, self._at, self._ended = "", 0, False

    def peek(self) -> str:
        """The next character that is no space, without taking it; "" at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, char: str) -> None:
        """Takes this character."""
        if self.peek() != char:
            raise self._refusal()
        self._at += 1

    def finish(self) -> None:
        """Makes sure that nothing follows."""
        if self.peek():
            raise self._refusal()

    def items(self) -> Iterator[object]:
        """The values of a list, one at a time."""
        self.take("[")
        while self.peek() != "]":
            yield self.value()
            if self.peek() == "]":
                break
            self.take(",")
            if self.peek() == "]":
                raise self._refusal()
        self.take("]")

    def value(self) -> object:
        """Takes one value."""
        if not self.peek():
            raise self._refusal()
        while True:
            self._check_size()
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                # either the value goes on beyond what has been read, or it is none
                if isinstance(error, RecursionError) or not self._more():
                    raise self._refusal() from error
                continue
            # a number could go on
            if end < len(self._text) or not self._more():
                self._at = end
                return value

    def _check_size(self) -> None:
        size = len(self._text) - self._at
        if size > ITEM_LIMIT:
            raise self._refusal()
        if size > _BLOCK * 4 and sum(self._text.count(mark, self._at) for mark in ",[{") > PARTS_LIMIT:
            raise self._refusal()

    def _more(self) -> bool:
        """Reads on, at least as much again as is waiting; whether there was anything."""
        if self._ended:
            return False
        waiting = len(self._text) - self._at
        raw = self._stream.read(max(_BLOCK, waiting))
        self._ended = not raw
        try:
            text = self._decode.decode(raw, final=self._ended)
        except UnicodeDecodeError as error:
            raise self._refusal() from error
        self._text, self._at = self._text[self._at :] + text, 0
        return bool(raw)

    def _refusal(self) -> ImportRefused:
        return ImportRefused(
            f"文件 {self.path.name} 不是有效的 GeoJSON。", f"The file {self.path.name} is not valid GeoJSON."
        )


def _crs(value: object) -> str:
    """The name in the `crs` member that GeoJSON had until 2016."""
    properties = value.get("properties") if isinstance(value, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else ""


def _rows(items: Iterator[object], columns: tuple[str, ...], *, features: bool) -> Iterator[Record | Finding]:
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            flaw = Flaw.NO_SHAPE if features else Flaw.NOT_A_RECORD
            yield Finding(row=number, field="", value=shown(item), flaw=flaw, rejected=True)
            continue
        found = _properties(item) if features else _flat(item)
        values = {**dict.fromkeys(columns, ""), **{_clean(name): _text(found[name]) for name in found}}
        broken = next((name for name, text in values.items() if _has_surrogate(text)), None)
        if broken is not None:
            yield broken_cell(number, broken, values[broken], "UTF-8")
            continue
        shape = item.get("geometry") if features else None
        yield Record(number=number, values=values, shape=shape if isinstance(shape, dict) else None)


def _properties(item: object) -> dict[str, Any]:
    found = item.get("properties") if isinstance(item, dict) else None
    return found if isinstance(found, dict) else {}


def _flat(item: object, prefix: str = "", depth: int = 1) -> dict[str, Any]:
    """An object's values by name; objects inside it as `name.inner`."""
    found: dict[str, Any] = {}
    for name, value in item.items() if isinstance(item, dict) else ():
        if isinstance(value, dict) and depth < _NESTED:
            found.update(_flat(value, f"{prefix}{name}.", depth + 1))
        else:
            found[prefix + name] = value
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return number_text(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _clean(name: str) -> str:
    """A name that can be printed: JSON can spell characters that are none."""
    return name.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(name) else name


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)
