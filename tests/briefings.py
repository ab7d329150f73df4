"""A made-up briefing of a week, as full as one gets: what the tests of its files look at."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import cos, pi, sin
from random import Random

from dashboard.briefing.content import (
    Area,
    Border,
    Briefing,
    Cadence,
    Card,
    Cell,
    Change,
    Chart,
    ChartKind,
    Column,
    Compared,
    Definition,
    Figure,
    GridMap,
    Measure,
    Part,
    Ring,
    Role,
    Section,
    SectionKey,
    Sentence,
    Series,
    Source,
    Table,
    Tone,
    Versus,
)
from dashboard.domain.colours import Colour

START = datetime(2026, 11, 8, 16, tzinfo=UTC)
END = START + timedelta(days=7)
STREETS = (
    "唐元镇", "花园镇", "古城镇", "新民场镇", "唐昌镇", "友爱镇", "三道堰镇", "郫筒街道", "德源街道",
    "安德街道", "团结街道", "红光街道", "犀浦街道", "安靖街道",
)  # fmt: skip
RATES = (
    0.9891, 0.987, 0.986, 0.982, 0.979, 0.977, 0.974, 0.971, 0.968, 0.959, 0.944, 0.939, 0.924, 0.89899,
)  # fmt: skip
DAYS = ("11-09 周一", "11-10 周二", "11-11 周三", "11-12 周四", "11-13 周五", "11-14 周六", "11-15 周日")
WEEKS = tuple(f"第 {n} 周" for n in range(39, 47))


def source(key: str, **more: object) -> Source:
    return replace(Source(key=key, region="510117", start=START, end=END), **more)  # type: ignore[arg-type]


def count(n: int, key: str = "reported") -> Figure:
    return Figure(text=f"{n:,}", value=float(n), measure=Measure.COUNT, n=n, sources=(source(key),))


def rate(value: float | None, key: str = "on_time_due", d: int = 10_000) -> Figure:
    """As screens print it: cut after the first decimal."""
    if value is None:
        return Figure(text="—", value=None, measure=Measure.RATE, n=0, d=0, reason="没有可计算的数据")
    text = f"{int(value * 1000 + 1e-9) / 10:.1f}%"
    return Figure(
        text=text, value=value, measure=Measure.RATE, n=round(value * d), d=d, sources=(source(key),)
    )


def hours(value: float, key: str = "handling_p50") -> Figure:
    return Figure(text=f"{value:.1f} 小时", value=value, measure=Measure.HOURS, sources=(source(key),))


def change(text: str, value: float, tone: Tone, versus: Versus = Versus.BEFORE) -> Change:
    label = {Versus.BEFORE: "环比", Versus.LAST_YEAR: "同比", Versus.LAST_MONTH: "较上月同周"}[versus]
    measure = Measure.POINTS if "百分点" in text else Measure.GROWTH
    figure = Figure(text=text, value=value, measure=measure, tone=tone, sources=(source("reported"),) * 2)
    return Change(versus=versus, label=label, figure=figure)


def said(key: str, *parts: str | Figure) -> Sentence:
    return Sentence(key=key, parts=parts)


def _cards() -> tuple[Card, ...]:
    year = change("+11.4%", 0.114, Tone.NEUTRAL, Versus.LAST_YEAR)
    return (
        Card(key="reported", name="上报", figure=count(11_842), changes=(change("+2.6%", 0.026, Tone.NEUTRAL), year)),
        Card(key="closed", name="办结", figure=count(11_516, "closed"), changes=(change("+2.9%", 0.029, Tone.BETTER),)),
        Card(
            key="on_time_due",
            name="按期结案率",
            figure=rate(0.9612),
            changes=(change("+0.4 百分点", 0.004, Tone.BETTER),),
            target="目标 95%",
        ),
        Card(
            key="satisfaction",
            name="满意率",
            figure=rate(0.9794, "satisfaction"),
            changes=(change("−0.1 百分点", -0.001, Tone.WORSE),),
            target="目标 97.5%",
        ),
    )  # fmt: skip


def _line(key: str, title: str, target: float, name: str, values: tuple[float | None, ...]) -> Chart:
    return Chart(
        key=key,
        title=title,
        kind=ChartKind.LINE,
        measure=Measure.RATE,
        categories=WEEKS,
        series=(Series(name=name, points=tuple(rate(value) for value in values)),),
        target=target,
        target_name=f"目标 {target:.1%}",
        least=0.92,
    )


def _overview() -> Section:
    now, before = (1580, 1702, 1811, 1766, 1893, 1604, 1486), (1501, 1688, 1790, 1702, 1850, 1560, 1451)
    return Section(
        key=SectionKey.OVERVIEW,
        title="总体运行",
        headline=said("overview.headline", "本周上报 ", count(11_842), " 件，按期结案率升至 ", rate(0.9612)),
        sentences=(
            said("overview.1", "本周全区上报事件 ", count(11_842), " 件，环比增长 2.6%，同比增长 11.4%；办结 ",
                 count(11_516, "closed"), " 件，环比增长 2.9%。"),
            said("overview.2", "周末在办 ", count(1286, "open"), " 件，其中超期 ", count(57, "overdue_open"), " 件。"),
        ),
        cards=_cards(),
        charts=(
            Chart(
                key="daily",
                title="每日上报与上周同日（件）",
                kind=ChartKind.COLUMN,
                measure=Measure.COUNT,
                categories=DAYS,
                series=(
                    Series(name="本周", points=tuple(count(n) for n in now)),
                    Series(name="上周", points=tuple(count(n) for n in before), role=Role.EARLIER),
                ),
            ),
            Chart(
                key="sources",
                title="事件来源（件）",
                kind=ChartKind.BAR,
                measure=Measure.COUNT,
                categories=("网格员", "12345 热线", "市民小程序", "物联感知", "部门交办"),
                series=(Series(name="上报", points=tuple(count(n) for n in (7011, 2764, 1250, 611, 206))),),
            ),
        ),
    )  # fmt: skip


def _ranking() -> Section:
    statuses = (Colour.GREEN,) * 10 + (Colour.YELLOW,) * 3 + (Colour.RED,)
    rows = tuple(
        (
            Cell(text=str(place)),
            Cell(text=name, status=status),
            Cell(text=f"{1200 - 61 * place:,}", figure=count(1200 - 61 * place)),
            Cell(text=rate(value).text, figure=rate(value)),
            Cell(text=hours(5.5 + place / 3).text, figure=hours(5.5 + place / 3)),
        )
        for place, (name, value, status) in enumerate(zip(STREETS, RATES, statuses, strict=True), start=1)
    )
    return Section(
        key=SectionKey.RANKING,
        title="镇街排名",
        headline=said("ranking.headline", "按期结案率升至 ", rate(0.9612), "，", replace(
            count(4, "on_time_due"), sources=(source("on_time_due", part=Part.MISSED, level="street"),)
        ), " 个镇街低于目标"),
        sentences=(said("ranking.1", "团结、红光、犀浦为黄色，安靖为红色；四个镇街占全区超期件的 63%。"),),
        charts=(
            Chart(
                key="streets",
                title="镇街按期结案率",
                kind=ChartKind.DOTS,
                measure=Measure.RATE,
                categories=STREETS,
                series=(Series(name="按期结案率", points=tuple(rate(value) for value in RATES)),),
                target=0.95,
                target_name="目标 95%",
                least=0.85,
                statuses=statuses,
            ),
            _line("weeks", "近 8 周按期结案率", 0.95, "按期结案率",
                  (0.952, 0.95, 0.954, 0.956, 0.953, None, 0.957, 0.9612)),
            _line("voices", "近 8 周满意率", 0.975, "满意率",
                  (0.976, 0.975, 0.977, 0.978, 0.977, 0.978, 0.978, 0.9794)),
        ),
        tables=(
            Table(
                key="ranking",
                title="镇街排名",
                columns=(
                    Column(name="名次"),
                    Column(name="镇街"),
                    Column(name="上报", measure=Measure.COUNT),
                    Column(name="按期结案率", measure=Measure.RATE),
                    Column(name="办理时长中位数", measure=Measure.HOURS),
                ),
                rows=rows,
                note="到期事件不足 20 件的镇街不参加排名：无。",
            ),
        ),
    )  # fmt: skip


def _hexagon(lon: float, lat: float, size: float) -> Ring:
    corners = [
        (lon + size * sin(n * pi / 3) / cos(lat * pi / 180), lat + size * cos(n * pi / 3)) for n in range(6)
    ]
    return (*corners, corners[0])


def grid_map(random: Random, rows: int = 12, columns: int = 18) -> GridMap:
    """Honeycomb cells, one of them a ring around a lake, one in two parts; 14 borders."""
    size = 0.004
    areas = []
    for row in range(rows):
        for column in range(columns):
            lat = 30.75 + row * size * 1.5
            lon = 103.75 + (column + row % 2 / 2) * size * 3**0.5 / cos(lat * pi / 180)
            value = random.choice((0, 0, 1, 1, 2, 3, 5, 8, 12))
            shade = sum(value >= bound for bound in (1, 2, 4, 6, 9))
            outer = _hexagon(lon, lat, size)
            polygons: tuple[tuple[Ring, ...], ...] = ((outer,),)
            if (row, column) == (9, 9):
                polygons = ((outer, _hexagon(lon, lat, size / 2)[::-1]),)
            if (row, column) == (0, 0):
                polygons = ((outer,), (_hexagon(lon - 0.012, lat, size / 2),))
            areas.append(
                Area(
                    code=f"G{row:02}{column:02}",
                    name=f"{row:02}-{column:02} 网格",
                    polygons=polygons,
                    value=float(value),
                    shade=shade,
                    late=1 if random.random() < 0.04 else 0,
                    lon=lon,
                    lat=lat,
                )
            )
    return GridMap(
        title="各网格在办事件",
        measure=Measure.COUNT,
        areas=(*areas[:-1], replace(areas[-1], value=None, shade=None)),
        borders=_borders(rows, columns, size),
        legend=("0", "1", "2–3", "4–5", "6–8", "9 及以上"),
        late_name="有超期在办",
        source=source("open", level="grid"),
    )


def _borders(rows: int, columns: int, size: float) -> tuple[Border, ...]:
    wide, high = columns * size * 3**0.5 / cos(30.8 * pi / 180) / 7, rows * size * 1.5 / 2
    found = []
    for place, name in enumerate(STREETS):
        west, south = 103.75 + place % 7 * wide, 30.75 + place // 7 * high
        ring = (
            (west, south),
            (west + wide, south),
            (west + wide, south + high),
            (west, south + high),
            (west, south),
        )
        found.append(
            Border(
                code=f"S{place}", name=name, polygons=((ring,),), lon=west + wide / 2, lat=south + high / 2
            )
        )
    return tuple(found)


def _rest() -> tuple[Section, ...]:
    topics = Table(
        key="topics",
        title="高发类别",
        columns=(Column(name="类别"), Column(name="件数", measure=Measure.COUNT), Column(name="环比")),
        rows=tuple(
            (Cell(text=name), Cell(text=f"{n:,}", figure=count(n)), Cell(text=more))
            for name, n, more in (
                ("占道经营", 1866, "+12.1%"), ("垃圾堆积", 1540, "−3.0%"), ("噪声扰民", 1203, "+8.8%"),
                ("井盖破损", 640, "+1.2%"), ("违规停车", 611, "−6.4%"), ("路灯不亮", 402, "0.0%"),
            )
        ),
    )  # fmt: skip
    story = "群众反映夜间施工噪声持续至凌晨两点，现场核查属实，已责令停工整改并回访，反映人表示满意"
    cases = Table(
        key="cases",
        title="典型案例",
        columns=(Column(name="编号"), Column(name="类别"), Column(name="网格"), Column(name="经过")),
        rows=tuple(
            (
                Cell(text=f"EV2026111{n}0042"),
                Cell(text="噪声扰民"),
                Cell(text="望丛社区 07"),
                Cell(text=f"{story}；{story}。"),
            )
            for n in range(3)
        ),
    )
    notes = tuple(
        said(f"notes.{n}", text)
        for n, text in enumerate(
            (
                "数据截至 2026-11-16 00:00；作废和重复事件不计入分子、分母。",
                "边界采用事件发生时有效的网格版本。",
                "满意率中“基本满意”按满意计算。",
            )
        )
    )
    return (
        Section(
            key=SectionKey.TOPICS,
            title="热点诉求",
            headline=said("topics.headline", "占道经营居首，环比增长 12.1%"),
            sentences=(said("topics.1", "前三类共占 38.9%。"),),
            tables=(topics,),
        ),
        Section(
            key=SectionKey.CASES,
            title="典型案例",
            headline=said("cases.headline", "夜间施工噪声重复投诉三起"),
            tables=(cases,),
        ),
        Section(key=SectionKey.NOTES, title="数据说明", headline=said("notes.headline", "数据说明"), sentences=notes),
    )  # fmt: skip


def week() -> Briefing:
    """A week of a district of 14 streets and 600 grids."""
    map_section = Section(
        key=SectionKey.MAP,
        title="网格负载图",
        headline=said("map.headline", "在办事件集中在城区，", count(23, "overdue_open"), " 个网格有超期件"),
        sentences=(said("map.1", "在办 9 件及以上的网格共 66 个。"),),
        map=grid_map(Random(46)),
    )
    before = START - timedelta(days=7)
    return Briefing(
        title="网格运行周报",
        office="郫都区网格化服务管理指挥中心",
        cadence=Cadence.WEEKLY,
        region="510117",
        region_name="郫都区",
        period="2026 年第 46 周（11-09 至 11-15）",
        start=START,
        end=END,
        zone="Asia/Shanghai",
        as_of=END,
        as_of_text="2026-11-16 00:00",
        complete=True,
        lang="zh",
        author="周敏",
        compared=(Compared(versus=Versus.BEFORE, name="上周", label="环比", start=before, end=START),),
        sections=(_overview(), map_section, _ranking(), *_rest()),
        definitions=(
            Definition(key="reported", name="上报", formula="所选时段内上报的事件数", version=1),
            Definition(
                key="on_time_due",
                name="按期结案率",
                formula="其中按期结案的事件 ÷ 所选时段内到期的事件（超期在办的计入）",
                version=1,
                target="95%",
            ),
        ),
    )


def charts(briefing: Briefing) -> list[Chart]:
    """All of it, in order."""
    return [chart for section in briefing.sections for chart in section.charts]


def parts(held: bytes, folder: str) -> dict[str, bytes]:
    """The parts of an office file below a folder, by name."""
    with zipfile.ZipFile(io.BytesIO(held)) as file:
        return {name: file.read(name) for name in file.namelist() if name.startswith(folder)}
