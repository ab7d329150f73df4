"""What people write for the product's own words, in Chinese and English. Owns the lists.

They hold where a mapping gives no map of values for the field; a word that is not listed stays as it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from dashboard.domain.workflow import DONE, WORKFLOWS

_LEVELS = {
    "district": ("区", "县", "市", "区县", "全区", "区级", "county", "city"),
    "street": (
        "镇街",
        "街道",
        "镇",
        "乡",
        "乡镇",
        "镇级",
        "街镇",
        "街道级",
        "乡镇街道",
        "town",
        "township",
        "subdistrict",
    ),
    "community": (
        "社区",
        "村",
        "村社区",
        "村居",
        "社区级",
        "行政村",
        "village",
        "neighbourhood",
        "neighborhood",
    ),
    "grid": ("网格", "基础网格", "一级网格", "网格级", "cell", "precinct"),
    "micro_grid": ("微网格", "二级网格", "micro grid", "micro-grid", "microgrid"),
}
_SOURCES = {
    "grid_worker": (
        *(
            "网格员",
            "网格员上报",
            "网格上报",
            "网格",
            "巡查",
            "巡查上报",
            "采集员",
            "采集员上报",
            "监督员上报",
        ),
        *("grid worker", "patrol", "employee", "employee generated", "inspector"),
    ),
    "hotline": (
        *(
            "热线",
            "电话",
            "12345",
            "12345热线",
            "市民热线",
            "政务热线",
            "热线电话",
            "便民热线",
            "来电",
            "110联动",
        ),
        *("phone", "call", "telephone", "constituent call", "311"),
    ),
    "citizen_app": (
        *("市民", "群众", "公众", "app", "公众上报", "群众上报", "市民上报", "小程序", "微信", "微信小程序"),
        *("随手拍", "网站", "网上", "互联网", "web", "website", "mobile", "mobile app", "wechat", "open311"),
        *("self service", "citizen", "internet", "online"),
    ),
    "sensor": (
        "传感器",
        "物联网",
        "物联感知",
        "感知设备",
        "视频",
        "视频监控",
        "智能发现",
        "ai识别",
        "iot",
        "camera",
    ),
    "department": (
        *("部门", "部门上报", "委办局", "上级交办", "领导交办", "交办", "转办", "媒体", "信访", "督查"),
        *("agency", "internal", "media"),
    ),
}
_STATES = {
    "open": (
        *(
            "未结案",
            "未办结",
            "未完成",
            "办理中",
            "处理中",
            "处置中",
            "待处理",
            "待受理",
            "待派遣",
            "待结案",
            "在办",
        ),
        *("进行中", "已受理", "已派遣", "已派单", "未结", "核查中", "待核查", "待办", "新建"),
        *("new", "in progress", "pending", "assigned", "active", "opened", "reopened", "acknowledged"),
    ),
    "closed": (
        *(
            "已结案",
            "结案",
            "已办结",
            "办结",
            "已完成",
            "完成",
            "已关闭",
            "关闭",
            "已归档",
            "归档",
            "已结",
            "办理完毕",
        ),
        *("close", "done", "completed", "complete", "resolved", "finished", "archived"),
    ),
    "void": (
        *("作废", "已作废", "无效", "撤销", "已撤销", "取消", "已取消", "不予受理", "删除"),
        *("cancelled", "canceled", "invalid", "rejected", "withdrawn"),
    ),
}
_STAGES = {
    "report": ("上报", "采集", "受理", "待受理", "发现"),
    "file": ("立案", "建卷", "待立案", "案卷"),
    "dispatch": ("派遣", "派单", "待派遣", "待派单", "分派", "转办"),
    "handle": ("处置", "处理", "处理中", "处置中", "办理", "办理中", "待处置", "待处理"),
    "feedback": ("反馈", "待反馈", "答复"),
    "verify": ("核查", "核实", "核查中", "待核查", "待结案", "结案审核"),
    "evaluate": ("评价", "考核", "待评价", "待考核"),
    "archive": ("归档", "存档", "待归档"),
    DONE: ("完成", "已完成", "已结案", "结束", "已归档", "办结"),
}
_SATISFACTION = {
    "5": ("非常满意", "很满意", "十分满意", "very satisfied", "strongly agree", "excellent"),
    "4": ("满意", "比较满意", "较满意", "satisfied", "agree", "good"),
    "3": ("基本满意", "一般", "一般满意", "尚可", "neutral", "fair", "neither"),
    "2": ("不满意", "不太满意", "较不满意", "dissatisfied", "unsatisfied", "disagree", "poor"),
    "1": (
        "非常不满意",
        "很不满意",
        "十分不满意",
        "极不满意",
        "very dissatisfied",
        "strongly disagree",
        "very poor",
    ),
    "": (
        *(
            "未评价",
            "不评价",
            "未作评价",
            "不予评价",
            "未接通",
            "无人接听",
            "未接",
            "拒访",
            "拒绝评价",
            "未回复",
        ),
        *("no answer", "not rated", "refused"),
    ),
}
_TRUE = ("是", "true", "yes", "y", "有", "对", "1")
_FALSE = ("否", "false", "no", "n", "无", "不是", "0")
_WORDS: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = {
    ("regions", "level"): _LEVELS,
    ("regions", "kind"): {
        "general": ("普通", "一般", "普通网格", "一般网格", "基础网格", "综合网格", "通用"),
        "exclusive": ("专属", "专属网格", "专用", "专用网格", "专门网格"),
    },
    ("categories", "limit_kind"): {
        "working": (
            "工作时间",
            "工作日",
            "工作时",
            "工作小时",
            "working hours",
            "working days",
            "business hours",
        ),
        "clock": (
            "自然时间",
            "自然日",
            "自然时",
            "日历天",
            "小时",
            "天",
            "calendar",
            "hours",
            "calendar days",
            "紧急",
        ),
    },
    ("workers", "role"): {
        "grid_worker": ("网格员", "专职网格员", "兼职网格员", "网格长", "grid worker"),
        "supervisor": ("督导员", "督查员", "监督员", "supervisor"),
    },
    ("workers", "active"): {
        "true": (*_TRUE, "在岗", "在职", "启用", "有效", "正常", "active", "enabled"),
        "false": (
            *_FALSE,
            "离岗",
            "离职",
            "停用",
            "无效",
            "退休",
            "调离",
            "禁用",
            "inactive",
            "disabled",
            "left",
        ),
    },
    ("shifts", "cancelled"): {
        "true": (*_TRUE, "取消", "已取消", "作废", "cancelled", "canceled"),
        "false": (*_FALSE, "正常", "有效", "scheduled"),
    },
    ("events", "source"): _SOURCES,
    ("events", "state"): _STATES,
    ("events", "stage"): _STAGES,
    ("events", "severity"): {
        "1": ("一般", "普通", "低", "一般事件", "轻微", "low", "normal", "minor"),
        "2": ("较大", "较重", "中", "较急", "较大事件", "medium", "serious"),
        "3": (
            "重大",
            "严重",
            "高",
            "紧急",
            "特急",
            "重大事件",
            "特别重大",
            "high",
            "urgent",
            "major",
            "critical",
        ),
    },
    ("feedback", "channel"): {
        "phone": ("电话", "电话回访", "人工回访", "语音", "call", "telephone"),
        "sms": ("短信", "短信回访", "text message"),
        "app": ("app", "小程序", "微信", "公众号", "线上", "网上评价"),
        "visit": ("上门", "上门回访", "入户", "现场", "现场回访"),
    },
    ("feedback", "resolved"): {
        "true": (*_TRUE, "已解决", "解决", "解决了", "完全解决", "resolved", "solved"),
        "false": (
            *_FALSE,
            "未解决",
            "没解决",
            "没有解决",
            "部分解决",
            "unresolved",
            "not resolved",
            "unsolved",
        ),
        "": ("未知", "不清楚", "unknown"),
    },
    ("feedback", "satisfaction"): _SATISFACTION,
}


def vocabulary(kind: str, field: str) -> Mapping[str, str] | None:
    """The product's own word by what people write (as `spelt` makes it); None where a field has no such words."""
    found = _WORDS.get((kind, field))
    if found is None:
        return None
    listed = {spelt(own): own for own in found}
    if field == "stage":
        listed |= dict(_stage_names())
    return listed | {spelt(said): own for own, words in found.items() for said in words}


def spelt(text: str) -> str:
    """A value as it is looked up: one width, small letters, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def _stage_names() -> Iterator[tuple[str, str]]:
    for workflow in WORKFLOWS.values():
        for stage in workflow.stages:
            yield spelt(stage.zh), stage.key
            yield spelt(stage.en), stage.key
