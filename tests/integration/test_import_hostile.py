"""Files that mean harm: refused or made harmless, in bounded memory, and nothing is half-written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.embedded import PostgresServer
from dashboard.ingest import run_import
from dashboard.ingest.delimited import LINE_LIMIT
from dashboard.ingest.refusal import ImportRefused
from tests.builders import make_district
from tests.conftest import REPOSITORY, own_database
from tests.formats import workbook
from tests.hostile import GOOD, HEADER, MEBIBYTE, REFUSED, SHEET, altered, table_text

MEMORY_MIB = 700
"""What an import of a hostile file may take altogether: the libraries are a fourth of it."""
TABLES = ("ops.events", "ops.workers", "ops.categories", "ops.departments", "board.outbox", "board.imports")


def counts(conn: psycopg.Connection[Any]) -> list[int]:
    found = [conn.execute(f"select count(*) from {table}".encode()).fetchone() for table in TABLES]
    return [row[0] for row in found if row is not None]


HEAVY = (
    *("gzip bomb of JSON", "gzip bomb of one line", "zip bomb of a Shapefile", "five million texts"),
    *("one text of 100 MB", "a row of a million cells", "entity bomb in the texts", "too many properties"),
    "giant blob",
)
"""Files that fill the memory if they can: each is imported by a process of its own, which tells how much it took."""


@pytest.fixture(scope="module")
def untouched(postgres: PostgresServer) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """A small district to which files are brought that are refused."""
    with own_database(postgres) as url, psycopg.connect(url, autocommit=True) as connection:
        make_district(connection)
        connection.execute("delete from board.outbox")
        yield connection, url


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_in_bounded_memory_and_nothing_is_written(
    untouched: tuple[psycopg.Connection[Any], str], tmp_path: Path, name: str
) -> None:
    conn, database_url = untouched
    path = REFUSED[name](tmp_path)
    before, files = counts(conn), files_outside(tmp_path)
    if name in HEAVY:
        said = imported_apart(database_url, path)
        assert said.peak_mib < MEMORY_MIB
        zh, en = said.refusal
    else:
        with pytest.raises(ImportRefused) as caught:
            run_import(database_url, "events", path, check=False)
        zh, en = (caught.value.sentence(lang) for lang in ("zh", "en"))
    assert zh
    assert en
    assert zh.isprintable()
    assert en.isprintable()
    assert len(en) < 2_000
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
    assert imported_apart(database_url, path).peak_mib < MEMORY_MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """What an import in a process of its own came to: its refusal in both languages, and the most memory it took."""

    refusal: tuple[str, ...]
    peak_mib: float


def imported_apart(database_url: str, path: Path) -> Apart:
    """Import the file in a process of its own."""
    code = (
        "import json, re, sys\n"
        "from pathlib import Path\n"
        "from dashboard.ingest import run_import\n"
        "from dashboard.ingest.refusal import ImportRefused\n"
        "refusal = []\n"
        "try:\n"
        "    run_import(sys.argv[1], 'events', sys.argv[2], check=False)\n"
        "except ImportRefused as refused:\n"
        "    refusal = [refused.sentence('zh'), refused.sentence('en')]\n"
        "peak_kib = int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
        "print(json.dumps([refusal, peak_kib]))\n"
    )
    command = [sys.executable, "-c", code, database_url, str(path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refusal, peak_kib = json.loads(done.stdout)
    return Apart(refusal=tuple(refusal), peak_mib=peak_kib / 1024)


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
