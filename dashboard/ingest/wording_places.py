"""Sentences about points and boundaries."""

from __future__ import annotations

from dashboard.ingest.flaws import Flaw, Words, words

PLACE_WORDS: dict[Flaw, Words] = {
    Flaw.HALF_LOCATION: words(
        "经纬度只有一个{fate}",
        "only one of the two coordinates is there{fate}",
        "补填另一个坐标",
        "fill in the other coordinate",
    ),
    Flaw.PLACEHOLDER: words(
        "占位坐标，并非真实地点{fate}",
        "is a placeholder, no real place{fate}",
        "补填真实坐标后重新导入",
        "find the real location and import again",
    ),
    Flaw.SWAPPED: words(
        "经纬度似乎对调：对调后落在本区内{fate}",
        "longitude and latitude seem swapped: the other way round the point lies in the district{fate}",
        "对调两列，或更正映射",
        "swap the two columns, or correct the mapping",
    ),
    Flaw.OUTSIDE_DISTRICT: words(
        "位置在本区之外 {distance_m} 米{fate}",
        "lies {distance_m} m outside the district{fate}",
        "更正坐标，检查坐标系（WGS-84、GCJ-02、BD-09），或放宽映射中的 location.outside_m",
        "correct it, check the datum (WGS-84, GCJ-02, BD-09), or widen location.outside_m in the mapping",
    ),
    Flaw.OUTSIDE_GRIDS: words(
        "位置不在任何网格内，已归入 {region}",
        "lies in no grid; the row went to {region}",
        "更正坐标，或补全网格边界",
        "correct the location, or complete the grids",
    ),
    Flaw.NULL_ISLAND: words(
        "坐标是 0, 0，表示没有定位{fate}",
        "the point 0, 0 means that no place was known{fate}",
        "补填真实坐标",
        "find the real location",
    ),
    Flaw.CROWDED: words(
        "{count} 行都在这一点，却有 {addresses} 个不同的{what}：是占位坐标{fate}",
        "{count} rows sit on this point with {addresses} different {what}: a placeholder{fate}",
        "补填真实坐标；把该点写入映射的 location.placeholders，或写 location.keep_crowds = true",
        "find the real locations; name the point in location.placeholders, or say location.keep_crowds = true",
    ),
    Flaw.ROUNDED: words(
        "坐标只有 {decimals} 位小数，误差可达 {metres} 米",
        "has {decimals} decimals only, which may be {metres} m away from where it was",
        "提供至少 5 位小数",
        "give five decimals at least",
    ),
    Flaw.METRES: words(
        "是以米为单位的投影坐标，不是经纬度{fate}",
        "are metres of a projected system, not degrees{fate}",
        "在映射中写明 file.crs，例如 EPSG:4547",
        "name file.crs in the mapping, for example EPSG:4547",
    ),
    Flaw.SCALED: words(
        "坐标被放大了 {factor} 倍：还原后落在本区内{fate}",
        "is {factor} times too large: divided by that, the point lies in the district{fate}",
        "除以 {factor}，保留小数",
        "divide by {factor} and keep the decimals",
    ),
    Flaw.MIRRORED: words(
        "正负号似乎有误：改号后落在本区内{fate}",
        "a sign seems lost: with it the point lies in the district{fate}",
        "补上负号（西经、南纬为负）",
        "put the minus in (west and south are negative)",
    ),
    Flaw.DEGREES_MINUTES: words(
        "以度分秒书写{fate}",
        "is written in degrees, minutes and seconds{fate}",
        "换算为十进制度",
        "convert it to decimal degrees",
    ),
    Flaw.NO_SHAPE: words(
        "没有图形",
        "has no shape",
        "补画边界",
        "draw its boundary",
    ),
    Flaw.NOT_AN_AREA: words(
        "图形是 {found}，不是面",
        "the shape is a {found}, not an area",
        "改为 Polygon 或 MultiPolygon",
        "make it a Polygon or MultiPolygon",
    ),
    Flaw.SHAPE_RANGE: words(
        "坐标超出经纬度范围",
        "has coordinates outside the range of degrees",
        "在映射中写明 file.crs（例如 EPSG:4490、GCJ-02）",
        "name file.crs in the mapping (EPSG:4490, GCJ-02 and so on)",
    ),
    Flaw.SHAPE_REPAIRED: words(
        "边界无效（{where}），已修复，面积变化 {change_m2} 平方米",
        "the boundary was not valid ({where}); it was repaired, which changed the area by {change_m2} m²",
        "在地图软件中核对该边界",
        "check the boundary in a map editor",
    ),
    Flaw.RING_DROPPED: words(
        "有 {count} 个环不足三个点，已忽略",
        "rings with fewer than three points were left out: {count}",
        "在地图软件中核对该边界",
        "check the boundary in a map editor",
    ),
    Flaw.OUTSIDE_PARENT: words(
        "有 {share} % 的面积在上级 {parent} 之外",
        "{share} % of its area lies outside its parent {parent}",
        "核对边界或上级编码",
        "check the boundary or the parent",
    ),
    Flaw.OVERLAP: words(
        "与同级 {other} 重叠 {area_m2} 平方米",
        "overlaps its neighbour {other} by {area_m2} m²",
        "核对两者的边界",
        "check the boundaries of both",
    ),
    Flaw.GAP: words(
        "{parent} 中有 {area_m2} 平方米不属于任何{level}，在 {where} 附近，紧邻 {neighbours}",
        "{area_m2} m² of {parent} belong to no {level}: near {where}, beside {neighbours}",
        "核对相邻边界，或补画缺少的区域",
        "check the boundaries around it, or draw what is missing",
    ),
    Flaw.REGION_CLOSED: words(
        "文件中没有 {name}，自 {when} 起停用；此前的事件仍归于它",
        "{name} is not in the file and ends on {when}; events before that stay with it",
        '若应保留，在映射 [regions] 中写 missing = "keep" 或 "covered"',
        'if it should stay, say missing = "keep" or "covered" in [regions] of the mapping',
    ),
    Flaw.PARENT_CLOSED: words(
        "{name} 的上级 {old} 停用，自 {when} 起改属 {parent}",
        "the parent {old} of {name} ends; from {when} on it belongs to {parent}",
        "如有不符，在文件中写明它的上级",
        "if that is wrong, name its parent in the file",
    ),
    Flaw.NOT_PRESENT: words(
        "该区域当前无效：{span}",
        "this region is not on the present map: {span}",
        "用 --valid-from 写明从何时起重新启用",
        "say with --valid-from from when on it applies again",
    ),
    Flaw.OVERLAY_BROKEN: words(
        "业务网格 {overlay} 含有停用的网格 {name}",
        "the business grid {overlay} holds {name}, which ends",
        "重新导入该部门的业务网格",
        "import the business grids of that department again",
    ),
    Flaw.OVERLAY_EMPTY: words(
        "不含任何基础网格",
        "holds no base grid",
        "列出网格编码，或检查图形和坐标系",
        "list the codes of its grids, or check the shape and its datum",
    ),
    Flaw.OVERLAY_SHARED: words(
        "网格 {name} 也属于同一部门的 {overlay}",
        "the grid {name} also belongs to {overlay} of the same department",
        "每个网格在一个部门内只归一个业务网格",
        "let each grid belong to one business grid of a department",
    ),
    Flaw.SPLITS_GRID: words(
        "会拆分基础网格：{names}",
        "would split base grids: {names}",
        "业务网格须由完整的基础网格组成；请沿网格边界调整",
        "a business grid is made of whole base grids; follow their boundaries",
    ),
}
"""Reason and remedy of each."""
