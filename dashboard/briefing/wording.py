"""The words of drafted briefings in both languages: patterns with places for figures, titles, names of periods.

Owns the wording alone; which pattern is used is decided where the section is drafted.
"""

from __future__ import annotations

from typing import Final

from dashboard.briefing.content import Cadence, SectionKey, Versus
from dashboard.domain.model import Level, Source
from dashboard.domain.words import Words


def _w(zh: str, en: str) -> Words:
    return Words(zh=zh, en=en)


OWN: Final = {
    Cadence.DAILY: _w("当日", "on the day"),
    Cadence.WEEKLY: _w("本周", "this week"),
    Cadence.MONTHLY: _w("本月", "this month"),
}
OTHERS: Final = {
    (Cadence.DAILY, Versus.BEFORE): _w("前一日", "the day before"),
    (Cadence.WEEKLY, Versus.BEFORE): _w("上周", "the week before"),
    (Cadence.MONTHLY, Versus.BEFORE): _w("上月", "the month before"),
    (Cadence.DAILY, Versus.LAST_MONTH): _w("上月同日", "the same day last month"),
    (Cadence.WEEKLY, Versus.LAST_MONTH): _w("上月同周", "four weeks before"),
    (Cadence.DAILY, Versus.LAST_YEAR): _w("去年同日", "the same day last year"),
    (Cadence.WEEKLY, Versus.LAST_YEAR): _w("去年同周", "the same week last year"),
    (Cadence.MONTHLY, Versus.LAST_YEAR): _w("去年同月", "the same month last year"),
}
LABELS: Final = {
    Versus.BEFORE: _w("环比", "vs {other}"),
    Versus.LAST_MONTH: _w("较上月同期", "vs {other}"),
    Versus.LAST_YEAR: _w("同比", "vs {other}"),
}
REPORTS: Final = {
    Cadence.DAILY: _w("{place}网格化服务管理日报", "Daily briefing of {place}"),
    Cadence.WEEKLY: _w("{place}网格化服务管理周报", "Weekly briefing of {place}"),
    Cadence.MONTHLY: _w("{place}网格化服务管理月报", "Monthly briefing of {place}"),
}
OFFICE: Final = _w("{place}网格化服务管理指挥中心", "Grid command centre, {place}")
TITLES: Final = {
    SectionKey.OVERVIEW: _w("总体运行", "Overview"),
    SectionKey.MAP: _w("网格负载", "Load of the grids"),
    SectionKey.TIMELINESS: _w("办理与时效", "Resolution and timeliness"),
    SectionKey.RANKING: _w("镇街排名", "Ranking"),
    SectionKey.SATISFACTION: _w("回访与满意度", "Satisfaction"),
    SectionKey.TOPICS: _w("热点诉求", "Hot topics"),
    SectionKey.FIELD: _w("网格员与巡查", "Workers and patrol"),
    SectionKey.SUPERVISION: _w("超期与督办", "Overdue and supervision"),
    SectionKey.CASES: _w("典型案例", "Typical cases"),
    SectionKey.NOTES: _w("数据说明", "Data notes"),
}
LEVELS: Final = {
    Level.STREET: _w("镇街", "streets"),
    Level.COMMUNITY: _w("村社区", "communities"),
    Level.GRID: _w("网格", "grids"),
    Level.MICRO_GRID: _w("微网格", "micro-grids"),
}
SOURCES: Final = {
    Source.GRID_WORKER: _w("网格员上报", "grid workers"),
    Source.HOTLINE: _w("热线", "hotline"),
    Source.CITIZEN_APP: _w("公众上报", "citizen app"),
    Source.SENSOR: _w("物联感知", "sensors"),
    Source.DEPARTMENT: _w("部门转办", "departments"),
}
COMMA: Final = _w("，", ", ")
STOP: Final = _w("。", ".")

