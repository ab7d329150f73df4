"""Files that mean harm, for tests: bombs, lies about sizes, names that climb, broken and endless content."""

from __future__ import annotations

import gzip
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import shapely

from tests.formats import geopackage, packed, shapefile, with_shared_texts, workbook

MEBIBYTE = 1024**2
HEADER = ("code", "source", "category", "reported_at", "region", "text", "address", "reporter")
GOOD = ("E-1", "hotline", "A01", "2026-07-01 08:00", "5101170010010001", "积水", "街口", "李")
SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'

Maker = Callable[[Path], Path]


def table_text(*rows: tuple[str, ...]) -> bytes:
    return "".join(",".join(row) + "\n" for row in (HEADER, *rows)).encode()


def sheet(folder: Path) -> Path:
    return with_shared_texts(workbook(folder / "good.xlsx", [HEADER, GOOD]))


def altered(
    folder: Path, member: str, content: bytes | Callable[[bytes], bytes], name: str = "t.xlsx"
) -> Path:
    """A sound workbook with one of its parts replaced."""
    with (
        zipfile.ZipFile(sheet(folder)) as old,
        zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            kept = old.read(entry)
            if entry.filename == member:
                kept = content(kept) if callable(content) else content
            new.writestr(entry.filename, kept)
        if member not in old.namelist():
            assert isinstance(content, bytes)
            new.writestr(member, content)
    return folder / name


def rows_of(count: int, row: bytes) -> Callable[[bytes], bytes]:
    return lambda kept: kept.replace(b"</sheetData>", row * count + b"</sheetData>")


def gzip_bomb_of_rows(folder: Path) -> Path:
    path = folder / "t.csv.gz"
    line = b"x,y,z\n" * 200_000
    with gzip.open(path, "wb") as out:
        out.write(table_text(GOOD))
        for _ in range(100):
            out.write(line)
    return path


def gzip_bomb_of_one_line(folder: Path) -> Path:
    path = folder / "t.csv.gz"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as out:
        out.write(packer.compress(table_text(GOOD)))
        for _ in range(30):
            out.write(packer.compress(bytes(4 * MEBIBYTE)))
        out.write(packer.flush())
    return path


def gzip_bomb_of_json(folder: Path) -> Path:
    path = folder / "t.geojson.gz"
    with gzip.open(path, "wb") as out:
        out.write(b'{"features": [{"properties": {"code": "')
        for _ in range(30):
            out.write(b"a" * (4 * MEBIBYTE))
    return path


def gzip_bomb_of_spaces(folder: Path) -> Path:
    path = folder / "t.json.gz"
    with gzip.open(path, "wb") as out:
        out.write(b'{"features": [')
        for _ in range(30):
            out.write(b" " * (4 * MEBIBYTE))
    return path


def zip_bomb_of_a_shapefile(folder: Path) -> Path:
    path = folder / "t.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.shp", b"\x00\x00\x27\x0a" + bytes(96))
        archive.writestr("t.shx", bytes(100))
        with archive.open("t.dbf", "w", force_zip64=True) as out:
            for _ in range(100):
                out.write(bytes(4 * MEBIBYTE))
    return path


def zip_of_zips(folder: Path) -> Path:
    inner = packed(folder / "inner.zip", [sheet(folder)])
    inner.rename(folder / "inner.csv")
    return packed(folder / "t.zip", [folder / "inner.csv"])


def locked(folder: Path) -> Path:
    path = packed(folder / "t.zip", [plain(folder)])
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    return path


def plain(folder: Path) -> Path:
    path = folder / "events.csv"
    path.write_bytes(table_text(GOOD))
    return path


def packed_with(method: int) -> Maker:
    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "t.zip", "w", method) as archive:
            archive.write(plain(folder), "events.csv")
        return folder / "t.zip"

    return make


def wrong_size(claimed: int) -> Maker:
    """An archive whose file claims another size than it has."""

    def make(folder: Path) -> Path:
        big = folder / "events.csv"
        big.write_bytes(table_text(*[GOOD] * 50_000))
        path = packed(folder / "t.zip", [big])
        raw = bytearray(path.read_bytes())
        for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            struct.pack_into("<I", raw, raw.index(mark) + place, claimed)
        path.write_bytes(raw)
        return path

    return make


def sheet_of_wrong_size(folder: Path) -> Path:
    """A workbook whose sheet claims to be a few bytes long, and is a million rows."""
    path = altered(folder, SHEET, rows_of(1_000_000, b"<row><c/></row>"))
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo(SHEET).header_offset
        listed = path.read_bytes().index(SHEET.encode(), archive.start_dir) - 46
    raw = bytearray(path.read_bytes())
    for offset in (place + 22, listed + 24):
        struct.pack_into("<I", raw, offset, 2_000)
    path.write_bytes(raw)
    return path


def many_members(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "t.zip", "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.csv", b"")
    return folder / "t.zip"


def many_layers(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "t.zip", "w") as archive:
        for number in range(50):
            archive.writestr(f"../../../tmp/{number}\x1b[2J.shp", b"")
    return folder / "t.zip"


def endless_view(folder: Path) -> Path:
    path = geopackage(folder / "t.gpkg", {"code": ["a"]}, [shapely.Point(103.8, 30.7)], "EPSG:4326", "layer")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("alter table layer rename to stored")
        connection.execute(
            "create view layer as with recursive n(i) as (select 1 union all select i + 1 from n) "
            "select i as fid, null as geom, 'x' as code from n"
        )
    return path


