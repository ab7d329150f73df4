"""docs/first-district.md from top to bottom: its files, its commands, and a phone's first report."""

from __future__ import annotations

import json
import re
import shlex
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import psycopg
import pytest
import shapely
from click.testing import CliRunner, Result

from dashboard.cli import commands
from tests.browser.live_wall import live_wall

DOCUMENT = Path(__file__).parents[2] / "docs" / "first-district.md"
TODAY = "2026-11-20"
"""The day that the page's examples take for today."""


def text() -> str:
    """The page, as if it was written today."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    found = DOCUMENT.read_text(encoding="utf-8")
    shift = now.date() - datetime.fromisoformat(TODAY).date()
    return re.sub(
        r"2026-11-(\d\d)",
        lambda day: (datetime(2026, 11, int(day[1])) + shift).date().isoformat(),  # noqa: DTZ001 - a date
        found,
    )


def write_files(folder: Path) -> None:
    """The page's blocks, under the names that it mentions before them."""
    names: list[str] = []
    for mention, block in re.findall(
        r"`([^`\s/]+\.(?:csv|geojson))`|^```\w+\n(.*?)^```", text(), re.DOTALL | re.MULTILINE
    ):
        if mention:
            names.append(mention)
        else:
            (folder / names.pop(0)).write_text(block, encoding="utf-8")
    assert names == []


def commands_of(verb: str) -> list[list[str]]:
    """The page's commands of one kind, without what only a demo needs."""
    lines = re.findall(rf"^    \.venv/bin/python app\.py ({verb} .*)$", text(), re.MULTILINE)
    return [shlex.split(line.replace("--data-dir var/mine", "")) for line in lines]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str, redis_url: str) -> Path:
    """A folder with the page's files, in which its commands run against an empty database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUANYU_DATABASE_URL", database_url)
    monkeypatch.setenv("QUANYU_REDIS_URL", redis_url)
    write_files(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    """One command."""
    result = CliRunner().invoke(commands, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def count(conn: psycopg.Connection[tuple[object, ...]], query: str) -> object:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_district_gets_from_its_files_to_the_wall(folder: Path, database_url: str, redis_url: str) -> None:
    for command in commands_of("import"):
        checked = run(*command, "--check")
        assert "rejected" not in checked.output or " 0 rejected" in checked.output
        run(*command)
    with psycopg.connect(database_url) as conn:
        tables = ("regions", "categories", "departments", "duties", "workers", "shifts", "events", "feedback")
        found = {table: count(conn, f"select count(*) from ops.{table}") for table in tables}
        assert found == {
            "regions": 6,
            "categories": 5,
            "departments": 3,
            "duties": 3,
            "workers": 3,
            "shifts": 3,
            "events": 3,
            "feedback": 1,
        }
        assert count(conn, "select count(*) from ops.region_stats") == 4
        grids = conn.execute(
            "select e.code, r.code from ops.events e join ops.regions r on r.id = e.region_id order by 1"
        ).fetchall()
        assert grids == [
            ("2026-0001", "51019900101"),
            ("2026-0002", "51019900102"),
            ("2026-0003", "51019900201"),
        ]
        geom = count(conn, "select geom from ops.region_versions v join ops.regions r on r.id = v.region_id"
                           " where r.code = '51019900101'")  # fmt: skip
        assert isinstance(geom, bytes)
        place = shapely.from_wkb(geom).representative_point()
        assert place.x != pytest.approx(103.825, abs=1e-4)  # GCJ-02 became WGS-84
        before = conn.execute("select code, version, changed_at from ops.events order by 1").fetchall()
    for command in commands_of("import"):
        run(*command)
    with psycopg.connect(database_url) as conn:
        assert (
            conn.execute("select code, version, changed_at from ops.events order by 1").fetchall() == before
        )
    (add,) = commands_of("token")
    token = run(*add).output.split()[-1]
    with live_wall(database_url, redis_url) as (base, _relay):
        report = urlencode(
            {"id": "W001", "token": token, "lat": place.y, "lon": place.x, "timestamp": int(time.time())}
        )
        assert fetch(f"{base}/ingest/osmand?{report}")
        snapshot = fetch(f"{base}/live/snapshot")
        deadline = time.monotonic() + 20
        while (
            not (snapshot["workers"] and snapshot["indicators"].get("510199")) and time.monotonic() < deadline
        ):
            time.sleep(0.05)
            snapshot = fetch(f"{base}/live/snapshot")
    assert [row[1] for row in snapshot["workers"]] == ["W001"]
    assert snapshot["indicators"]["510199"]["open"] == 2
    assert snapshot["indicators"]["510199"]["rostered"] == 3


def fetch(url: str) -> dict[str, Any]:
    """JSON from the wall; empty while it is not ready."""
    try:
        with urllib.request.urlopen(url) as answer:
            return cast(dict[str, Any], json.load(answer))
    except urllib.error.HTTPError as error:
        if error.code != 503:
            raise
        return {"workers": [], "indicators": {}}
