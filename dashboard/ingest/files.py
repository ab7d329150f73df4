"""Opens files of any format that is read. Owns telling them apart, by their content and not by their name;
each format has a module of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

import shapely

from dashboard.ingest.archives import members, opened_archive, shown_name, take_out
from dashboard.ingest.delimited import delimited_table
from dashboard.ingest.documents import document_table
from dashboard.ingest.layers import geopackage_table, is_geopackage, is_shapefile, shapefile_table
from dashboard.ingest.mapping import FileRules
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding
from dashboard.ingest.tables import Record, Table
from dashboard.ingest.trees import tree_table
from dashboard.ingest.unpacking import opened
from dashboard.ingest.workbook import workbook_table

__all__ = ["POINT_COLUMNS", "Record", "Table", "open_table", "with_points"]

POINT_COLUMNS = ("geometry.x", "geometry.y")
"""Columns that features have beside their own: where they are, in the file's coordinate system."""
_SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_INSIDE = (".geojson", ".json", ".gpkg", ".csv", ".xlsx")
"""What a ZIP may hold instead of a Shapefile."""
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": ("旧版 Excel（.xls）", "an old Excel workbook (.xls)", "XLSX", "XLSX"),
    b"Rar!": ("RAR 压缩包", "a RAR archive", "ZIP", "ZIP"),
    b"7z\xbc\xaf": ("7z 压缩包", "a 7z archive", "ZIP", "ZIP"),
    b"%PDF": ("PDF 文档", "a PDF document", "CSV 或 XLSX", "CSV or XLSX"),
    b"<": ("XML 或网页", "XML or a web page", "GeoJSON、CSV 或 XLSX", "GeoJSON, CSV or XLSX"),
}


@contextmanager
def open_table(path: Path, rules: FileRules, *, count: bool = False) -> Iterator[Table]:
    """Opens CSV, GeoJSON, XLSX, GeoPackage, or a Shapefile, packed or not. ImportRefused where the file as a
    whole cannot be read. `count`: say how many rows there are, also where that takes a reading of its own."""
    with _opener(path, rules, count=count) as table:
        yield table


def with_points(table: Table) -> Table:
    """The table with the columns POINT_COLUMNS instead of shapes: the point itself, else one on the shape."""
    if not table.shapes or set(POINT_COLUMNS) & set(table.columns):
        return table
    return replace(
        table, columns=(*table.columns, *POINT_COLUMNS), rows=_with_points(table.rows), shapes=False
    )


def _with_points(rows: Iterator[Record | Finding]) -> Iterator[Record | Finding]:
    for row in rows:
        if isinstance(row, Record):
            pair = dict(zip(POINT_COLUMNS, _point(row), strict=True))
            yield replace(row, values={**row.values, **pair}, shape=None)
        else:
            yield row


def _point(record: Record) -> tuple[str, str]:
    shape = record.shape or {}
    try:
        if shape.get("type") == "Point":
            x, y = shape["coordinates"][:2]
            return repr(float(x)), repr(float(y))
        found = shapely.point_on_surface(shapely.geometry.shape(shape)) if shape else None
        return ("", "") if found is None or found.is_empty else (repr(found.x), repr(found.y))
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError, shapely.errors.ShapelyError):
        return "", ""


def _opener(path: Path, rules: FileRules, *, count: bool) -> AbstractContextManager[Table]:
    """The reader for a file, by its first bytes."""
    with opened(path) as stream:
        head = stream.read(4096)
    name = path.name.lower().removesuffix(".gz")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(path, rules, count=count)
    if is_geopackage(head):
        return geopackage_table(path, rules)
    if is_shapefile(head):
        return shapefile_table(path, rules, path.name)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, words in _FOREIGN.items():
        if text.startswith(mark):
            raise _foreign(path, *words)
    if rules.rows:
        return tree_table(path, rules.rows)
    if text.startswith((b"{", b"[")) or name.endswith((".geojson", ".json")):
        return document_table(path)
    return delimited_table(path, rules, count=count)


@contextmanager
def _packed(path: Path, rules: FileRules, *, count: bool) -> Iterator[Table]:
    """A workbook, or an archive with one file in it that can be read."""
    with opened_archive(path) as archive:
        workbook = "[Content_Types].xml" in archive.namelist()
    if workbook:
        with workbook_table(path, rules) as table:
            yield table
        return
    with tempfile.TemporaryDirectory(prefix="quanyu-import-") as folder:
        place, name = _unpacked(path, Path(folder), rules.layer)
        inner = (
            shapefile_table(place, rules, name)
            if place.suffix == ".shp"
            else _opener(place, rules, count=count)
        )
        with inner as table:
            yield table


def _unpacked(path: Path, folder: Path, wanted: str) -> tuple[Path, str]:
    """Where the archive's one file lies, unpacked, and what people call it."""
    with opened_archive(path) as archive:
        entries = {entry: PurePosixPath(entry.filename.replace("\\", "/")) for entry in members(archive)}
        stems = {place.with_suffix("") for place in entries.values() if place.suffix.lower() == ".shp"}
        if not stems:
            return _single(path, folder)
        titles = {
            stem: next(
                PurePosixPath(shown_name(entry)).stem
                for entry, place in entries.items()
                if place.with_suffix("") == stem and place.suffix.lower() == ".shp"
            )
            for stem in sorted(stems)
        }
        chosen = [stem for stem, title in titles.items() if title == wanted] if wanted else list(titles)
        if len(chosen) != 1:
            zh, en = "、".join(list(titles.values())[:20]), ", ".join(list(titles.values())[:20])
            raise ImportRefused(
                f"请在映射中写明 file.layer，即 {path.name} 中要导入的图层；有：{zh}。",
                f"Name file.layer in the mapping, the layer of {path.name} to import; there is: {en}.",
            )
        wanted_parts = [
            (entry, folder / f"layer{place.suffix.lower()}")
            for entry, place in entries.items()
            if place.with_suffix("") == chosen[0] and place.suffix.lower() in _SIDECARS
        ]
        take_out(archive, wanted_parts, path)
        return folder / "layer.shp", titles[chosen[0]] + ".shp"


def _single(path: Path, folder: Path) -> tuple[Path, str]:
    with opened_archive(path) as archive:
        found = [
            entry for entry in members(archive) if PurePosixPath(entry.filename).suffix.lower() in _INSIDE
        ]
        if len(found) != 1:
            raise ImportRefused(
                f"压缩包 {path.name} 中应有一个 Shapefile，或恰好一个 GeoJSON、GeoPackage、CSV、XLSX 文件。",
                f"The archive {path.name} has to hold a Shapefile, or just one file as GeoJSON, GeoPackage, CSV "
                "or XLSX.",
            )
        inner = folder / f"file{PurePosixPath(found[0].filename).suffix.lower()}"
        take_out(archive, [(found[0], inner)], path)
    with inner.open("rb") as stream:
        if stream.read(2) in (b"PK", b"\x1f\x8b") and inner.suffix != ".xlsx":
            raise _foreign(path, "压缩包里的压缩包", "an archive within an archive", "ZIP", "ZIP")
    return inner, shown_name(found[0])


def _foreign(path: Path, zh: str, en: str, instead_zh: str, instead_en: str) -> ImportRefused:
    return ImportRefused(
        f"文件 {path.name} 是{zh}，不能直接导入；请另存为 {instead_zh}。",
        f"The file {path.name} is {en}, which cannot be imported; save it as {instead_en}.",
    )
