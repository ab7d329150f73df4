"""Tables as delimited text (CSV). Owns encodings, delimiters and row numbers; read line by line.

Rows count as a spreadsheet shows them: the header is row 1.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dashboard.ingest.mapping import FileRules
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding, shown
from dashboard.ingest.tables import Record, Table, checked_columns
from dashboard.ingest.unpacking import blocks, opened
from dashboard.ingest.wording import Flaw

LINE_LIMIT = 1_000_000
"""Characters of one line; a longer one is no table."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OTHERS = ("\t", ";", "|")
"""Delimiters that are recognised where a header has no comma."""
_BROKEN = re.compile("[\ud800-\udfff\ufffd]")


@contextmanager
def delimited_table(path: Path, rules: FileRules, *, count: bool) -> Iterator[Table]:
    """An open table. `count`: go through the file once before, to say how many rows it has."""
    encoding = rules.encoding or _encoding(path)
    total = _count(path) if count else None
    with opened(path) as stream:
        lines = _lines(stream, encoding, path)
        skipped = max(rules.header, 1) - 1
        for _ in range(skipped):
            next(lines, None)
        header, reader = _header(lines, rules, path)
        if any(_BROKEN.search(name) for name in header):
            raise ImportRefused(
                f"文件 {path.name} 的表头不是 {encoding} 编码；请用 UTF-8 重新导出，或在映射中写明 file.encoding。",
                f"The header of {path.name} is not {encoding}; export the file again as UTF-8, or name "
                "file.encoding in the mapping.",
            )
        rows = _rows(reader, header, encoding, skipped + 1)
        left = None if total is None else max(total - skipped - 1, 0)
        yield Table(columns=header, rows=rows, shapes=False, total=left)


def _header(
    lines: Iterator[str], rules: FileRules, path: Path
) -> tuple[tuple[str, ...], Iterator[list[str]]]:
    first = next(lines, "")
    delimiter = rules.delimiter
    if delimiter == "," and "," not in first:
        delimiter = max(_OTHERS, key=first.count) if any(other in first for other in _OTHERS) else ","
    reader = csv.reader(_chained(first, lines), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader)]
    except StopIteration:
        raise ImportRefused(f"文件 {path.name} 是空的。", f"The file {path.name} is empty.") from None
    except csv.Error as error:
        raise ImportRefused(
            f"文件 {path.name} 的表头无法读取。", f"The header of {path.name} cannot be read."
        ) from error
    return checked_columns(header, path), reader


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _rows(
    reader: Iterator[list[str]], header: tuple[str, ...], encoding: str, number: int
) -> Iterator[Record | Finding]:
    width = len(header)
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
            yield _wrong_width(number, cells, width)
            continue
        broken = next((place for place, cell in enumerate(cells) if _is_broken(cell)), None)
        if broken is not None:
            yield broken_cell(number, header[broken], cells[broken], encoding)
            continue
        yield Record(number=number, values=dict(zip(header, cells, strict=True)))


def broken_cell(number: int, column: str, cell: str, encoding: str) -> Finding:
    """The finding for a cell whose bytes are no text."""
    return Finding(
        row=number,
        field=column,
        value=shown(cell),
        flaw=Flaw.BROKEN_ENCODING,
        rejected=True,
        details={"encoding": encoding},
    )


def _wrong_width(number: int, cells: list[str], width: int) -> Finding:
    return Finding(
        row=number,
        field="",
        value=shown(",".join(cells)),
        flaw=Flaw.FIELD_COUNT,
        rejected=True,
        details={"found": len(cells), "expected": width},
    )


def _is_broken(cell: str) -> bool:
    return not cell.isascii() and _BROKEN.search(cell) is not None


def _lines(stream: IO[bytes], encoding: str, path: Path) -> Iterator[str]:
    """Lines as text. Bytes that do not decode stay visible as lone surrogates, so that their row can be
    named."""
    if encoding.lower().replace("_", "-").startswith("utf-16"):
        yield from _wide_lines(stream, encoding, path)
        return
    first = True
    while line := stream.readline(LINE_LIMIT + 1):
        if len(line) > LINE_LIMIT:
            raise _too_long(path)
        try:
            text = line.decode(encoding, errors="surrogateescape")
        except (LookupError, UnicodeError) as error:
            raise ImportRefused(
                f"不认识的编码 {encoding}。", f"The encoding {encoding} is unknown."
            ) from error
        yield text.removeprefix("\ufeff") if first else text
        first = False


def _wide_lines(stream: IO[bytes], encoding: str, path: Path) -> Iterator[str]:
    """Lines of UTF-16, which spreadsheets call Unicode text; what does not decode becomes U+FFFD."""
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    try:
        while line := text.readline(LINE_LIMIT + 1):
            if len(line) > LINE_LIMIT:
                raise _too_long(path)
            yield line
    finally:
        text.detach()


def _too_long(path: Path) -> ImportRefused:
    return ImportRefused(
        f"文件 {path.name} 有一行超过 {LINE_LIMIT:,} 字节，不是表格。",
        f"A line of {path.name} is longer than {LINE_LIMIT:,} bytes: this is no table.",
    )


def _encoding(path: Path) -> str:
    """By the first bytes that are not ASCII: UTF-8 if they are that, else GB18030, which Chinese office
    software writes."""
    with opened(path) as stream:
        for number, block in enumerate(blocks(stream)):
            if number == 0 and block.startswith(_UTF16):
                return "utf-16"
            if block.isascii():
                continue
            # characters may be cut at both ends of a block, lines are not
            whole = block[block.find(b"\n") + 1 if number else 0 : block.rfind(b"\n") + 1] or block
            return next((name for name in ("utf-8", "gb18030") if _decodes(whole, name)), "utf-8")
    return "utf-8"


def _decodes(block: bytes, encoding: str) -> bool:
    try:
        block.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _count(path: Path) -> int:
    """Lines of the file: rows, where no field holds a line break."""
    lines, last = 0, b"\n"
    with opened(path) as stream:
        for block in blocks(stream):
            lines += block.count(b"\n")
            last = block[-1:]
    return lines + (last != b"\n")
