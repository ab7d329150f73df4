"""The grid map on a slide: one native shape for each grid in a group, borders and marks above them.

The library draws one polygon at a time, and slowly: a group is written at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.oxml.xmlchemy import BaseOxmlElement

from dashboard.briefing.content import GridMap
from dashboard.briefing.map_shapes import EMU_PER_PT, Frame, Outline, Projection
from dashboard.briefing.themes import Theme
from dashboard.briefing.typeset import printable

LATE_MARK_PT: Final = 5.0
FIRST_ID: Final = 10_000
"""Of the map's shapes, beyond those that the library counts out."""


def map_group(drawn: GridMap, frame: Frame, projection: Projection, theme: Theme) -> BaseOxmlElement:
    """The group: its shapes bear the names of their areas, with their values."""
    shapes = [*_areas(drawn, projection, theme), *_borders(drawn, projection, theme)]
    return _group(drawn.title, frame, [*shapes, *_late(drawn, projection, theme)])


def _areas(drawn: GridMap, projection: Projection, theme: Theme) -> list[str]:
    found = []
    for place, area in enumerate(drawn.areas):
        outline = projection.outline(area.polygons)
        if outline.paths:
            fill = "<a:noFill/>" if area.shade is None else _solid(theme.loads[area.shade])
            value = "—" if area.value is None else f"{area.value:g}"
            told = f"{area.name} {value}"
            found.append(_shape(FIRST_ID + place, told, outline, fill, _stroke(theme.area_line, 0.25)))
    return found


def _borders(drawn: GridMap, projection: Projection, theme: Theme) -> list[str]:
    first = FIRST_ID + len(drawn.areas)
    stroke = _stroke(theme.border_line, 1.0)
    outlines = [projection.outline(border.polygons) for border in drawn.borders]
    return [
        _shape(first + place, border.name, outline, "<a:noFill/>", stroke)
        for place, (border, outline) in enumerate(zip(drawn.borders, outlines, strict=True))
        if outline.paths
    ]


def _late(drawn: GridMap, projection: Projection, theme: Theme) -> list[str]:
    first = FIRST_ID + len(drawn.areas) + len(drawn.borders)
    half = round(LATE_MARK_PT * EMU_PER_PT) // 2
    found = []
    for place, area in enumerate(area for area in drawn.areas if area.late):
        x, y = projection.point(area.lon, area.lat)
        corners = ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
        outline = Outline(
            frame=Frame(left=x - half, top=y - half, width=2 * half, height=2 * half), paths=(corners,)
        )
        told = f"{area.name} {drawn.late_name} {area.late}"
        found.append(_shape(first + place, told, outline, _solid(theme.bad), _stroke(theme.background, 0.5)))
    return found


def _shape(number: int, name: str, outline: Outline, fill: str, stroke: str) -> str:
    frame, told = outline.frame, escape(printable(name), quote=True)
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{told}" descr="{told}"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr>'
        f'<a:xfrm><a:off x="{frame.left}" y="{frame.top}"/><a:ext cx="{frame.width}" cy="{frame.height}"/></a:xfrm>'
        f"<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/>"
        f'<a:rect l="0" t="0" r="r" b="b"/><a:pathLst>{outline.path_xml()}</a:pathLst></a:custGeom>'
        f"{fill}{stroke}</p:spPr></p:sp>"
    )


def _group(name: str, frame: Frame, shapes: Sequence[str]) -> BaseOxmlElement:
    told = escape(printable(name), quote=True)
    place = f'x="{frame.left}" y="{frame.top}"'
    size = f'cx="{frame.width}" cy="{frame.height}"'
    made: BaseOxmlElement = parse_xml(
        f'<p:grpSp {nsdecls("p", "a")}><p:nvGrpSpPr><p:cNvPr id="{FIRST_ID - 1}" name="{told}" descr="{told}"/>'
        f"<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off {place}/><a:ext {size}/><a:chOff {place}/>"
        f"<a:chExt {size}/></a:xfrm></p:grpSpPr>{''.join(shapes)}</p:grpSp>"
    )
    return made


def _solid(colour: str) -> str:
    return f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'


def _stroke(colour: str, width_pt: float) -> str:
    return f'<a:ln w="{round(width_pt * EMU_PER_PT)}">{_solid(colour)}<a:round/></a:ln>'
