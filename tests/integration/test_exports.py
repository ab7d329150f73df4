"""What is taken away equals plain rows: every event of a list, every number of a panel; each says what it is."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from dashboard.access.door import VIEWER_KEY
from dashboard.domain.indicators import BY_KEY, Unit
from dashboard.domain.policy import DEMO, Role, Scope, Viewer
from dashboard.embedded import PostgresServer
from dashboard.export_routes import routes
from dashboard.exports import papers
from dashboard.exports.background import EventsClosed
from dashboard.file_kinds import KINDS, JobStopped, Making
from dashboard.services import Services
from data_access.queries import event_export
from data_access.queries.event_export import TooManyEvents
from data_access.queries.event_table import Column
from data_access.queries.regions import RegionUnknown
from tests.conftest import own_database
from tests.event_oracle import EventOracle, put_words
from tests.generated import NOW, fill

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = {"window": "last_7_days"}
FORMULA = "=HYPERLINK(1)"


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    """One district for all: none of these tests changes it."""
    with own_database(postgres) as url:
        fill(url, seed=9, events=900)
        put_words(url)
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("update ops.events set text = %s where id %% 17 = 0", (FORMULA,))
        yield url


@dataclass
class Watch:
    """Hears how far a file is. `most`: it stops the maker beyond so many rows."""

    most: int | None = None
    told_of: list[tuple[int, int | None]] = field(default_factory=list)

    def told(self, done: int, total: int | None, note: str = "") -> None:
        """Remember it."""
        self.told_of.append((done, total))
        if self.most is not None and done > self.most:
            raise JobStopped


@dataclass
class Desk:
    """Exports of a viewer of the test's choice."""

    engine: Engine
    runner: asyncio.Runner
    folder: Path
    viewer: Viewer = DEMO

    def events(self, question: Mapping[str, Any], watch: Watch | None = None) -> list[list[str]]:
        """The cells of a list of events, and its heading."""
        return self.made("export.events", question, watch)

    def made(self, kind: str, question: Mapping[str, Any], watch: Watch | None = None) -> list[list[str]]:
        """The cells of a long table, and its heading."""
        making = Making(
            engine=self.engine,
            viewer=self.viewer,
            lang="zh",
            question={"form": "csv", **question},
            now=NOW,
            path=self.folder / "made.part",
            watch=watch or Watch(),
        )
        made = KINDS[kind].make(making)
        rows = cells(making.path.read_bytes())
        assert made.file_name.endswith(".csv")
        assert made.rows == len(rows) - 1
        return rows

    def get(self, path: str, status: int = 200, **query: str) -> httpx.Response:
        """The answer of an address."""
        app = Starlette(routes=list(routes(Services(self.engine, clock=lambda: NOW))))

        async def through_door(scope: AsgiScope, receive: Receive, send: Send) -> None:
            scope[VIEWER_KEY] = self.viewer
            await app(scope, receive, send)

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=through_door)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(f"/export/{path}", params={"region": "D", **query})

        response = self.runner.run(ask())
        assert response.status_code == status, response.text
        return response


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        yield Desk(engine=engine, runner=runner, folder=tmp_path)


def cells(body: bytes) -> list[list[str]]:
    """Heading and rows of a file of ours, without what it says of itself."""
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    return rows[rows.index([]) + 1 :]


def told(body: bytes) -> dict[str, str]:
    """What a file says of itself."""
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    return {"title": rows[0][0]} | dict(rows[1 : rows.index([])])


