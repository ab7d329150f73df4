"""Sentences about shifts, feedback, figures, duties and time limits."""

from __future__ import annotations

from dashboard.ingest.flaws import Flaw, Words, words

DUTY_WORDS: dict[Flaw, Words] = {
    Flaw.ENDS_BEFORE_START: words(
        "结束时间不晚于开始时间 {start}",
        "does not end after its start at {start}",
        "更正时间；跨夜班次请写明日期，或另设日期列",
        "correct the times; a shift over midnight needs its dates, or a column for the date",
    ),
    Flaw.SHIFT_LENGTH: words(
        "班次长 {hours} 小时，超过上限 {limit} 小时",
        "the shift is {hours} hours long; the limit is {limit}",
        "更正开始或结束时间，或拆成几个班次",
        "correct its start or end, or make it several shifts",
    ),
    Flaw.SHIFT_OVERLAP: words(
        "与同一人的另一班次重叠（{other}）",
        "overlaps another shift of the same worker ({other})",
        "更正时间，或取消其中一个班次",
        "correct the times, or cancel one of the two",
    ),
    Flaw.SAME_SHIFT: words(
        "与第 {first} 行是同一人同一时刻开始的班次",
        "is a shift of the worker of row {first} that begins at the same moment",
        "只保留一行",
        "keep one of the rows",
    ),
    Flaw.LEFT_BEFORE_CAME: words(
        "签退不晚于签到 {came}",
        "left no later than the arrival at {came}",
        "更正两个时间中的一个",
        "correct one of the two times",
    ),
    Flaw.UNKNOWN_EVENT: words(
        "没有这个编号的事件",
        "there is no event with this code",
        "先导入事件，或更正编号",
        "import the events first, or correct the code",
    ),
    Flaw.ASKED_BEFORE_REPORTED: words(
        "回访早于事件上报 {reported}",
        "asked before the event was reported at {reported}",
        "更正回访时间，或检查事件编号",
        "correct the time, or check the code of the event",
    ),
    Flaw.ANSWERED_BEFORE_ASKED: words(
        "答复早于回访 {asked}",
        "answered before it was asked at {asked}",
        "更正两个时间中的一个",
        "correct one of the two times",
    ),
    Flaw.ANSWER_WITHOUT_TIME: words(
        "有评价结果，但没有答复时间",
        "there is an answer, but no time of it",
        "补填答复时间",
        "fill in when it was answered",
    ),
    Flaw.SAME_FIGURE: words(
        "同一区域、同一指标、同一日期的数值已在第 {first} 行",
        "row {first} already has a figure for this region, key and day",
        "只保留一行",
        "keep one of the rows",
    ),
    Flaw.NO_FIGURE: words(
        "本行没有任何数值",
        "the row holds no figure at all",
        "补填数值，或删除本行",
        "fill one in, or remove the row",
    ),
    Flaw.DUTY_TAKEN: words(
        "类别 {category}、区域 {region} 已由第 {first} 行的部门负责",
        "the department of row {first} already has category {category} in region {region}",
        "每个类别在每个区域只由一个部门负责",
        "leave each category in each region to one department",
    ),
    Flaw.DUTY_MOVED: words(
        "类别 {category}、区域 {region} 原由 {department} 负责，现归本部门",
        "category {category} in region {region} was with {department} and is now here",
        "如有误，请更正后重新导入",
        "correct it and import again if that is wrong",
    ),
    Flaw.UNREADABLE_LIMIT: words(
        "不是可识别的时限",
        "is not a time limit that can be read",
        "写成小时数，或“24小时”“5个工作日”“3天”",
        'write a number of hours, or "24 hours", "5 working days", "3 days"',
    ),
    Flaw.NEVER_VALID: words(
        "失效时间不晚于生效时间",
        "ends before it begins to apply",
        "更正两个日期中的一个",
        "correct one of the two dates",
    ),
}
