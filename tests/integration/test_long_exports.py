"""Long tables taken away equal plain rows: every event of a list in its order, every paper of the ledger."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from dashboard.domain.policy import DEMO, Role, Scope
from dashboard.embedded import PostgresServer
from dashboard.exports import papers
from dashboard.exports.background import EventsClosed
from dashboard.file_kinds import KINDS, JobStopped, Making
from data_access.queries import event_export
from data_access.queries.event_export import TooManyEvents
from data_access.queries.event_table import Column
from data_access.queries.regions import RegionUnknown
from tests.event_oracle import EventOracle
from tests.generated import NOW
from tests.integration.export_desk import FORMULA, SHANGHAI, Desk, Watch, exported_district


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    """One district for all: none of these tests changes it."""
    with exported_district(postgres) as url:
        yield url


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        yield Desk(engine=engine, runner=runner, folder=tmp_path)


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