# Overview
VOLUME_HEAD: Final = _w("上报 {reported} 件、办结 {closed} 件", "{reported} reported, {closed} closed")
ON_TIME_HEAD: Final = _w("按期结案率 {rate}", "{rate} of those due closed on time")
VOLUME: Final = _w(
    "{period}，{place}共上报事件 {reported} 件{reported_changes}，办结 {closed} 件{closed_changes}。",
    "{place}: {reported} events reported {period}{reported_changes}, {closed} closed{closed_changes}.",
)
STOCK: Final = _w(
    "截至 {moment}，在办 {open} 件{open_changes}，其中超期 {overdue} 件{overdue_changes}。",
    "As of {moment}, {open} were open{open_changes}, {overdue} of them overdue{overdue_changes}.",
)
FROM: Final = _w("从来源看，{list}。", "By source: {list}.")
FROM_ONE: Final = _w("{source} {n} 件（占 {share}）", "{source} {n} ({share})")
DAYS_CHART: Final = _w("逐日上报与办结（件）", "Reported and closed by day")
HOURS_CHART: Final = _w("逐时上报与办结（件）", "Reported and closed by hour")
FIGURES_TABLE: Final = _w("主要指标", "Main indicators")
INDICATOR: Final = _w("指标", "Indicator")
TARGET: Final = _w("目标", "Target")

# Map
MAP_HEAD: Final = _w(
    "在办 {open} 件，{late} 个{level}有超期事件", "{open} open; {late} {level} have overdue events"
)
MAP_TITLE: Final = _w("在办事件（截至 {moment}）", "Open events (as of {moment})")
MAP_MOST: Final = _w("在办较多的{level}：{list}。", "The {level} with most open events: {list}.")
MAP_LATE: Final = _w("超期较多的{level}：{list}。", "The {level} with most overdue events: {list}.")
NAMED: Final = _w("{name} {n} 件", "{name} {n}")
MAP_TABLE: Final = _w("在办较多的{level}", "{level} with most open events")
MAP_NONE: Final = _w("没有在办事件。", "No event was open.")
LATE: Final = _w("有超期事件", "has overdue events")
OR_MORE: Final = _w("{n} 及以上", "{n} or more")

# Timeliness
TIME_HEAD: Final = _w("按期结案率 {rate}{changes}", "{rate} closed on time, of those due{changes}")
NO_DUE: Final = _w("{period}没有到期事件", "No event was due {period}")
DUE: Final = _w(
    "{period}到期 {d} 件，按期结案 {n} 件，按期结案率 {rate}{changes}{target}。",
    "{d} events were due {period}; {n} were closed on time, {rate}{changes}{target}.",
)
MET: Final = _w("，达到目标（{target}）", ", the target of {target} met")
MISSED: Final = _w("，低于目标（{target}）", ", below the target of {target}")
DONE: Final = _w(
    "办结事件中按时办结 {n} 件，按时办结率 {rate}{changes}。",
    "Of those closed, {n} were in time, {rate}{changes}.",
)
TAKEN: Final = _w(
    "按工作时间计，办理时长中位数 {p50}{changes}，九成事件在 {p90}内办结。",
    "In working time, the median handling time was {p50}{changes}; nine in ten took at most {p90}.",
)
PROCESS: Final = _w("各环节中，{list}。", "By step: {list}.")
ONE_RATE: Final = _w("{name} {rate}{changes}", "{name} {rate}{changes}")
LONGEST: Final = _w(
    "用时最长的环节是{name}，中位数 {p50}，九成事件在 {p90}内完成。",
    "The longest stage was “{name}”: {p50} in the median, at most {p90} for nine in ten.",
)
STAGE_TABLE: Final = _w(
    "{period}办结事件各环节用时（工作时间）", "Working time by stage, events closed {period}"
)
STAGE: Final = _w("环节", "Stage")
STAGE_N: Final = _w("件数", "Events")
STAGE_LIMIT: Final = _w("时限", "Limit")
BY_CATEGORY: Final = _w("按类别", "by category")
MEDIAN: Final = _w("中位数", "Median")
NINE_IN_TEN: Final = _w("九成不超过", "Nine in ten")
COURSE_CHART: Final = _w("近 {n} 期{name}", "{name}, last {n} periods")
PROCESS_TABLE: Final = _w("办理与时效指标", "Indicators of resolution and timeliness")

