"""What the record of looks and deeds holds. Owns the form of an entry; leaves keeping it to data_access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the record.

    `actor`: the login, "" for nobody; `what`: a word such as "track.seen" or "act.remind" (lower case, digits, dots);
    `about`: the code of what it concerned; `details`: codes and numbers, never names, phone numbers or free text.
    """

    actor: str
    what: str
    about: str
    outcome: Outcome
    address: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)
