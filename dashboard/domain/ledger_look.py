"""What somebody looks at in the ledger of supervision, in the form in which its address has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar

from dashboard.domain.filters import CODE, BadFilterError
from dashboard.domain.supervision import PaperKind, PaperState
from dashboard.domain.windows import Preset

Choice = TypeVar("Choice", bound=StrEnum)


class Standing(StrEnum):
    """How papers stand, as far as a reader of the ledger tells them apart."""

    OPEN = "open"
    OVERDUE = "overdue"
    CLOSED = "closed"


class Issued(StrEnum):
    """When papers were issued."""

    TODAY = "today"
    WEEK = "last_7_days"
    MONTH = "last_30_days"
    EVER = "ever"


STATES: Final[dict[Standing, frozenset[PaperState]]] = {
    Standing.OPEN: frozenset({PaperState.OPEN}),
    Standing.OVERDUE: frozenset({PaperState.OVERDUE}),
    Standing.CLOSED: frozenset({PaperState.CLOSED, PaperState.CLOSED_LATE}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLook:
    """One look. `region` "": all that the viewer sees; `department` "": all."""

    region: str = ""
    issued: Issued = Issued.MONTH
    kind: PaperKind | None = None
    state: Standing | None = None
    department: str = ""

    @property
    def preset(self) -> Preset | None:
        """The window that papers were issued in; None: whenever."""
        return None if self.issued is Issued.EVER else Preset(self.issued)

    @property
    def states(self) -> frozenset[PaperState]:
        """The states that are shown; empty: all."""
        return frozenset() if self.state is None else STATES[self.state]

    def query(self) -> dict[str, str]:
        """As parameters of an address, without what is usual."""
        plain = LedgerLook()
        names = ("region", "issued", "kind", "state", "department")
        return {
            name: str(value)
            for name in names
            if (value := getattr(self, name)) and value != getattr(plain, name)
        }

    def but(self, **changes: object) -> LedgerLook:
        """The same look with something changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def look_from(query: Mapping[str, str]) -> LedgerLook:
    """The look of an address's parameters. BadFilterError."""
    return LedgerLook(
        region=_code(query, "region"),
        issued=_chosen(query, "issued", Issued) or Issued.MONTH,
        kind=_chosen(query, "kind", PaperKind),
        state=_chosen(query, "state", Standing),
        department=_code(query, "department"),
    )


def _chosen(query: Mapping[str, str], name: str, known: type[Choice]) -> Choice | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    if text not in list(known):
        raise BadFilterError(name=name, text=text[:64], known=", ".join(known))
    return known(text)


def _code(query: Mapping[str, str], name: str) -> str:
    text = query.get(name, "").strip()
    if text and not CODE.fullmatch(text):
        raise BadFilterError(name=name, text=text[:64], known="CODE")
    return text
