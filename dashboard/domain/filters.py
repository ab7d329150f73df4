"""Which events a question is about, beside where and when: the filters of the desk, its tables and the API.

Owns their form in addresses, one for pages and interface alike; what they are in SQL is for data access. An empty
filter lets everything through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, TypeVar

from dashboard.domain.model import Source, State
from dashboard.errors import DashboardError

Choice = TypeVar("Choice", bound=StrEnum)
MOST_VALUES: Final = 50
"""More values than this nobody chooses by hand."""
CODE: Final = re.compile(r"[^\s,\x00-\x1f\x7f]{1,64}")
SEVERITIES: Final = (1, 2, 3)
FILTER_STATES: Final = (State.OPEN, State.CLOSED)
"""Void events count nowhere."""


class BadFilterError(DashboardError):
    """{name}={text} cannot be used as a filter. Known are: {known}."""

    zh = "筛选条件 {name}={text} 无法识别。可用：{known}。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Values within a field are alternatives; all fields must hold. Categories and departments go by code, a
    category with all below it. `late`: only what was, or is by now, past its limit.
    """

    source: frozenset[Source] = frozenset()
    category: frozenset[str] = frozenset()
    stage: frozenset[str] = frozenset()
    severity: frozenset[int] = frozenset()
    department: frozenset[str] = frozenset()
    state: frozenset[State] = frozenset()
    late: bool = False

    def __bool__(self) -> bool:
        return self != NO_FILTERS

    def query(self) -> dict[str, str]:
        """As parameters of an address, in one order: equal filters have equal addresses."""
        found: dict[str, str] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is True:
                found[field.name] = "1"
            elif value:
                found[field.name] = ",".join(sorted(str(one) for one in value))
        return found


NO_FILTERS: Final = Filters()


def filters_from(query: Mapping[str, str]) -> Filters:
    """The filters of an address's parameters; others are left alone. BadFilterError."""
    return Filters(
        source=_chosen(query, "source", Source),
        category=_codes(query, "category"),
        stage=_codes(query, "stage"),
        severity=frozenset(int(one) for one in _known(query, "severity", map(str, SEVERITIES))),
        department=_codes(query, "department"),
        state=frozenset(State(one) for one in _known(query, "state", FILTER_STATES)),
        late=bool(_known(query, "late", ("1",))),
    )


def _values(query: Mapping[str, str], name: str) -> list[str]:
    found = [one.strip() for one in query.get(name, "").split(",")]
    return [one for one in found if one]


def _known(query: Mapping[str, str], name: str, known: Iterable[str]) -> list[str]:
    values, words = _values(query, name), list(known)
    for one in values:
        if one not in words:
            raise BadFilterError(name=name, text=one[:64], known=", ".join(words))
    return values


def _chosen(query: Mapping[str, str], name: str, known: type[Choice]) -> frozenset[Choice]:
    return frozenset(known(one) for one in _known(query, name, known))


def _codes(query: Mapping[str, str], name: str) -> frozenset[str]:
    values = _values(query, name)
    for one in values:
        if not CODE.fullmatch(one):
            raise BadFilterError(name=name, text=one[:64], known="CODE,CODE,...")
    if len(values) > MOST_VALUES:
        raise BadFilterError(name=name, text=f"({len(values)})", known=f"1 - {MOST_VALUES}")
    return frozenset(values)