def span(days: int) -> dict[str, str]:
    return {"from": (NOW - timedelta(days=days)).isoformat(), "to": NOW.isoformat()}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    code=st.sampled_from(["D", "D1", "D3-2", "D2-2-3"]),
    days=st.integers(1, 60),
    state=st.sampled_from(["", "open", "closed", "open,closed"]),
    source=st.sampled_from(["", "hotline", "hotline,sensor"]),
    late=st.sampled_from(["", "1"]),
    q=st.sampled_from(["", "占道", "井盖 国宁"]),
    column=st.sampled_from(list(Column)),
    descending=st.booleans(),
)
def test_a_list_holds_every_event_in_its_order(
    desk: Desk,
    oracle: EventOracle,
    code: str,
    days: int,
    state: str,
    source: str,
    late: str,
    q: str,
    column: Column,
    descending: bool,
) -> None:
    sort = f"{column}{'-' if descending else ''}"
    rows = desk.events(
        {"region": code, **span(days), "state": state, "source": source, "late": late, "q": q, "sort": sort}
    )
    wanted = {"state": state.split(",") if state else [], "source": source.split(",") if source else []}
    filters: dict[str, Any] = {**wanted, "late": [1] if late else []}
    found = oracle.listed(code, NOW - timedelta(days=days), NOW, filters, q)
    assert [row[0] for row in rows[1:]] == oracle.in_order(found, column, descending)


def test_cells_are_those_of_the_rows(desk: Desk, oracle: EventOracle, url: str) -> None:
    rows = desk.events({"region": "D", **span(60), "state": "open,closed", "personal": "1"})
    heading, events = rows[0], {event["code"]: event for event in oracle.events}
    with psycopg.connect(url) as conn:
        parents: dict[str, str | None] = dict(
            conn.execute(
                "select r.code, p.code from ops.region_versions v join ops.regions r on r.id = v.region_id"
                " left join ops.regions p on p.id = v.parent_id"
            ).fetchall()
        )
    assert len(rows) > 300
    for cell in (dict(zip(heading, row, strict=True)) for row in rows[1:]):
        event = events[cell["编码"]]
        for name, key in (("上报时间", "reported_at"), ("办结时限", "due_at"), ("结案时间", "closed_at")):
            at = event[key]
            assert cell[name] == (at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if at else "")
        assert cell["区域编码"] == event["region"]
        path = [event["region"]]
        while (above := parents[path[-1]]) is not None:
            path.append(above)
        assert [cell["镇街"], cell["社区"], cell["网格"]] == levels(path[::-1])
        assert cell["地址"] == (event["address"] or "")
        assert cell["内容"].removeprefix("'") == (event["text"] or "")
        assert cell["内容"] != FORMULA
        assert cell["状态"] == {"open": "在办", "closed": "已结案"}[event["state"]]
        assert cell["返工次数"] == str(event["rework"])


def levels(path: list[str]) -> list[str]:
    """Names of street, community and grid of the generated district: its codes tell the level."""
    found = {"street": "", "community": "", "grid": ""}
    for code in path[1:]:
        level = "grid" if code == "D3-9" else ("street", "community", "grid")[code.count("-")]
        found[level] = f"区{code}"
    return list(found.values())


