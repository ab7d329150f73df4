"""Files that mean harm: refused or made harmless, in bounded memory, and nothing is half-written."""

from __future__ import annotations

import gzip
import sqlite3
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely

from dashboard.ingest import run_import
from dashboard.ingest.delimited import LINE_LIMIT
from dashboard.ingest.refusal import ImportRefused
from tests.builders import make_district
from tests.conftest import REPOSITORY
from tests.formats import geopackage, packed, shapefile, with_shared_texts, workbook

MEBIBYTE = 1024**2
MEMORY_MIB = 700
"""What an import of a hostile file may take altogether: the libraries are a fourth of it."""
TABLES = ("ops.events", "ops.workers", "ops.categories", "ops.departments", "board.outbox", "board.imports")
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


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        make_district(connection)
        connection.execute("delete from board.outbox")
        yield connection


def counts(conn: psycopg.Connection[Any]) -> list[int]:
    found = [conn.execute(f"select count(*) from {table}".encode()).fetchone() for table in TABLES]
    return [row[0] for row in found if row is not None]


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


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_and_nothing_is_written(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path, name: str
) -> None:
    path = REFUSED[name](tmp_path)
    before, files = counts(conn), files_outside(tmp_path)
    with pytest.raises(ImportRefused) as caught:
        run_import(database_url, "events", path, check=False)
    assert all(caught.value.sentence(lang) for lang in ("zh", "en"))
    assert caught.value.sentence("zh").isprintable()
    assert caught.value.sentence("en").isprintable()
    assert len(caught.value.sentence("en")) < 2_000
    assert counts(conn) == before
    assert files_outside(tmp_path) == files


def files_outside(folder: Path) -> set[str]:
    """What lies beside the test's own folder, where a name that climbs would write."""
    return {path.name for path in folder.parent.iterdir()} | {
        path.name for path in Path("/etc").glob("*.csv")
    }


def test_a_row_far_down_makes_no_rows_in_between(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    path = altered(
        tmp_path,
        SHEET,
        lambda kept: kept.replace(b"</sheetData>", b'<row r="99999999999"><c><v>1</v></c></row></sheetData>'),
    )
    assert run_import(database_url, "events", path).landed == 1


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "name",
    ["gzip bomb of JSON", "gzip bomb of one line", "zip bomb of a Shapefile", "five million texts",
     "one text of 100 MB", "a row of a million cells", "entity bomb in the texts", "too many properties", "giant blob"],
)  # fmt: skip
def test_memory_stays_bounded(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path, name: str
) -> None:
    path = REFUSED[name](tmp_path)
    assert peak_mib(database_url, path) < MEMORY_MIB


def test_memory_stays_bounded_while_long_rows_land(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    with path.open("wb") as out:
        out.write(table_text())
        for number in range(3_000):
            row = (f"E-{number}", *GOOD[1:5], "\u5b57" * 10_000, *("长" * 30_000,) * 2)
            out.write((",".join(row) + "\n").encode())
    assert path.stat().st_size > 500 * MEBIBYTE
    assert peak_mib(database_url, path) < MEMORY_MIB


def peak_mib(database_url: str, path: Path) -> float:
    """The most memory that an import of the file takes in a process of its own."""
    code = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from dashboard.errors import DashboardError\n"
        "from dashboard.ingest import run_import\n"
        "try:\n"
        "    run_import(sys.argv[1], 'events', sys.argv[2])\n"
        "except DashboardError:\n"
        "    pass\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
    )
    command = [sys.executable, "-c", code, database_url, str(path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout) / 1024


HARM = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<b>bold</b> & &lt;",
    '=HYPERLINK("x","y")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "{{7*7}} ${7*7} %s %(x)s {0} {field}",
    "'; drop table ops.events; --",
    "\\copy x \\N \\.",
    "../../etc/passwd",
    "javascript:alert(1)",
)


def test_harm_in_any_text_lands_as_the_text_that_it_is(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    rows = [(f"E-{number}", *GOOD[1:5], harm, harm, harm) for number, harm in enumerate(HARM)]
    report = run_import(database_url, "events", workbook(tmp_path / "t.xlsx", [HEADER, *rows]))
    stored = conn.execute("select text, address, reporter from ops.events order by id").fetchall()
    # a cell that begins with "=" is a formula for the library that wrote this file, and has no value
    kept = [harm for harm in HARM if not harm.startswith("=")]
    assert stored == [(harm, harm, harm) for harm in kept]
    assert [item.flaw.value for item in report.findings] == ["formula_without_value"]


def test_harm_in_findings_cannot_leave_the_report(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    lines = [
        tuple(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in (harm, harm, *GOOD[2:])) for harm in HARM
    ]
    path = tmp_path / "t.csv"
    path.write_bytes(table_text(*lines, ('"\x1b[2J\x07\x00"', *GOOD[1:])))
    report = run_import(database_url, "events", path)
    assert report.rejected == len(HARM) + 1
    for lang in ("zh", "en"):
        assert "\x1b" not in report.text(lang)
        cells = [cell for line in report.csv(lang).splitlines() for cell in line.split(",")]
        assert not [cell for cell in cells if cell.lstrip('"').startswith(("=", "+", "-", "@"))]


def test_harm_in_names_of_columns_and_sheets_is_shown_as_text(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "t.xlsx", [["<script>", "{0}", "%s"], [1, 2, 3]], "{x}%s")
    with pytest.raises(ImportRefused) as caught:
        run_import(database_url, "events", path)
    assert "<script>, {0}, %s" in caught.value.sentence("en")
    with pytest.raises(ImportRefused, match=r"it has: \{x\}%s"):
        run_import(database_url, "events", path, layer="{0}")


def test_a_formula_counts_as_its_stored_value(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    path = altered(
        tmp_path,
        SHEET,
        lambda kept: kept.replace(
            b"</sheetData>",
            b'<row r="3"><c r="A3" t="str"><f>CONCATENATE("E","-9")</f><v>E-9</v></c>'
            + b"".join(
                b'<c r="%c3" t="inlineStr"><is><t>%s</t></is></c>' % (66 + place, cell.encode())
                for place, cell in enumerate(GOOD[1:])
            )
            + b"</row></sheetData>",
        ),
    )
    assert run_import(database_url, "events", path).landed == 2
    assert conn.execute("select count(*) from ops.events where code = 'E-9'").fetchone() == (1,)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "gb18030", "big5", "shift_jis", "latin-1"])
def test_broken_bytes_reject_their_row_and_never_the_server(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path, encoding: str
) -> None:
    rules = tmp_path / "m.toml"
    columns = "\n".join(f'{name} = "{name}"' for name in HEADER)
    rules.write_text(
        f'kind = "events"\n[file]\nencoding = "{encoding}"\n[columns]\n{columns}\n', encoding="utf-8"
    )
    head = (",".join(HEADER) + "\n").encode(encoding)
    path = tmp_path / "t.csv"
    path.write_bytes(head + b"E-1,\xff\xfe\x80\x00\x81\n" * 3)
    with suppress(ImportRefused):
        assert run_import(database_url, "events", path, mapping=rules).landed == 0
    assert conn.execute("select count(*) from ops.events").fetchone() == (0,)


def test_a_line_as_long_as_is_allowed_is_read(
    database_url: str, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(table_text(GOOD, ("E-2", *GOOD[1:5], "x" * (LINE_LIMIT // 10), *GOOD[6:])))
    report = run_import(database_url, "events", path)
    assert (report.landed, [item.flaw.value for item in report.findings]) == (1, ["too_long"])