# Ranking
RANK_TITLE: Final = _w("{level}排名", "Ranking of {level}")
RANK_HEAD: Final = _w(
    "{missed} 个{level}按期结案率低于目标", "{missed} {level} below the target for closing on time"
)
RANK_HEAD_MET: Final = _w(
    "{ranked} 个{level}按期结案率均达到目标", "All {ranked} ranked {level} met the target"
)
RANK_NONE: Final = _w("到期事件不足，不作排名", "Too few events were due for a ranking")
RANK_TOP: Final = _w(
    "参加排名的 {ranked} 个{level}中，居前的是{list}。", "Of {ranked} {level} ranked, the first: {list}."
)
RANK_LAST: Final = _w("居后的是{list}。", "The last: {list}.")
RANK_RED: Final = _w("红色：{list}。", "Red: {list}.")
RANK_YELLOW: Final = _w("黄色：{list}。", "Yellow: {list}.")
RANK_ONE: Final = _w("{name}（{rate}）", "{name} ({rate})")
RANK_CHART: Final = _w("按期结案率", "Closed on time, of those due")
RANK_TABLE: Final = _w("各{level}运行情况", "How the {level} stand")
RANK_NOTE: Final = _w(
    "到期不足 {n} 件的不参加排名：{names}。", "Not ranked with fewer than {n} due: {names}."
)
RANK: Final = _w("名次", "Rank")
REGION: Final = _w("区域", "Region")
DUE_D: Final = _w("应结", "Due")

# Satisfaction
VOICE_HEAD: Final = _w("满意率 {rate}{changes}", "Satisfaction {rate}{changes}")
VOICE_NONE: Final = _w("{period}没有回访结果", "Nobody answered {period}")
ASKED: Final = _w(
    "{period}发起回访 {d} 件，接通 {n} 件，响应率 {rate}{changes}。",
    "{d} were asked {period}, {n} answered: {rate}{changes}.",
)
ANSWERED: Final = _w(
    "作答 {d} 件中，满意 {n} 件，满意率 {rate}{changes}{target}；解决率 {resolved}{resolved_changes}。",
    "Of {d} answers, {n} were satisfied: {rate}{changes}{target}; resolved {resolved}{resolved_changes}.",
)
VOICE_TABLE: Final = _w("回访与满意度指标", "Indicators of satisfaction")

# Topics
TOPIC_HEAD: Final = _w("“{name}”最多，{n} 件", "“{name}” leads with {n}")
TOPIC_NONE: Final = _w("{period}没有上报事件", "Nothing was reported {period}")
TOPIC_MOST: Final = _w("上报较多的是{list}。", "Most reported: {list}.")
TOPIC_ONE: Final = _w("“{name}” {n} 件（占 {share}）", "“{name}” {n} ({share})")
TOPIC_UP: Final = _w("增加较多的是{list}。", "Rising most: {list}.")
TOPIC_UP_ONE: Final = _w("“{name}” {n} 件（{versus}{change}）", "“{name}” {n} ({change} {versus})")
TOPIC_CHART: Final = _w("上报前 {n} 类（件）", "Top {n} categories reported")
TOPIC_TABLE: Final = _w("热点类别", "Hot topics")
CLASS_CHART: Final = _w("大类构成（件）", "By main class")
OWN_ALONE: Final = _w("{name}（未细分）", "{name} (no finer one)")
CLASS_REST: Final = _w("其他", "Others")
CATEGORY: Final = _w("类别", "Category")
SHARE: Final = _w("占比", "Share")

# Workers
FIELD_HEAD: Final = _w("网格员上报 {n} 件，占 {share}", "Grid workers reported {n}, {share}")
FIELD_REPORTS: Final = _w(
    "{period}网格员上报 {n} 件（占全部上报的 {share}）{changes}。",
    "Grid workers reported {n} {period}, {share} of all{changes}.",
)
FIELD_RATE: Final = _w("{name} {rate}（{n}/{d}）{changes}。", "{name} {rate} ({n}/{d}){changes}.")
FIELD_CHART: Final = _w("各{level}网格员上报（件）", "Reported by grid workers, by {level}")
FIELD_TABLE: Final = _w("各{level}网格员工作", "Workers, by {level}")
WORKER_REPORTS: Final = _w("网格员上报", "By grid workers")