def test_excel_holds_the_same(desk: Desk) -> None:
    question = {"region": "D", **span(60), "state": "open,closed"}
    rows = desk.events(question)
    making = Making(
        engine=desk.engine,
        viewer=desk.viewer,
        lang="zh",
        question={**question, "form": "xlsx"},
        now=NOW,
        path=desk.folder / "made.part",
        watch=Watch(),
    )
    made = KINDS["export.events"].make(making)
    assert (made.rows, made.file_name) == (len(rows) - 1, "区D_事件_20251015-1432.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(making.path.read_bytes()), read_only=True)
    found = list(book["数据"].iter_rows(min_row=3, values_only=True))
    assert [row[0] for row in found] == [row[0] for row in rows]
    at = rows[0].index("上报时间")
    assert [row[at].strftime("%Y-%m-%d %H:%M:%S") for row in found[1:]] == [row[at] for row in rows[1:]]
    book.close()


def test_personal_words_are_for_those_who_ask_and_may(desk: Desk) -> None:
    asked = {"region": "D", "personal": "1"}
    assert {"地址", "内容", "网格员"} <= set(desk.events(asked)[0])
    assert not {"地址", "内容", "网格员"} & set(desk.events({"region": "D"})[0])
    desk.viewer = replace(DEMO, roles=frozenset({Role.ANALYST}))
    assert not {"地址", "内容", "网格员"} & set(desk.events(asked)[0])
    assert desk.events({**asked, "q": "占道"})[1:] == [], "finding would tell"


def test_who_may_not_see_gets_nothing(desk: Desk) -> None:
    desk.viewer = replace(DEMO, scope=Scope(streets=frozenset({"D1"})))
    with pytest.raises(RegionUnknown):
        desk.events({"region": "D2"})
    desk.viewer = replace(DEMO, roles=frozenset({Role.ADMINISTRATOR}))
    with pytest.raises(EventsClosed):
        desk.events({"region": "D"})
    assert desk.get("ranking.csv", 403).json()["error"]["code"] == "export_refused"
    desk.viewer = DEMO
    desk.get("ranking.pdf", 404)
    desk.get("nothing.csv", 404)
    desk.get("ranking.geojson", 404)
    desk.get("ranking.csv", 404, region="nothing")


def test_too_many_are_refused_and_a_stop_ends_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch()
    rows = desk.events({"region": "D"}, watch)
    assert watch.told_of[0] == (0, len(rows) - 1)
    assert watch.told_of[-1] == (len(rows) - 1, len(rows) - 1)
    with pytest.raises(JobStopped):
        desk.events({"region": "D"}, Watch(most=0))
    monkeypatch.setattr(event_export, "MOST_EVENTS", 10)
    with pytest.raises(TooManyEvents):
        desk.events({"region": "D"})


def test_each_takeaway_goes_on_record(desk: Desk) -> None:
    desk.events({"region": "D1", "source": "hotline", "q": "13800000000"})
    desk.get("trends.xlsx", region="D2")
    desk.get("map/caption", region="D3", form="copy")
    with desk.engine.connect() as conn:
        lines = conn.exec_driver_sql(
            "select about, details from board.audit where what = 'export.made' order by id desc limit 3"
        ).fetchall()
    by_region = {line.about: line.details for line in lines}
    assert by_region["D1"]["what"] == "events"
    assert by_region["D1"]["source"] == "hotline"
    assert "13800000000" not in json.dumps(by_region, default=str)
    assert (by_region["D2"]["what"], by_region["D2"]["form"]) == ("trends", "xlsx")
    assert (by_region["D3"]["what"], by_region["D3"]["form"]) == ("map", "copy")


def test_every_paper_of_the_ledger_is_there(desk: Desk, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "MOST", 7)
    with psycopg.connect(url) as conn:
        wanted = conn.execute(
            "select s.id, s.issued_at, e.code, s.closed_at from ops.supervision s"
            " left join ops.events e on e.id = s.event_id"
            " where e.id is null or (e.state <> 'void' and e.duplicate_of is null)"
        ).fetchall()
    heading, *rows = desk.made("export.papers", {"issued": "ever", "personal": "1"})
    shown = {(row["事件"], row["发出时间"]) for row in (dict(zip(heading, one, strict=True)) for one in rows)}
    assert len(rows) == len(wanted) > 20
    assert shown == {
        (code or "", at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")) for _, at, code, _ in wanted
    }
    closed = desk.made("export.papers", {"issued": "ever", "state": "closed"})
    assert len(closed) - 1 == sum(at is not None and at <= NOW for *_, at in wanted)
    assert "办理结果" not in closed[0]


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
    shares = []
    for row in (dict(zip(heading, one, strict=True)) for one in rows):
        n, d = some.rates(row["编码"], midnight(29), NOW, NOW)["on_time_due"]
        assert (row["按期结案率"], row["分子"], row["分母"]) == (rate(n, d), str(n), str(d))
        assert row["在办"] == str(some.counts(row["编码"], midnight(29), NOW, NOW)["open"])
        assert bool(row["名次"]) == (d >= 5)
        shares += [n / d] if d >= 5 else []
    assert shares == sorted(shares)
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
