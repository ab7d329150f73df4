"""ZIP archives as strangers pack them. Owns what may be taken out of one: how much, and under which name.

Nothing is trusted: names never become paths, declared sizes are limits and not promises, and only the two
plain ways of packing are read, because the others cannot be bounded.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from dashboard.ingest.refusal import ImportRefused

ENTRY_LIMIT = 10_000
DIRECTORY_LIMIT = 16 * 1024**2
"""Bytes of an archive's list of files: what it becomes in memory is ten times as much."""
TAKEN_LIMIT = 2 * 1024**3
"""Bytes that one archive may fill on the disk."""
TAKEN_RATIO, FREE_BYTES = 500, 256 * 1024**2
"""How many times its own size an archive may unpack to, and what any may; tables with wide fields reach 100."""
SPARE_BYTES = 512 * 1024**2
"""Bytes of the disk that stay free."""
SMALL_PART, LARGE_PART = 16 * 1024**2, 1024**3
"""Bytes of a spreadsheet's part: of styles and lists of names, and of a sheet or the table of its texts."""
PARTS_TOTAL = 3 * 1024**3
TEXT_RUN = 1_000_000
"""Bytes between two tags of a spreadsheet."""
ROW_TAGS = 400_000
"""Tags of one row: a spreadsheet has at most 16,384 columns."""
SHEET_ROWS = 1_048_576
TEXTS = 4_000_000
SMALL_TAGS = 400_000
MEASURED = (".xml", ".rels")
"""Endings of a workbook's parts that are measured; no other part is read, whatever the workbook says of it."""
_BLOCK = 1 << 20
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_TEXT = re.compile(rb"<(?:\w+:)?si[\s/>]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def opened_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, provided that it can be read safely. ImportRefused where not, also while it is read."""
    try:
        with _Frugal(io.FileIO(path)) as raw, zipfile.ZipFile(raw) as archive:
            raw.listing = False
            entries = archive.infolist()
            if len(entries) > ENTRY_LIMIT:
                raise _refusal(
                    path, f"文件超过 {ENTRY_LIMIT:,} 个", f"it holds more than {ENTRY_LIMIT:,} files"
                )
            for entry in entries:
                if entry.flag_bits & 1:
                    raise _refusal(path, "设有密码", "it is locked with a password")
                if entry.compress_type not in _PLAIN:
                    raise _refusal(path, "压缩方式不受支持", "it is packed in a way that cannot be read")
            yield archive
    except _DirectoryTooLarge as error:
        raise _refusal(
            path, f"文件超过 {ENTRY_LIMIT:,} 个", f"it holds more than {ENTRY_LIMIT:,} files"
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _refusal(
            path, "内容损坏或与所标大小不符", "its content is broken or not of the size that it claims"
        ) from error


class _DirectoryTooLarge(Exception):
    """The archive's list of files is longer than that of any honest archive."""


class _Frugal(io.BufferedReader):
    """A file whose list of contents is not read where it is too long, which only its size tells beforehand."""

    listing = True

    def read(self, size: int | None = -1, /) -> bytes:
        """Reads on. _DirectoryTooLarge beyond the bound."""
        if self.listing:
            rest = os.fstat(self.fileno()).st_size - self.tell()
            if min(rest, rest if size is None or size < 0 else size) > DIRECTORY_LIMIT:
                raise _DirectoryTooLarge
        return super().read(size)


class MeasuredArchive(zipfile.ZipFile):
    """A workbook's archive that gives out only those parts which a SheetSurvey measures."""

    def open(
        self,
        name: str | zipfile.ZipInfo,
        mode: Literal["r", "w"] = "r",
        pwd: bytes | None = None,
        *,
        force_zip64: bool = False,
    ) -> IO[bytes]:
        """The part as a stream; BadZipFile for one that nobody measured."""
        title = name.filename if isinstance(name, zipfile.ZipInfo) else name
        if not title.lower().endswith(MEASURED):
            raise zipfile.BadZipFile(title)
        return super().open(name, mode, pwd, force_zip64=force_zip64)


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files that somebody packed, without folders and what an operating system adds."""
    found = [entry for entry in archive.infolist() if not entry.is_dir()]
    return [entry for entry in found if not entry.filename.startswith("__MACOSX/")]


def shown_name(entry: zipfile.ZipInfo) -> str:
    """A member's name for people: Chinese systems write GB18030 without saying so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = entry.filename
    name = PurePosixPath(name.replace("\\", "/")).name
    return "".join(char for char in name if char.isprintable())[:100]


def take_out(archive: zipfile.ZipFile, wanted: Sequence[tuple[zipfile.ZipInfo, Path]], path: Path) -> None:
    """Unpacks members to places of our own choosing. ImportRefused where they are too large."""
    spare = shutil.disk_usage(wanted[0][1].parent).free - SPARE_BYTES
    left = min(TAKEN_LIMIT, spare, max(FREE_BYTES, path.stat().st_size * TAKEN_RATIO))
    for entry, place in wanted:
        with archive.open(entry) as packed, place.open("wb") as out:
            while block := packed.read(_BLOCK):
                left -= len(block)
                if left < 0:
                    raise _refusal(path, "解压后过大", "it unpacks to more than can be taken in")
                out.write(block)
            if out.tell() != entry.file_size:
                raise zipfile.BadZipFile(entry.filename)


class SheetSurvey:
    """How much is in a spreadsheet's parts, counted before any of it is parsed."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self.rows: dict[str, int] = {}
        self.formulas: set[str] = set()
        self._archive, self._path = archive, path
        parts = [entry for entry in archive.infolist() if entry.filename.lower().endswith(MEASURED)]
        if sum(entry.file_size for entry in parts) > PARTS_TOTAL:
            raise self._refusal()
        for entry in parts:
            name = entry.filename.lower()
            if "/worksheets/sheet" in name or ("/worksheets/" in name and name.endswith(".xml")):
                self._scan_sheet(entry)
            elif name.endswith("sharedstrings.xml"):
                self._scan_texts(entry)
            else:
                self._scan_small(entry)

    def _scan_sheet(self, entry: zipfile.ZipInfo) -> None:
        rows = since = 0
        for block in self._blocks(entry, LARGE_PART):
            found = list(_ROW.finditer(block))
            rows += len(found)
            since = block.count(b"<", found[-1].start()) if found else since + block.count(b"<")
            if _FORMULA.search(block):
                self.formulas.add(entry.filename)
            if rows > SHEET_ROWS or since > ROW_TAGS:
                raise self._refusal()
        self.rows[entry.filename] = rows

    def _scan_texts(self, entry: zipfile.ZipInfo) -> None:
        texts = tags = since = 0
        for block in self._blocks(entry, LARGE_PART):
            found = list(_TEXT.finditer(block))
            texts, tags = texts + len(found), tags + block.count(b"<")
            since = block.count(b"<", found[-1].start()) if found else since + block.count(b"<")
            if texts > TEXTS or tags > TEXTS * 6 or since > ROW_TAGS:
                raise self._refusal()

    def _scan_small(self, entry: zipfile.ZipInfo) -> None:
        tags = 0
        for block in self._blocks(entry, SMALL_PART):
            tags += block.count(b"<")
            if tags > SMALL_TAGS:
                raise self._refusal()

    def _blocks(self, entry: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
        """The part's content; refused where it is too large, or where one text runs on for too long."""
        if entry.file_size > limit:
            raise self._refusal()
        run = 0
        with self._archive.open(entry) as stream:
            while block := stream.read(_BLOCK):
                pieces = block.split(b"<")
                longest = max(run + len(pieces[0]), *(len(piece) for piece in pieces))
                run = len(pieces[-1]) if len(pieces) > 1 else run + len(block)
                if max(longest, run) > TEXT_RUN:
                    raise self._refusal()
                yield block

    def _refusal(self) -> ImportRefused:
        return _refusal(self._path, "表格过大", "it is larger than any spreadsheet can be")


def _refusal(path: Path, zh: str, en: str) -> ImportRefused:
    return ImportRefused(
        f"文件 {path.name} 无法读取：{zh}。未写入任何内容。",
        f"The file {path.name} cannot be read: {en}. Nothing was written.",
    )
