"""Panels taken away equal plain rows: every number of theirs; each says what it is."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import psycopg
import pytest
from sqlalchemy import Engine

from dashboard.domain.indicators import BY_KEY, Unit
from dashboard.domain.policy import DEMO, Role, Scope
from dashboard.embedded import PostgresServer
from dashboard.services import Services
from tests.event_oracle import EventOracle
from tests.generated import NOW
from tests.integration.export_desk import FORMULA, SHANGHAI, Desk, cells, exported_district, told


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    """One district for all: none of these tests changes it."""
    with exported_district(postgres) as url:
        yield url


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        yield Desk(engine=engine, runner=runner, folder=tmp_path)


def rate(n: int, d: int) -> str:
    return f"{n * 1000 // d / 10:.1f}%" if d else ""


@pytest.mark.parametrize("code", ["D", "D2", "D3-1"])
def test_figures_are_those_of_the_rows(desk: Desk, oracle: EventOracle, code: str) -> None:
    body = desk.get("figures.csv", region=code, window="last_30_days").content
    heading, *rows = cells(body)
    start = midnight(29)
    counts = oracle.oracle.counts(code, start, NOW, NOW)
    rates = oracle.oracle.rates(code, start, NOW, NOW)
    found = {row[heading.index("代码")]: dict(zip(heading, row, strict=True)) for row in rows}
    assert list(found) == list(BY_KEY)
    for key, n in counts.items():
        assert (key, found[key]["数值"]) == (key, str(n))
    for key, (n, d) in rates.items():
        assert (key, found[key]["数值"], found[key]["分子"], found[key]["分母"]) == (
            key,
            rate(n, d),
            str(n),
            str(d),
        )
    said = told(body)
    assert said["区域"].endswith(f"区{code} ({code})")
    assert said["制作人"] == "演示用户 (demo)"
    assert said["数据截至"] == "2025-10-15 14:32 (Asia/Shanghai)"
    assert said["时段"] == "近 30 日 (2025-09-16 00:00 至 2025-10-15 14:32)"


def test_trends_hold_each_step_and_the_one_before(desk: Desk, oracle: EventOracle) -> None:
    heading, *rows = cells(desk.get("trends.csv", region="D", step="day", trend="counts").content)
    assert heading[:3] == ["起", "止", "上报"]
    assert len(rows) == 14
    for back, row in zip(range(13, -1, -1), rows, strict=True):
        start, end = midnight(back), min(midnight(back - 1), NOW)
        assert row[0] == start.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        now = oracle.oracle.counts("D", start, end, NOW)
        shift = timedelta(days=14)
        before = oracle.oracle.counts("D", start - shift, end - shift, NOW)
        assert [int(one) for one in row[2:]] == [
            now["reported"],
            before["reported"],
            now["closed"],
            before["closed"],
        ]


def test_the_ranking_is_that_of_the_rows(desk: Desk, oracle: EventOracle) -> None:
    body = desk.get("ranking.csv", rank="grid", window="last_30_days", source="hotline,sensor").content
    heading, *rows = cells(body)
    some = oracle.oracle.filtered(NOW, {"source": {"hotline", "sensor"}})
    assert len(rows) == 19
    shares, places = [], []
    for row in (dict(zip(heading, one, strict=True)) for one in rows):
        n, d = some.rates(row["编码"], midnight(29), NOW, NOW)["on_time_due"]
        assert (row["按期结案率"], row["分子"], row["分母"]) == (rate(n, d), str(n), str(d))
        assert row["在办"] == str(some.counts(row["编码"], midnight(29), NOW, NOW)["open"])
        assert bool(row["名次"]) == (d >= 5)
        shares += [n / d] if d >= 5 else []
        places += [int(row["名次"])] if d >= 5 else []
    assert shares == sorted(shares)
    assert places == [1 + sum(other > share for other in shares) for share in shares]
    assert told(body)["筛选"] == "来源: 12345 热线, 物联感知"


def midnight(days_back: int) -> datetime:
    day = NOW.astimezone(SHANGHAI).date() - timedelta(days=days_back)
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


def test_workers_on_shift_are_all_there(desk: Desk, url: str) -> None:
    heading, *rows = cells(desk.get("crew.csv").content)
    with psycopg.connect(url) as conn:
        wanted = conn.execute(
            "select distinct w.code from ops.workers w join ops.shifts s on s.worker_id = w.id"
            " where s.starts_at <= %s and s.ends_at > %s and not s.cancelled and w.role = 'grid_worker'",
            (NOW, NOW),
        ).fetchall()
    assert sorted(row[0] for row in rows) == sorted(code for (code,) in wanted)
    assert heading[1] == "姓名"
    desk.viewer = replace(DEMO, roles=frozenset({Role.LEADER}))
    assert "姓名" not in cells(desk.get("crew.csv").content)[0]


@pytest.mark.parametrize("layer", ["open", "closure_rate", "handling_p50"])
def test_the_map_holds_its_areas_with_their_readings(desk: Desk, oracle: EventOracle, layer: str) -> None:
    found = json.loads(desk.get("map.geojson", layer=layer, window="last_30_days").content)
    assert found["type"] == "FeatureCollection"
    assert {one["name"] for one in found["about"]} >= {"区域", "时段", "筛选", "数据截至", "制作人", "口径"}
    _, *rows = cells(desk.get("map.csv", layer=layer, window="last_30_days").content)
    assert [one["properties"]["code"] for one in found["features"]] == [row[0] for row in rows]
    for one in found["features"]:
        code, own = one["properties"]["code"], one["properties"]
        assert one["geometry"]["type"] in ("Polygon", "MultiPolygon")
        if layer == "open":
            assert own["value"] == oracle.oracle.counts(code, midnight(29), NOW, NOW)["open"]
        elif BY_KEY[layer].unit is Unit.RATE:
            assert (own["n"], own["d"]) == oracle.oracle.rates(code, midnight(29), NOW, NOW)[layer]


def test_the_map_holds_its_events(desk: Desk, oracle: EventOracle) -> None:
    found = json.loads(desk.get("map.geojson", layer="points", region="D1").content)
    placed = {
        event["code"]: [round(event["lon"], 5), round(event["lat"], 5)]
        for event in oracle.listed("D1", NOW, NOW, {}, "")
        if event["lon"] is not None
    }
    shown = {one["properties"]["code"]: one["geometry"]["coordinates"] for one in found["features"]}
    assert shown.keys() == placed.keys()
    for code, place in placed.items():
        assert shown[code] == pytest.approx(place, abs=1.1e-5)


@pytest.mark.parametrize("panel", ["figures", "trends", "ranking", "crew", "map", "events"])
def test_a_picture_says_what_it_shows(desk: Desk, panel: str) -> None:
    said = desk.get(f"{panel}/caption", form="svg", lang="en").json()
    lines = dict(said["lines"])
    assert lines["Region"] == "区D (D)"
    assert lines["Made by"] == "演示用户 (demo)"
    assert said["file_name"].endswith("_20251015-1432.svg")
    if panel != "events":
        answer = desk.get(f"{panel}.xlsx")
        name = unquote(answer.headers["content-disposition"].split("''")[1])
        assert name.endswith("_20251015-1432.xlsx")
        assert openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames == ["数据", "说明"]


SHOWN: dict[str, Any] = {
    "panel": "streets",
    "form": "csv",
    "region": "D",
    "at": 1_760_000_000_000,
    "subject": "W1 2026-11-20",
    "columns": ["名次", "镇街"],
    "rows": [[1, "红光"], [2, FORMULA], [None, "<r>x</r>"]],
}


def test_what_a_page_shows_comes_as_it_stood_there(desk: Desk) -> None:
    answer = desk.post(SHOWN).content
    assert cells(answer) == [["名次", "镇街"], ["1", "红光"], ["2", f"'{FORMULA}"], ["", "<r>x</r>"]]
    said = told(answer)
    assert said["title"] == "镇街排名"
    assert said["数据截至"].startswith("2025-10-09 16:53")
    assert said["对象"] == "W1 2026-11-20"
    assert BY_KEY["on_time_due"].zh in answer.decode()
    book = openpyxl.load_workbook(io.BytesIO(desk.post({**SHOWN, "form": "xlsx"}).content))
    rows = [[cell.value for cell in row] for row in book["数据"].iter_rows(min_row=4)]
    assert rows == [[1, "红光"], [2, f"'{FORMULA}"], [None, "<r>x</r> "]]
    caption = desk.post({"panel": "event", "form": "copy", "subject": "E1"}).json()
    assert caption["file_name"].endswith(".png")
    assert ["对象", "E1"] in caption["lines"]
    with desk.engine.connect() as conn:
        line = conn.exec_driver_sql(
            "select about, details from board.audit where what = 'export.made'"
            " and details->>'what' = 'streets' order by id limit 1"
        ).one()
    assert (line.about, line.details["rows"], line.details["form"]) == ("D", 3, "csv")


def test_who_may_not_take_what_a_page_shows_is_refused(desk: Desk) -> None:
    assert desk.post({**SHOWN, "region": "nothing"}, 404).json()["error"]["code"] == "region_unknown"
    desk.post({**SHOWN, "form": "geojson"}, 404)
    desk.post({**SHOWN, "rows": [["a"]]}, 400)
    desk.viewer = replace(DEMO, roles=frozenset({Role.WALL}))
    assert desk.post(SHOWN, 403).json()["error"]["code"] == "export_refused"
    desk.viewer = replace(DEMO, scope=Scope(streets=frozenset({"D1"})))
    desk.post(SHOWN, 404)
    assert "D1" in told(desk.post({**SHOWN, "region": ""}).content)["区域"]


def test_files_and_captions_carry_the_mark_that_administrators_want(desk: Desk) -> None:
    mark = f"{DEMO.login} {NOW.astimezone(UTC):%Y-%m-%d %H:%M}Z"
    assert "水印" not in told(desk.get("figures.csv").content)
    admin, settings = replace(DEMO, roles=frozenset({Role.ADMINISTRATOR})), Services(desk.engine).settings
    settings.keep(admin, "watermark_exports", "1")
    try:
        assert told(desk.get("figures.csv").content)["水印"] == mark
        book = openpyxl.load_workbook(io.BytesIO(desk.get("figures.xlsx").content))
        assert f"水印 {mark}" in str(book["数据"]["A2"].value)
        assert desk.get("map.geojson").json()["about"][0] == {"name": "水印", "value": mark}
        for panel in ("ranking", "events"):
            assert desk.get(f"{panel}/caption").json()["lines"][0] == ["水印", mark]
        desk.events({"region": "D"})
        assert told((desk.folder / "made.part").read_bytes())["水印"] == mark
    finally:
        settings.keep(admin, "watermark_exports", "0")