def giant_blob(folder: Path) -> Path:
    path = geopackage(folder / "t.gpkg", {"code": ["a"]}, [shapely.Point(103.8, 30.7)], "EPSG:4326", "layer")
    with closing(sqlite3.connect(path)) as connection, connection:
        # the triggers of the format's index need functions that are not here
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f'drop trigger "{name}"')
        connection.execute("update layer set code = zeroblob(200000000)")
    return path


def broken_layer(folder: Path) -> Path:
    path = geopackage(folder / "t.gpkg", {"code": ["a"]}, [shapely.Point(103.8, 30.7)], "EPSG:4326", "layer")
    raw = bytearray(path.read_bytes())
    raw[4096:] = bytes(len(raw) - 4096)
    path.write_bytes(raw)
    return path


def wild_shapefile(folder: Path) -> Path:
    """An index that promises features of two gigabytes."""
    parts = shapefile(folder / "s", "t", {"code": ["a"]}, [shapely.Point(103.8, 30.7)], "EPSG:4326")
    index = next(part for part in parts if part.suffix == ".shx")
    raw = bytearray(index.read_bytes())
    struct.pack_into(">i", raw, 104, 2**30)
    index.write_bytes(raw)
    return packed(folder / "t.zip", parts)


def wide_csv(folder: Path) -> Path:
    path = folder / "t.csv"
    path.write_bytes(b",".join(b"c%d" % number for number in range(100_000)) + b"\n")
    return path


def wide_geojson(folder: Path) -> Path:
    path = folder / "t.geojson"
    items = ",".join(f'{{"properties": {{"p{number}": 1}}}}' for number in range(50_000))
    path.write_text(f'{{"features": [{items}]}}', encoding="utf-8")
    return path


CELL = b'<row r="2"><c r="A2" t="s"><v>0</v></c></row>'
REFUSED: dict[str, Maker] = {
    "gzip bomb of rows": gzip_bomb_of_rows,
    "gzip bomb of one line": gzip_bomb_of_one_line,
    "gzip bomb of JSON": gzip_bomb_of_json,
    "gzip bomb of spaces": gzip_bomb_of_spaces,
    "zip bomb of a Shapefile": zip_bomb_of_a_shapefile,
    "zip of zips": zip_of_zips,
    "locked zip": locked,
    "bzip2 in a zip": packed_with(zipfile.ZIP_BZIP2),
    "lzma in a zip": packed_with(zipfile.ZIP_LZMA),
    "too small a size": wrong_size(100),
    "too small a size of a sheet": sheet_of_wrong_size,
    "too large a size": wrong_size(2**31 - 2),
    "too many members": many_members,
    "names that climb": many_layers,
    "entity bomb in a sheet": lambda folder: altered(
        folder, SHEET, lambda kept: ENTITIES.encode() + kept.replace(b"</v>", b"&i;</v>", 1)
    ),
    "entity bomb in the texts": lambda folder: altered(
        folder, TEXTS, lambda kept: ENTITIES.encode() + kept.partition(b"?>")[2].replace(b"<t>", b"<t>&i;", 1)
    ),
    "entity bomb in the manifest": lambda folder: altered(
        folder, "[Content_Types].xml", lambda kept: ENTITIES.encode() + kept.partition(b"?>")[2]
    ),
    "a file of the server as an entity": lambda folder: altered(
        folder, TEXTS, lambda kept: EXTERNAL.encode() + kept.partition(b"?>")[2].replace(b"<t>", b"<t>&a;", 1)
    ),
    "too many rows": lambda folder: altered(folder, SHEET, rows_of(1_100_000, b"<row/>")),
    "a row of a million cells": lambda folder: altered(
        folder, SHEET, lambda kept: kept.replace(b"</row>", b"<c/>" * 1_000_000 + b"</row>", 1)
    ),
    "one text of 100 MB": lambda folder: altered(
        folder, TEXTS, lambda kept: kept.replace(b"<t>", b"<t>" + b"a" * (100 * MEBIBYTE), 1)
    ),
    "five million texts": lambda folder: altered(
        folder, TEXTS, lambda kept: kept.replace(b"</sst>", b"<si/>" * 5_000_000 + b"</sst>")
    ),
    "styles without end": lambda folder: altered(
        folder,
        "xl/styles.xml",
        lambda kept: kept.replace(b"</cellXfs>", b"<xf/>" * 5_000_000 + b"</cellXfs>"),
    ),
    "a text that is not there": lambda folder: altered(
        folder,
        SHEET,
        lambda kept: kept.replace(b"</sheetData>", b'<row><c t="s"><v>9999</v></c></row></sheetData>'),
    ),
    "a cell that lies nowhere": lambda folder: altered(
        folder, SHEET, lambda kept: kept.replace(b'r="A2"', b'r="../etc"')
    ),
    "a sheet that breaks off": lambda folder: altered(folder, SHEET, lambda kept: kept[: len(kept) // 2]),
    "no sheet at all": lambda folder: altered(folder, SHEET, b""),
    "endless view": endless_view,
    "giant blob": giant_blob,
    "broken GeoPackage": broken_layer,
    "wild Shapefile": wild_shapefile,
    "too many columns": wide_csv,
    "too many properties": wide_geojson,
}
"""Files that are refused as a whole."""
