"""What can be wrong with a row, in both languages. Owns the sentences; leaves finding the fault to the
checks.

Every flaw has a reason and a remedy; `{names}` in them are filled from the finding's details.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """Kinds of fault. Whether a fault keeps the row out is the finding's business."""

    FIELD_COUNT = "field_count"
    UNREADABLE_ROW = "unreadable_row"
    NOT_A_RECORD = "not_a_record"
    ERROR_CELL = "error_cell"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    NUMBER_INEXACT = "number_inexact"
    BROKEN_ENCODING = "broken_encoding"
    CONTROL_CHARACTER = "control_character"
    TOO_LONG = "too_long"
    MISSING = "missing"
    PATTERN = "pattern"
    UNKNOWN_VALUE = "unknown_value"
    NOT_NUMBER = "not_number"
    NUMBER_RANGE = "number_range"
    DUPLICATE_CODE = "duplicate_code"
    UNREADABLE_TIME = "unreadable_time"
    TIME_RANGE = "time_range"
    MISSING_HOUR = "missing_hour"
    NO_SUCH_HOUR = "no_such_hour"
    REPEATED_HOUR = "repeated_hour"
    FUTURE = "future"
    CLOSED_BEFORE_REPORTED = "closed_before_reported"
    DUE_BEFORE_REPORTED = "due_before_reported"
    CLOSED_WITHOUT_TIME = "closed_without_time"
    OPEN_WITH_CLOSING_TIME = "open_with_closing_time"
    UNKNOWN_CATEGORY = "unknown_category"
    UNKNOWN_DEPARTMENT = "unknown_department"
    UNKNOWN_REGION = "unknown_region"
    UNKNOWN_WORKER = "unknown_worker"
    UNKNOWN_PARENT = "unknown_parent"
    PARENT_LEVEL = "parent_level"
    HALF_LOCATION = "half_location"
    PLACEHOLDER = "placeholder"
    SWAPPED = "swapped"
    OUTSIDE_DISTRICT = "outside_district"
    OUTSIDE_GRIDS = "outside_grids"
    SAME_FIX = "same_fix"
    TWO_PLACES = "two_places"
    NO_SHAPE = "no_shape"
    NOT_AN_AREA = "not_an_area"
    SHAPE_RANGE = "shape_range"
    SHAPE_REPAIRED = "shape_repaired"
    RING_DROPPED = "ring_dropped"
    OUTSIDE_PARENT = "outside_parent"
    OVERLAP = "overlap"
    GAP = "gap"
    REGION_CLOSED = "region_closed"
    PARENT_CLOSED = "parent_closed"
    NOT_PRESENT = "not_present"
    OVERLAY_BROKEN = "overlay_broken"
    OVERLAY_EMPTY = "overlay_empty"
    OVERLAY_SHARED = "overlay_shared"
    SPLITS_GRID = "splits_grid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Reason and remedy of a flaw."""

    reason_zh: str
    reason_en: str
    remedy_zh: str
    remedy_en: str

    def reason(self, lang: str) -> str:
        """The reason in "zh" or "en"."""
        return self.reason_zh if lang == "zh" else self.reason_en

    def remedy(self, lang: str) -> str:
        """The remedy in "zh" or "en"."""
        return self.remedy_zh if lang == "zh" else self.remedy_en


def _words(reason_zh: str, reason_en: str, remedy_zh: str, remedy_en: str) -> Words:
    return Words(reason_zh=reason_zh, reason_en=reason_en, remedy_zh=remedy_zh, remedy_en=remedy_en)


