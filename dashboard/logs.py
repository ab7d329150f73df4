"""Lines of the logs: a constant sentence, and behind it the facts that our own code gives along.

Owns how a line looks. What a fact may hold (never a name, a phone number or a coordinate) is for whoever logs it.
"""

from __future__ import annotations

import logging
from typing import Final

OURS: Final = ("dashboard", "data_access", "callbacks")
"""Other packages' records may carry anything; of them only the sentence is written."""
LONGEST: Final = 300
_USUAL: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def log_to_the_terminal(level: str) -> None:
    """From here on this process writes its log to standard error; a second call changes nothing."""
    handler = logging.StreamHandler()
    handler.setFormatter(FactsFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler])


class FactsFormatter(logging.Formatter):
    """`time LEVEL logger sentence fact=value ...`, on one line but for a traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class says so
        """The line without a traceback."""
        line = super().formatMessage(record)
        if record.name.partition(".")[0] not in OURS:
            return line
        facts = {key: value for key, value in vars(record).items() if key not in _USUAL}
        return " ".join([line, *(f"{key}={_plain(value)}" for key, value in facts.items())])


def _plain(value: object) -> str:
    """A value as one word, or in quotes if it is more; no longer than a line should be."""
    text = " ".join(str(value).split())
    if len(text) > LONGEST:
        text = text[: LONGEST - 3] + "..."
    return f'"{text}"' if " " in text or not text else text
