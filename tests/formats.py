"""Files in the formats that people bring, written by the libraries that their own programs use."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas
import openpyxl
import shapely

_INLINE = re.compile(rb'<c ([^>]*?) t="inlineStr"><is><t(?: [^>]*)?>(.*?)</t></is></c>', re.DOTALL)
_NAMESPACE = re.compile(rb'xmlns="([^"]+)"')
_SHARED_TYPE = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument'
    b'.spreadsheetml.sharedStrings+xml"/>'
)
Facts = Mapping[str, Sequence[object]]


def workbook(path: Path, rows: Sequence[Sequence[object]], title: str = "Sheet1") -> Path:
    """A workbook with one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def with_shared_texts(path: Path) -> Path:
    """The workbook with its texts in a table of their own, as office programs save them."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    texts: dict[bytes, int] = {}

    def shared(cell: re.Match[bytes]) -> bytes:
        return b'<c %s t="s"><v>%d</v></c>' % (cell[1], texts.setdefault(cell[2], len(texts)))

    for name in [name for name in parts if name.startswith("xl/worksheets/")]:
        parts[name] = _INLINE.sub(shared, parts[name])
    main = _NAMESPACE.search(parts["xl/workbook.xml"])
    assert main is not None
    items = b"".join(b"<si><t>%s</t></si>" % text for text in texts)
    parts["xl/sharedStrings.xml"] = b'<?xml version="1.0"?><sst xmlns="%s">%s</sst>' % (main[1], items)
    manifest = parts["[Content_Types].xml"]
    parts["[Content_Types].xml"] = manifest.replace(b"</Types>", _SHARED_TYPE + b"</Types>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def geopackage(
    path: Path, facts: Facts, shapes: Sequence[shapely.Geometry | None], crs: str | None, layer: str = "layer"
) -> Path:
    """A layer of a GeoPackage; added to the file if that is there already."""
    frame(facts, shapes, crs).to_file(path, driver="GPKG", layer=layer)
    return path


def shapefile(
    folder: Path,
    name: str,
    facts: Facts,
    shapes: Sequence[shapely.Geometry | None],
    crs: str | None,
    encoding: str = "utf-8",
) -> list[Path]:
    """The parts of a Shapefile."""
    folder.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names are cut to ten bytes
        frame(facts, shapes, crs).to_file(folder / f"{name}.shp", encoding=encoding)
    return sorted(folder.glob(f"{name}.*"))


def packed(path: Path, parts: Sequence[Path], inside: str = "") -> Path:
    """A ZIP of files, in a folder of their own if `inside` names one."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.write(part, f"{inside}{part.name}")
    return path


def frame(facts: Facts, shapes: Sequence[shapely.Geometry | None], crs: str | None) -> geopandas.GeoDataFrame:
    """Facts and shapes together."""
    return geopandas.GeoDataFrame(dict(facts), geometry=list(shapes), crs=crs)
