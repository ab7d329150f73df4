"""Who has to look after an event: the duty that fits best, and the words that say why. Pure choice, no lookup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dashboard.domain.words import Words


class By(StrEnum):
    """What settled a question about an event."""

    POINT = "point"
    STATED = "stated"
    WORKER = "worker"
    DUTY = "duty"
    NOTHING = "nothing"


ALL = Words(zh="全部", en="all")
"""The category or region of a duty that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A department is responsible for a category and a region, and all below them; None: for all."""

    department_id: int
    category_id: int | None
    region_id: int | None


def responsible(duties: Iterable[Duty], categories: Sequence[int], regions: Sequence[int]) -> Duty | None:
    """The duty for an event, None where nobody has one.

    `categories` and `regions` are the event's own and then those above, upwards. The duty with the closest
    category rules; among those of one category, the one with the closest region.
    """
    category_rank: dict[int | None, int] = {id_: rank for rank, id_ in enumerate(categories)}
    region_rank: dict[int | None, int] = {id_: rank for rank, id_ in enumerate(regions)}
    category_rank[None], region_rank[None] = len(categories), len(regions)
    fitting = [
        (category_rank[duty.category_id], region_rank[duty.region_id], place, duty)
        for place, duty in enumerate(duties)
        if duty.category_id in category_rank and duty.region_id in region_rank
    ]
    return min(fitting)[3] if fitting else None


def why(
    *, region: Words, by: By, department: Words | None, chosen: By, rule: tuple[Words, Words] | None
) -> Words:
    """One sentence on where an event belongs and who has it. `rule`: the duty's category and region."""
    where = _WHERE[by]
    zh, en = where.zh.format(region=region.zh), where.en.format(region=region.en)
    if department is None:
        return Words(zh=f"{zh}；暂无对应职责部门。", en=f"{en}; no department has this duty.")
    if chosen is By.STATED:
        return Words(
            zh=f"{zh}；按来件指定派给{department.zh}。",
            en=f"{en}; sent to {department.en}, as the sender says.",
        )
    category, area = rule or (ALL, ALL)
    return Words(
        zh=f"{zh}；按职责（类别：{category.zh}，区域：{area.zh}）派给{department.zh}。",
        en=f"{en}; sent to {department.en}, whose duty it is (category: {category.en}, region: {area.en}).",
    )


_WHERE = {
    By.POINT: Words(zh="按坐标位置归入{region}", en="Placed in {region} by its point"),
    By.STATED: Words(zh="按来件指定归入{region}", en="Placed in {region}, as the sender says"),
    By.WORKER: Words(zh="按上报人员所属网格归入{region}", en="Placed in {region}, the worker's own"),
    By.NOTHING: Words(zh="没有可用位置，归入{region}", en="Placed in {region}, as no place is known"),
}