# Supervision
PAPER_HEAD: Final = _w(
    "超期在办 {overdue} 件，督办办结率 {rate}", "{overdue} overdue; {rate} of papers closed"
)
PAPER_HEAD_NONE: Final = _w("超期在办 {overdue} 件，未发督办", "{overdue} overdue; no paper was issued")
PAPERS: Final = _w(
    "{period}发出提示函 {reminders} 件、督办单 {orders} 件，已办结 {closed} 件，督办办结率 {rate}{changes}。",
    "{reminders} reminders and {orders} orders were issued {period}; {closed} are closed: {rate}{changes}.",
)
NO_PAPERS: Final = _w(
    "{period}发出提示函和督办单共 {d} 件。", "{d} reminders and orders were issued {period}."
)
OVERDUE: Final = _w(
    "截至 {moment}，超期在办 {overdue} 件{changes}。",
    "As of {moment}, {overdue} events were open and overdue{changes}.",
)
OVERDUE_TABLE: Final = _w("超期最久的事件（前 {n} 件）", "Longest overdue (first {n})")
DEPARTMENT_TABLE: Final = _w("各部门办理情况", "Departments")
DEPARTMENT_REST: Final = _w("另有 {n} 个部门未列出。", "{n} more departments are not listed.")
DEPARTMENT: Final = _w("部门", "Department")
EVENT: Final = _w("事件编号", "Event")
DUE_AT: Final = _w("应结时间", "Due")
LATE_BY: Final = _w("已超期（自然时间）", "Overdue by (clock time)")

# Cases
CASES_HEAD: Final = _w("选取 {n} 件", "{n} cases")
CASES_NONE: Final = _w("{period}没有可选的案例", "No case to tell {period}")
CASE: Final = _w(
    "{code}：{at}，{region}，{source}反映“{category}”{place}，{handling}{end}。",
    "{code}: on {at} in {region}, {source} reported “{category}”{place}; {handling}{end}.",
)
CASE_BY: Final = _w("由{department}办理，", "handled by {department}, ")
CASE_CLOSED: Final = _w("历时 {hours}办结", "closed after {hours}")
CASE_OPEN: Final = _w("仍在办理", "still open")
CASE_REWORK: Final = _w("，其间返工 {n} 次", ", sent back {n} times")
CASE_TEXT: Final = _w("（{text}）", " ({text})")

# Notes
NOTES_HEAD: Final = _w("数据截至 {moment}", "Data as of {moment}")
NOTE_PERIOD: Final = _w(
    "统计周期为 {name}，以{zone}零点为界；数据截至 {moment}，其后的变化不再计入本简报。",
    "The period is {name}, from midnight to midnight in {zone}; measured at {moment}, unchanged since.",
)
BEIJING: Final = _w("北京时间", "Beijing time")
NOTE_RUNNING: Final = _w(
    "统计周期尚未结束，与前期的同一时段比较。",
    "The period is not over; it is compared with the same part of others.",
)
NOTE_COMPARED: Final = _w("{label}：与{other}（{name}）比较。", "Changes {label}: {name}.")
NOTE_LEFT_OUT: Final = _w(
    "作废 {void} 件、重复 {duplicate} 件不计入。",
    "{void} void events and {duplicate} duplicates do not count.",
)
NOTE_LATE: Final = _w(
    "办结、回访等按截至时刻的记录统计，前期数据补录后与当期已印发简报可能不同。",
    "Earlier periods are measured anew by today's records and may differ from briefings issued then.",
)
NOTE_GROWING: Final = _w(
    "{names}随时间增长，前期时间更长，只列数值，不作增减比较。",
    "{names} grow with time, which earlier periods had more of: no change is told.",
)
NOTE_HOLIDAYS: Final = _w(
    "该年度节假日安排未知，工作时间按周一至周五计。",
    "The year's holidays are unknown: weekdays stand in for them.",
)
NOTE_CUT: Final = _w(
    "百分率截取一位小数，不四舍五入；“—”表示没有可计算的数据。",
    "Rates are cut, not rounded; a dash means nothing to measure.",
)
NOTE_TABLE: Final = _w("指标口径", "Definitions")
FORMULA: Final = _w("计算方法", "Formula")
VERSION: Final = _w("版本", "Version")
