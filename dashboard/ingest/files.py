"""Reads rows and features from files. Owns encodings, compression and row numbers; leaves meaning to the
mapping.

Memory stays bounded: CSV is read line by line, GeoJSON up to a size. Rows count as a spreadsheet shows
them (the header is row 1); features count from 1.
"""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from dashboard.ingest.mapping import FileRules
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding, shown
from dashboard.ingest.wording import Flaw

LINE_LIMIT = 1_000_000
"""Characters of one line; a longer one is no table."""
DOCUMENT_LIMIT = 256 * 1024 * 1024
"""Bytes of one GeoJSON document after decompression."""
_PROBE = 1 << 20
_GEOJSON = (".geojson", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row or feature: text by column, and the shape of a feature as GeoJSON has it."""

    number: int
    values: dict[str, str]
    shape: dict[str, Any] | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An open file: its columns, and its rows in order; a row that cannot be read comes as a Finding."""

    columns: tuple[str, ...]
    rows: Iterator[Record | Finding]
    shapes: bool


@contextmanager
def open_table(path: Path, rules: FileRules) -> Iterator[Table]:
    """Opens a CSV or GeoJSON file, gzipped or not. ImportRefused where the file as a whole cannot be read."""
    try:
        with _stream(path) as stream:
            if path.name.lower().removesuffix(".gz").endswith(_GEOJSON):
                yield _features(stream, path)
            else:
                yield _csv(stream, path, rules)
    except OSError as error:
        why = error.strerror or str(error)
        raise ImportRefused(f"无法读取文件 {path}：{why}", f"Cannot read the file {path}: {why}") from error
    except (EOFError, zlib.error) as error:
        raise ImportRefused(
            f"文件 {path} 的压缩数据不完整，未写入任何内容。",
            f"The compressed data of {path} is not complete; nothing was written.",
        ) from error


def _stream(path: Path) -> IO[bytes]:
    stream = path.open("rb")
    magic = stream.read(2)
    stream.seek(0)
    if magic != b"\x1f\x8b":
        return stream
    stream.close()
    return cast("IO[bytes]", gzip.open(path, "rb"))


def _csv(stream: IO[bytes], path: Path, rules: FileRules) -> Table:
    encoding = rules.encoding or _encoding(stream)
    reader = csv.reader(_lines(stream, encoding, path), delimiter=rules.delimiter, strict=True)
    try:
        header = tuple(name.strip() for name in next(reader))
    except StopIteration:
        raise ImportRefused(f"文件 {path} 是空的。", f"The file {path} is empty.") from None
    except csv.Error as error:
        raise ImportRefused(
            f"文件 {path} 的表头无法读取。", f"The header of {path} cannot be read."
        ) from error
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        zh, en = "、".join(twice), ", ".join(twice)
        raise ImportRefused(
            f"文件 {path} 的表头有重复的列：{zh}。", f"The header of {path} repeats a column: {en}."
        )
    return Table(columns=header, rows=_csv_rows(reader, header, encoding), shapes=False)


def _csv_rows(
    reader: Iterator[list[str]], header: tuple[str, ...], encoding: str
) -> Iterator[Record | Finding]:
    number, width = 1, len(header)
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Finding(row=number, field="", value="", flaw=Flaw.UNREADABLE_ROW, rejected=True)
            continue
        if not cells:
            continue
        if len(cells) != width:
            details: dict[str, object] = {"found": len(cells), "expected": width}
            value = shown(",".join(cells))
            yield Finding(
                row=number, field="", value=value, flaw=Flaw.FIELD_COUNT, rejected=True, details=details
            )
            continue
        broken = next((place for place, cell in enumerate(cells) if _is_broken(cell)), None)
        if broken is not None:
            yield Finding(
                row=number,
                field=header[broken],
                value=shown(cells[broken]),
                flaw=Flaw.BROKEN_ENCODING,
                rejected=True,
                details={"encoding": encoding},
            )
            continue
        yield Record(number=number, values=dict(zip(header, cells, strict=True)))


def _is_broken(cell: str) -> bool:
    return not cell.isascii() and any("\udc80" <= char <= "\udcff" for char in cell)


def _lines(stream: IO[bytes], encoding: str, path: Path) -> Iterator[str]:
    """Lines as text. Bytes that do not decode stay visible as lone surrogates, so that their row can be
    named."""
    first = True
    while line := stream.readline(LINE_LIMIT + 1):
        if len(line) > LINE_LIMIT:
            raise ImportRefused(
                f"文件 {path} 有一行超过 {LINE_LIMIT:,} 字节，不是表格。",
                f"A line of {path} is longer than {LINE_LIMIT:,} bytes: this is no table.",
            )
        try:
            text = line.decode(encoding, errors="surrogateescape")
        except LookupError as error:
            raise ImportRefused(
                f"不认识的编码 {encoding}。", f"The encoding {encoding} is unknown."
            ) from error
        yield text.removeprefix("\ufeff") if first else text
        first = False


def _encoding(stream: IO[bytes]) -> str:
    """UTF-8 if the beginning of the file is, else GB18030, which Chinese office software writes."""
    probe = stream.read(_PROBE)
    stream.seek(0)
    whole = probe[: probe.rfind(b"\n") + 1] or probe
    try:
        whole.decode("utf-8")
    except UnicodeDecodeError:
        try:
            whole.decode("gb18030")
        except UnicodeDecodeError:
            return "utf-8"
        return "gb18030"
    return "utf-8"


def _features(stream: IO[bytes], path: Path) -> Table:
    raw = stream.read(DOCUMENT_LIMIT + 1)
    if len(raw) > DOCUMENT_LIMIT:
        size = f"{DOCUMENT_LIMIT // 1024 // 1024} MB"
        raise ImportRefused(f"文件 {path} 超过 {size}。", f"The file {path} is larger than {size}.")
    try:
        document = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ImportRefused(
            f"文件 {path} 不是有效的 GeoJSON。", f"The file {path} is not valid GeoJSON."
        ) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise ImportRefused(
            f"文件 {path} 不是 GeoJSON 的 FeatureCollection。",
            f"The file {path} is no GeoJSON FeatureCollection.",
        )
    columns: dict[str, None] = {}
    for feature in features:
        columns.update(dict.fromkeys(_properties(feature)))
    return Table(columns=tuple(columns), rows=_feature_rows(features, tuple(columns)), shapes=True)


def _feature_rows(features: list[Any], columns: tuple[str, ...]) -> Iterator[Record | Finding]:
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict):
            yield Finding(row=number, field="", value=shown(feature), flaw=Flaw.NO_SHAPE, rejected=True)
            continue
        found = _properties(feature)
        shape = feature.get("geometry")
        yield Record(
            number=number,
            values={name: _as_text(found.get(name)) for name in columns},
            shape=shape if isinstance(shape, dict) else None,
        )


def _properties(feature: object) -> dict[str, Any]:
    found = feature.get("properties") if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else {}


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
