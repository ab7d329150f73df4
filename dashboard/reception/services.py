"""Open311's view of the taxonomy: a service is a category without others below it, its attributes are the
district's setting `open311`.

    {"jurisdiction_id": "510117", "contact": "...", "services": {"POT": {"attributes": [
      {"code": "depth", "datatype": "number", "required": true, "description": "Depth in cm"},
      {"code": "shape", "datatype": "singlevaluelist", "values": [{"key": "circle", "name": "Circle"}]}]}}}

Owns what a service asks for, and the check of what somebody answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from dashboard.reception import readings
from dashboard.reception.ground import Ground
from dashboard.reception.refusals import BadAttribute, Missing, NoService
from data_access.queries.ground import CategoryFact

SETTING: Final = "open311"


class Datatype(StrEnum):
    """Kinds of attributes."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    SINGLE = "singlevaluelist"
    MULTI = "multivaluelist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One thing that a service asks for."""

    code: str
    datatype: Datatype
    required: bool
    variable: bool
    description: str
    datatype_description: str | None
    order: int
    values: tuple[tuple[str, str], ...]

    def body(self) -> dict[str, Any]:
        """As a service definition states it."""
        return {
            "variable": self.variable,
            "code": self.code,
            "datatype": str(self.datatype),
            "required": self.required,
            "datatype_description": self.datatype_description,
            "order": self.order,
            "description": self.description,
            "values": [{"key": key, "name": name} for key, name in self.values],
        }

    def check(self, given: Sequence[str]) -> None:
        """Raises Missing, BadAttribute."""
        stated = [one.strip() for one in given if one.strip()]
        if not stated:
            if self.required:
                raise Missing(field=f"attribute[{self.code}]")
            return
        if len(stated) > 1 and self.datatype is not Datatype.MULTI:
            raise BadAttribute(code=self.code)
        for one in stated:
            if not self._fits(one):
                raise BadAttribute(code=self.code)

    def _fits(self, value: str) -> bool:
        if self.datatype is Datatype.NUMBER:
            return readings.number(value) is not None
        if self.datatype is Datatype.DATETIME:
            try:
                datetime.fromisoformat(value)
            except ValueError:
                return False
            return True
        if self.datatype in (Datatype.SINGLE, Datatype.MULTI):
            return value in {key for key, _ in self.values}
        return True


def jurisdiction(ground: Ground) -> str | None:
    """The district's id among others, where it has one."""
    stated = _setting(ground).get("jurisdiction_id")
    return None if stated is None else str(stated)


def contact(ground: Ground) -> str | None:
    """Whom to ask."""
    stated = _setting(ground).get("contact")
    return None if stated is None else str(stated)


def services(ground: Ground, lang: str) -> list[dict[str, Any]]:
    """The service list."""
    parents = {one.parent_id for one in ground.facts.categories if one.valid}
    by_id = {one.id: one for one in ground.facts.categories}
    return [
        {
            "service_code": one.code,
            "service_name": one.name.in_language(lang),
            "description": " / ".join(name.name.in_language(lang) for name in _path(one, by_id)),
            "metadata": bool(attributes(ground, one.code)),
            "type": "realtime",
            "keywords": None,
            "group": _path(one, by_id)[0].name.in_language(lang),
        }
        for one in ground.facts.categories
        if one.valid and one.id not in parents
    ]


def service(ground: Ground, code: str) -> CategoryFact:
    """The category behind a service. Raises NoService."""
    found = ground.categories.get(code)
    if found is None or not found.valid:
        raise NoService(code=code)
    return found


def attributes(ground: Ground, code: str) -> list[Attribute]:
    """What a service asks for. A setting that makes no sense asks for nothing."""
    stated = _setting(ground).get("services")
    one = stated.get(code) if isinstance(stated, Mapping) else None
    listed = one.get("attributes") if isinstance(one, Mapping) else None
    return [
        _attribute(entry, order)
        for order, entry in enumerate(listed if isinstance(listed, list) else [], start=1)
        if isinstance(entry, Mapping) and entry.get("code")
    ]


def check_attributes(ground: Ground, code: str, given: Mapping[str, Sequence[str]]) -> None:
    """Whether somebody answered what a service asks for; what it does not ask for is let through.

    Raises Missing, BadAttribute."""
    for one in attributes(ground, code):
        one.check(given.get(one.code, ()))


def _attribute(entry: Mapping[str, Any], order: int) -> Attribute:
    stated = str(entry.get("datatype", Datatype.STRING))
    values = entry.get("values")
    description = entry.get("datatype_description")
    return Attribute(
        code=str(entry["code"]),
        datatype=Datatype(stated) if stated in list(Datatype) else Datatype.STRING,
        required=entry.get("required") is True,
        variable=entry.get("variable") is not False,
        description=str(entry.get("description") or entry["code"]),
        datatype_description=None if description is None else str(description),
        order=order,
        values=tuple(
            (str(value.get("key")), str(value.get("name", value.get("key"))))
            for value in (values if isinstance(values, list) else [])
            if isinstance(value, Mapping) and value.get("key") is not None
        ),
    )


def _setting(ground: Ground) -> Mapping[str, Any]:
    stated = ground.facts.settings.get(SETTING)
    return stated if isinstance(stated, Mapping) else {}


def _path(one: CategoryFact, by_id: Mapping[int, CategoryFact]) -> list[CategoryFact]:
    path = [one]
    while path[0].parent_id in by_id and len(path) < 4:
        path.insert(0, by_id[path[0].parent_id or 0])
    return path