WORDS: dict[Flaw, Words] = {
    Flaw.FIELD_COUNT: _words(
        "本行有 {found} 个字段，表头有 {expected} 个",
        "the row has {found} fields and the header {expected}",
        "检查本行的分隔符和引号",
        "check separators and quotes in this row",
    ),
    Flaw.UNREADABLE_ROW: _words(
        "本行不是有效的 CSV",
        "the row is not valid CSV",
        "检查本行的引号",
        "check the quotes in this row",
    ),
    Flaw.NOT_A_RECORD: _words(
        "列表中的这一项不是对象",
        "this item of the list is no object",
        "每一项应写成 {{...}}",
        "write every item as {{...}}",
    ),
    Flaw.ERROR_CELL: _words(
        "单元格是公式的错误值",
        "the cell holds a formula's error",
        "在表格软件中更正公式，重新保存",
        "correct the formula in the spreadsheet and save it again",
    ),
    Flaw.FORMULA_WITHOUT_VALUE: _words(
        "公式没有保存计算结果",
        "the formula was saved without its value",
        "在表格软件中打开并重新保存，或把公式粘贴为数值",
        "open and save the file in a spreadsheet program, or paste the formulas as values",
    ),
    Flaw.NUMBER_INEXACT: _words(
        "数字超过 15 位，表格只保留了前 15 位",
        "the number has more than 15 digits, and the file keeps only the first 15",
        "把该列设为文本后重新填写",
        "make the column text and fill it in again",
    ),
    Flaw.BROKEN_ENCODING: _words(
        "本行含有不属于 {encoding} 编码的字节",
        "the row holds bytes that are not {encoding}",
        "用 UTF-8 重新导出文件，或在映射中写明 file.encoding",
        "export the file again as UTF-8, or name file.encoding in the mapping",
    ),
    Flaw.CONTROL_CHARACTER: _words(
        "含有控制字符",
        "holds a control character",
        "删除该字符",
        "remove the character",
    ),
    Flaw.TOO_LONG: _words(
        "长度 {length} 个字符，超过上限 {limit}",
        "is {length} characters long; the limit is {limit}",
        "缩短内容，或检查引号是否缺失",
        "shorten it, or look for a missing quote",
    ),
    Flaw.MISSING: _words(
        "必填字段为空",
        "a required field is empty",
        "补填该字段，或在映射中写明默认值",
        "fill it in, or give a default in the mapping",
    ),
    Flaw.PATTERN: _words(
        "与映射中的格式 {pattern} 不符",
        "does not match the mapping's pattern {pattern}",
        "更正该值，或放宽映射中的格式",
        "correct the value, or widen the pattern in the mapping",
    ),
    Flaw.UNKNOWN_VALUE: _words(
        "映射中没有这个取值；可用的有：{allowed}",
        "the mapping does not know this value; it knows: {allowed}",
        '在映射的 [{section}] 中加上它，或用 "*" 给出其余取值的去向',
        'add it to [{section}] in the mapping, or say with "*" where all others go',
    ),
    Flaw.NOT_NUMBER: _words(
        "不是数字",
        "is not a number",
        "改为数字，小数点用“.”",
        'make it a number, with "." as the decimal point',
    ),
    Flaw.NUMBER_RANGE: _words(
        "超出范围 {low} 至 {high}",
        "is outside the range {low} to {high}",
        "更正该值；若经纬度列对调，请改映射",
        "correct the value; if the columns are swapped, correct the mapping",
    ),
    Flaw.DUPLICATE_CODE: _words(
        "编码重复，首次出现在第 {first} 行",
        "the code was already used in row {first}",
        "每个编码只保留一行",
        "keep one row for each code",
    ),
    Flaw.UNREADABLE_TIME: _words(
        "不是可识别的时间",
        "is not a time that can be read",
        "写成 2026-11-20 14:32:08，或在映射中写明 times.formats",
        "write it as 2026-11-20 14:32:08, or name times.formats in the mapping",
    ),
    Flaw.TIME_RANGE: _words(
        "年份不在 {low} 至 {high} 之间",
        "the year is not between {low} and {high}",
        "更正年份",
        "correct the year",
    ),
    Flaw.MISSING_HOUR: _words(
        "该时刻在夏令时调整中不存在（{zone}）",
        "this moment does not exist: the clocks went forward over it ({zone})",
        "已按调整前的时差计；如有误请更正",
        "it was read with the offset before the change; correct it if that is wrong",
    ),
    Flaw.NO_SUCH_HOUR: _words(
        "该时刻在夏令时调整中不存在（{zone}）",
        "this moment does not exist: the clocks went forward over it ({zone})",
        '更正时间，或在映射中写 times.missing = "forward"',
        'correct the time, or say times.missing = "forward" in the mapping',
    ),
    Flaw.REPEATED_HOUR: _words(
        "该时刻在夏令时调整中出现两次（{zone}）",
        "this moment came twice: the clocks went back over it ({zone})",
        "已按映射 times.repeated 取其一；写明时差可消除歧义",
        "one was taken as times.repeated in the mapping says; write the offset to be exact",
    ),
    Flaw.FUTURE: _words(
        "时间在将来",
        "lies in the future",
        "更正时间，或检查时区",
        "correct the time, or check the time zone",
    ),
    Flaw.CLOSED_BEFORE_REPORTED: _words(
        "早于上报时间 {reported}",
        "is earlier than the report at {reported}",
        "更正两个时间中的一个",
        "correct one of the two times",
    ),
    Flaw.DUE_BEFORE_REPORTED: _words(
        "期限早于上报时间 {reported}，已不设期限入库",
        "the deadline is earlier than the report at {reported}; the row landed without one",
        "更正期限后重新导入",
        "correct the deadline and import again",
    ),
    Flaw.CLOSED_WITHOUT_TIME: _words(
        "状态为已结案，但没有结案时间",
        "says closed, but has no closing time",
        "补填结案时间",
        "fill in the closing time",
    ),
    Flaw.OPEN_WITH_CLOSING_TIME: _words(
        "状态为未结案，但有结案时间",
        "says open, but has a closing time",
        "更正状态，或删除结案时间",
        "correct the state, or remove the closing time",
    ),
    Flaw.UNKNOWN_CATEGORY: _words(
        "没有这个类别",
        "there is no such category",
        "先导入类别，或在映射中写 categories.create = true",
        "import the categories first, or say categories.create = true in the mapping",
    ),
    Flaw.UNKNOWN_DEPARTMENT: _words(
        "没有这个部门",
        "there is no such department",
        "先导入部门，或在映射中写 departments.create = true",
        "import the departments first, or say departments.create = true in the mapping",
    ),
    Flaw.UNKNOWN_REGION: _words(
        "没有这个区域编码",
        "there is no region with this code",
        "先导入区域，或更正编码",
        "import the regions first, or correct the code",
    ),
    Flaw.UNKNOWN_WORKER: _words(
        "没有这个工作人员",
        "there is no such worker",
        "先导入人员，或在映射中写 workers.create = true",
        "import the workers first, or say workers.create = true in the mapping",
    ),
    Flaw.UNKNOWN_PARENT: _words(
        "上级区域不存在或未能入库",
        "the parent region does not exist or did not land",
        "先导入上级区域，或更正编码",
        "import the parent first, or correct the code",
    ),
    Flaw.PARENT_LEVEL: _words(
        "上级 {parent} 的层级 {parent_level} 不高于本级 {level}",
        "the parent {parent} is a {parent_level}, which is not above a {level}",
        "更正层级或上级编码",
        "correct the level or the parent",
    ),
    Flaw.HALF_LOCATION: _words(
        "经纬度只有一个，已不带位置入库",
        "only one of the two coordinates is there; the row landed without a location",
        "补填另一个坐标",
        "fill in the other coordinate",
    ),
    Flaw.PLACEHOLDER: _words(
        "占位坐标，并非事发地点，已不带位置入库",
        "a placeholder point, not where it happened; the row landed without a location",
        "补填真实坐标后重新导入",
        "find the real location and import again",
    ),
    Flaw.SWAPPED: _words(
        "经纬度似乎对调：对调后落在本区内",
        "longitude and latitude seem swapped: the other way round the point lies in the district",
        "对调两列，或更正映射",
        "swap the two columns, or correct the mapping",
    ),
    Flaw.OUTSIDE_DISTRICT: _words(
        "位置在本区之外 {distance_m} 米",
        "lies {distance_m} m outside the district",
        "更正坐标，检查坐标系（WGS-84、GCJ-02、BD-09），或放宽映射中的 location.outside_m",
        "correct it, check the datum (WGS-84, GCJ-02, BD-09), or widen location.outside_m in the mapping",
    ),
    Flaw.OUTSIDE_GRIDS: _words(
        "位置不在任何网格内，已归入 {region}",
        "lies in no grid; the row went to {region}",
        "更正坐标，或补全网格边界",
        "correct the location, or complete the grids",
    ),
    Flaw.SAME_FIX: _words(
        "与第 {first} 行是同一人同一时刻的同一位置",
        "repeats row {first}: same worker, moment and place",
        "无需处理，只保留一行",
        "nothing to do: one of them was kept",
    ),
    Flaw.TWO_PLACES: _words(
        "与第 {first} 行是同一人同一时刻，位置却不同",
        "puts the worker of row {first} in another place at the same moment",
        "保留了先出现的一行；检查设备编号",
        "the first one was kept; check the device numbers",
    ),
    Flaw.NO_SHAPE: _words(
        "没有图形",
        "has no shape",
        "补画边界",
        "draw its boundary",
    ),
    Flaw.NOT_AN_AREA: _words(
        "图形是 {found}，不是面",
        "the shape is a {found}, not an area",
        "改为 Polygon 或 MultiPolygon",
        "make it a Polygon or MultiPolygon",
    ),
    Flaw.SHAPE_RANGE: _words(
        "坐标超出经纬度范围",
        "has coordinates outside the range of degrees",
        "在映射中写明 file.crs（例如 EPSG:4490、GCJ-02）",
        "name file.crs in the mapping (EPSG:4490, GCJ-02 and so on)",
    ),
    Flaw.SHAPE_REPAIRED: _words(
        "边界无效（{where}），已修复，面积变化 {change_m2} 平方米",
        "the boundary was not valid ({where}); it was repaired, which changed the area by {change_m2} m²",
        "在地图软件中核对该边界",
        "check the boundary in a map editor",
    ),
    Flaw.RING_DROPPED: _words(
        "有 {count} 个环不足三个点，已忽略",
        "{count} rings with fewer than three points were left out",
        "在地图软件中核对该边界",
        "check the boundary in a map editor",
    ),
    Flaw.OUTSIDE_PARENT: _words(
        "有 {share} % 的面积在上级 {parent} 之外",
        "{share} % of its area lies outside its parent {parent}",
        "核对边界或上级编码",
        "check the boundary or the parent",
    ),
    Flaw.OVERLAP: _words(
        "与同级 {other} 重叠 {area_m2} 平方米",
        "overlaps its neighbour {other} by {area_m2} m²",
        "核对两者的边界",
        "check the boundaries of both",
    ),
    Flaw.GAP: _words(
        "{parent} 中有 {area_m2} 平方米不属于任何{level}，在 {where} 附近，紧邻 {neighbours}",
        "{area_m2} m² of {parent} belong to no {level}: near {where}, beside {neighbours}",
        "核对相邻边界，或补画缺少的区域",
        "check the boundaries around it, or draw what is missing",
    ),
    Flaw.REGION_CLOSED: _words(
        "文件中没有 {name}，自 {when} 起停用；此前的事件仍归于它",
        "{name} is not in the file and ends on {when}; events before that stay with it",
        '若应保留，在映射 [regions] 中写 missing = "keep" 或 "covered"',
        'if it should stay, say missing = "keep" or "covered" in [regions] of the mapping',
    ),
    Flaw.PARENT_CLOSED: _words(
        "{name} 的上级 {old} 停用，自 {when} 起改属 {parent}",
        "the parent {old} of {name} ends; from {when} on it belongs to {parent}",
        "如有不符，在文件中写明它的上级",
        "if that is wrong, name its parent in the file",
    ),
    Flaw.NOT_PRESENT: _words(
        "该区域当前无效：{span}",
        "this region is not on the present map: {span}",
        "用 --valid-from 写明从何时起重新启用",
        "say with --valid-from from when on it applies again",
    ),
    Flaw.OVERLAY_BROKEN: _words(
        "业务网格 {overlay} 含有停用的网格 {name}",
        "the business grid {overlay} holds {name}, which ends",
        "重新导入该部门的业务网格",
        "import the business grids of that department again",
    ),
    Flaw.OVERLAY_EMPTY: _words(
        "不含任何基础网格",
        "holds no base grid",
        "列出网格编码，或检查图形和坐标系",
        "list the codes of its grids, or check the shape and its datum",
    ),
    Flaw.OVERLAY_SHARED: _words(
        "网格 {name} 也属于同一部门的 {overlay}",
        "the grid {name} also belongs to {overlay} of the same department",
        "每个网格在一个部门内只归一个业务网格",
        "let each grid belong to one business grid of a department",
    ),
    Flaw.SPLITS_GRID: _words(
        "会拆分基础网格：{names}",
        "would split base grids: {names}",
        "业务网格须由完整的基础网格组成；请沿网格边界调整",
        "a business grid is made of whole base grids; follow their boundaries",
    ),
}
"""Reason and remedy of every flaw."""
LEVEL_WORDS: dict[str, tuple[str, str]] = {
    "district": ("区", "district"),
    "street": ("镇街", "street"),
    "community": ("社区", "community"),
    "grid": ("网格", "grid"),
    "micro_grid": ("微网格", "micro-grid"),
}
"""What the levels of regions are called, in Chinese and English."""
