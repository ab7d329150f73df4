"""A district's own files, brought in the browser: upload, columns to confirm, check, import, and the open wall."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser

from dashboard import background_jobs
from dashboard.import_runs import Place, importing
from tests.browser.live_wall import live_wall
from tests.browser.page import Watched, opened

HOSTILE = "<img src=x onerror=window.broken=1>"
SIDE = 0.02
SIZES = ((1920, 1080), (1440, 900), (1024, 768), (390, 844))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running site without any data, and where files to bring lie."""

    base: str
    database_url: str
    folder: Path

    def count(self, table: str) -> int:
        """Rows of a table."""
        with psycopg.connect(self.database_url) as conn:
            row = conn.execute(f"select count(*) from {table}").fetchone()
        assert row is not None
        return int(row[0])

    def file(self, name: str, data: bytes) -> Path:
        """A file on the person's machine."""
        path = self.folder / name
        path.write_bytes(data)
        return path


@pytest.fixture
def site(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Site]:
    place = Place(database_url=database_url, folder=tmp_path / "data" / "uploads")
    with (
        live_wall(database_url, redis_url, tmp_path / "data") as (base, _),
        importing(place, threading.Event()),
    ):
        yield Site(base=base, database_url=database_url, folder=tmp_path)


def square(x: float, y: float, side: float) -> dict[str, Any]:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def district() -> bytes:
    """A district of two streets with two grids each, in Chinese columns."""
    rows = [("510117", "郫都区", "区", "", square(103.8, 30.7, 2 * SIDE))]
    for i in range(2):
        street, x = f"51011700{i + 1}", 103.8 + i * SIDE
        shape = square(x, 30.7, SIDE)
        shape["coordinates"][0][2][1] = shape["coordinates"][0][3][1] = 30.7 + 2 * SIDE
        rows.append((street, f"街道{i + 1}", "镇街", "510117", shape))
        rows += [
            (f"{street}00{j + 1}", f"网格{j + 1}", "网格", street, square(x, 30.7 + j * SIDE, SIDE))
            for j in range(2)
        ]
    features = [
        {
            "type": "Feature",
            "properties": {"编码": code, "名称": name, "层级": level, "上级编码": parent},
            "geometry": shape,
        }
        for code, name, level, parent, shape in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def cases(*more: str) -> bytes:
    """Cases of a hotline as an office exports them."""
    head = "工单编号,来源,问题类别,上报时间,经度,纬度,内容"
    good = [
        f"GD{n},12345热线,占道经营,2026-11-1{n} 08:00:00,{103.801 + n / 1000},30.71,第{n}件" for n in range(9)
    ]
    return "\r\n".join([head, *good, *more]).encode("gb18030")


def bring(page: Watched, base: str, path: Path, kind: str) -> None:
    """Upload a file and wait for its first rows."""
    if page.page.url != base + "/admin/import":
        page.page.goto(base + "/admin/import", wait_until="load")
    page.until("document.querySelector('#import-drop label')")
    page.page.select_option("#import-kind", kind)
    page.page.set_input_files("#import-file", path)
    page.page.wait_for_url("**/admin/import/*")
    page.until("document.querySelector('.im-rows tbody tr') || document.querySelector('.im-bn')")


def press(page: Watched, action: str, state: str) -> None:
    """Press a button and wait until the import stands there."""
    page.until(f"!document.querySelector(\"[data-ask='{action}']\").disabled")
    page.page.click(f"[data-ask='{action}']")
    page.until(f"document.querySelector('.im-state')?.textContent === '{state}'", 60)


def figures(page: Watched) -> dict[str, str]:
    found: dict[str, str] = page.get(
        "Object.fromEntries([...document.querySelectorAll('.im-fig')].map(n => [n.dataset.figure, n.querySelector('b').textContent]))"
    )
    return found


def test_a_district_begins_with_its_map_and_sees_it_on_the_wall(browser: Browser, site: Site) -> None:
    with (
        opened(browser, site.base + "/") as wall,
        opened(browser, site.base + "/admin/import", width=1440, height=900) as page,
    ):
        wall.until("document.documentElement.dataset.state === 'empty'")
        page.until("document.querySelectorAll('.im-steps li').length >= 9")
        bring(page, site.base, site.file("网格.geojson", district()), "regions")
        chosen = page.get(
            "Object.fromEntries([...document.querySelectorAll('select[data-field]')].map(n => [n.dataset.field, n.value]))"
        )
        assert chosen["code"] == "col:编码"
        assert chosen["parent"] == "col:上级编码"
        assert "col:geometry.x" not in page.get(
            "[...document.querySelector('select[data-field=code]').options].map(n => n.value)"
        )
        press(page, "check", "已检查")
        assert figures(page)["landed"] == "7"
        assert site.count("ops.regions") == 0
        press(page, "import", "已导入")
        assert site.count("ops.regions") == 7
        assert page.text(".im-list .im-row.on .im-l2").startswith("已导入")
        wall.until("document.documentElement.dataset.state === 'ready'", 60)
        wall.until("quanyu.mapGrids.size === 4")


def test_bad_rows_are_told_and_good_ones_land_once(browser: Browser, site: Site) -> None:
    bad = (
        f"GD90,{HOSTILE},占道经营,昨天,103.81,30.71,{HOSTILE}",
        "GD1,12345热线,占道经营,2026-11-12 08:00:00,103.81,30.71,重复",
        "=1+1,12345热线,占道经营,2099-11-12 08:00:00,103.81,30.71,将来",
    )
    with opened(browser, site.base + "/admin/import", width=1440, height=900) as page:
        bring(page, site.base, site.file("网格.geojson", district()), "regions")
        press(page, "check", "已检查")
        press(page, "import", "已导入")
        bring(page, site.base, site.file("工单<b>.csv", cases(*bad)), "events")
        assert page.text(".im-head h1") == "工单<b>.csv"
        press(page, "check", "已检查")
        assert figures(page)["rejected"] == "12"  # nobody said that categories may be made
        page.page.click("[data-switch='create']")
        assert page.get("document.querySelector(\"[data-ask='import']\").disabled")
        page.page.click("[data-ask='check']")
        page.until("document.querySelector('[data-figure=landed] b')?.textContent === '9'", 60)
        assert figures(page)["rejected"] == "3"
        page.until("document.querySelectorAll('.ag-center-cols-container .ag-row').length >= 3")
        assert HOSTILE in page.text(".ag-center-cols-container")
        with page.page.expect_download() as download:
            page.page.click(".im-report a.btn")
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert text.startswith("\ufeff行,结果,字段,值,原因,办法")
        assert "'=1+1" in text or "=1+1" not in text
        press(page, "import", "已导入")
        assert site.count("ops.events") == 9
        assert page.get("window.broken") is None
        mapping = page.page.request.get(page.get("document.querySelector('.im-links a[href$=toml]').href"))
        assert 'code = "工单编号"' in mapping.text()


def test_a_long_import_shows_how_far_it_is_and_can_be_stopped(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_jobs, "TELL_S", 0.0)
    rows = "\n".join(f"D{n},部门{n}" for n in range(4_000))
    with opened(browser, site.base + "/admin/import", lang="en") as page:
        bring(page, site.base, site.file("departments.csv", f"编码,名称\n{rows}".encode()), "departments")
        with psycopg.connect(site.database_url) as other:
            other.execute("lock table ops.departments in access exclusive mode")
            page.page.click("[data-ask='check']")
            page.until("document.querySelector('.im-state')?.textContent === 'Checking'")
            page.page.click("[data-ask='cancel']")
            page.until("document.querySelector('.im-state')?.textContent === 'Stopping'")
        page.until("document.querySelector('.im-state')?.textContent === 'Cancelled'", 60)
        assert site.count("ops.departments") == 0
        painted = page.get(
            "(() => { const host = document.createElement('div'); host.id = 'import-bar';"
            " const { el } = quanyu.dom;"
            " host.append(el('div', 'bar', el('i')), el('span', 'im-rd'), el('span', 'im-pc'));"
            " document.body.append(host);"
            " quanyu.importProgress.paint({ state: 'running', read: 2500, total: 4000 });"
            " const shown = [host.querySelector('i').style.width, host.textContent]; host.remove(); return shown; })()"
        )
        assert painted == ["62.5%", "2,500 of 4,000 rows62%"]
        press(page, "check", "Checked")
        assert figures(page)["landed"] == "4,000"


def test_what_cannot_be_read_is_said_and_can_be_thrown_away(browser: Browser, site: Site) -> None:
    with opened(browser, site.base + "/admin/import", lang="en") as page:
        page.until("document.querySelector('#import-drop label')")
        page.page.set_input_files("#import-file", site.file("photo.png", b"png"))
        page.until("document.querySelector('#import-drop').innerText.includes('photo.png')")
        assert page.page.url.endswith("/admin/import")
        bring(page, site.base, site.file("report.csv", b"%PDF-1.7"), "events")
        page.until("document.querySelector('.im-bn')?.innerText.includes('report.csv')")
        page.until("document.querySelector(\"[data-ask='check']\").disabled")
        page.page.click("[data-ask='discard']")
        page.until("document.querySelector('.im-steps') && !document.querySelector('.im-row')")
        page.until("location.pathname.endsWith('/admin/import')")
        uploads = site.folder / "data" / "uploads"
        for _ in range(100):
            if any(uploads.iterdir()):
                page.page.wait_for_timeout(50)
        assert list(uploads.iterdir()) == []


def test_a_mapping_file_takes_the_place_of_the_columns(browser: Browser, site: Site) -> None:
    text = 'kind = "departments"\n[columns]\ncode = "bm"\nname = { template = "{a}-{bm}" }\n'
    with opened(browser, site.base + "/admin/import") as page:
        bring(page, site.base, site.file("a.csv", b"bm,a\n1,x\n"), "departments")
        page.page.set_input_files("#import-toml", site.file("mine.toml", b"kind = "))
        page.until("document.querySelector('.toml-host')?.textContent.includes('mine.toml')")
        page.page.click("[data-ask='check']")
        page.until("document.querySelector('.im-bn')")
        page.page.click(".toml-host button")
        page.until("document.querySelector('select[data-field=code]')")
        page.page.set_input_files("#import-toml", site.file("mine.toml", text.encode()))
        page.until("!document.querySelector('select[data-field=code]')")
        press(page, "check", "已检查")
        press(page, "import", "已导入")
    with psycopg.connect(site.database_url) as conn:
        assert conn.execute("select code, name from ops.departments").fetchall() == [("1", "x-1")]


def test_nothing_is_cut_off_at_any_size(browser: Browser, site: Site) -> None:
    with opened(
        browser, site.base + "/admin/import", width=SIZES[0][0], height=SIZES[0][1], lang="en"
    ) as page:
        bring(page, site.base, site.file("网格.geojson", district()), "regions")
        press(page, "check", "Checked")
        for width, height in SIZES:
            if (width, height) != SIZES[0]:
                page.page.set_viewport_size({"width": width, "height": height})
                page.page.reload(wait_until="load")
                page.until("document.querySelector('.im-state')?.textContent === 'Checked'")
                page.until(
                    "document.querySelector('.im-fig b') && document.querySelector('.im-rows tbody tr')"
                )
            assert page.get("document.documentElement.scrollWidth") == width
            if width >= 1280:
                assert page.get("document.documentElement.scrollHeight") == height
            least = page.get(
                "Math.min(...[...document.querySelectorAll('.im .btn, .im select, .im .tog, .im .im-row')]"
                ".filter(n => n.offsetParent).map(n => n.getBoundingClientRect().height))"
            )
            assert least >= 20, (width, height)
