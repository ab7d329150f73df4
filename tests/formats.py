"""Files in the formats that people bring, written by the libraries that their own programs use."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas
import openpyxl
import shapely

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
