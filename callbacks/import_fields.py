"""Which column is which field, as the page shows it: what was chosen, or what headers and first rows suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard import i18n
from dashboard.import_choices import COLUMN, FIGURE, FIXED, LEVELS, VALUE, Choices
from dashboard.import_files import columns_for
from dashboard.ingest.headers import Guess, Match, guess
from dashboard.ingest.mapping import FIELDS, REQUIRED
from layouts.context import PageContext
from layouts.import_views import FieldRow

SAMPLES = 3
BY_PATH = ("categories", "events")


def guess_of(kind: str, preview: Mapping[str, Any]) -> Guess:
    """What the columns of a file hold, judged by its beginning."""
    columns, every = columns_for(kind, preview), preview["columns"]
    rows = [dict(zip(every, row, strict=False)) for row in preview["rows"]]
    return guess(kind, columns, [{name: row.get(name, "") for name in columns} for row in rows])


def field_rows(
    context: PageContext, found: Guess, preview: Mapping[str, Any], chosen: Choices
) -> list[FieldRow]:
    """A row for each field of the kind, those that are required first."""
    matches = _matches(found)
    needed = {*REQUIRED[found.kind], *found.missing} - _covered(found, chosen)
    rows = []
    for name in _names(found, matches, chosen):
        match = matches.get(name)
        guessed = COLUMN + match.column if match is not None else ""
        choice = guessed if chosen.fields is None else chosen.fields.get(name, "")
        confidence = "sure" if choice else ""
        if match is not None and choice == guessed:
            confidence = str(match.confidence)
        rows.append(
            FieldRow(
                name=name,
                label=_label(context, name),
                required=name in needed,
                choice=choice,
                confidence=confidence,
                samples=_samples(choice, preview),
            )
        )
    return sorted(rows, key=lambda row: not row.required)


def fixed_values(context: PageContext, kind: str) -> dict[str, Sequence[tuple[str, str]]]:
    """Values that all rows may share, by field."""
    return {
        name: [(VALUE + value, word(context, f"import_value.{name}_{value}", value)) for value in values]
        for name, values in FIXED.get(kind, {}).items()
    }


def word(context: PageContext, key: str, otherwise: str) -> str:
    """A text of the catalogue, or the plain name of what has none."""
    return i18n.catalogue(context.lang).get(key, otherwise)


def _matches(found: Guess) -> dict[str, Match]:
    levels = dict(zip(LEVELS, found.levels, strict=False))
    return {**found.fields, **levels, **{FIGURE + key: match for key, match in found.figures.items()}}


def _names(found: Guess, matches: Mapping[str, Match], chosen: Choices) -> list[str]:
    names = [*FIELDS[found.kind], *(LEVELS if found.kind in BY_PATH else ())]
    others = [*matches, *(chosen.fields or ())]
    return [*names, *dict.fromkeys(name for name in others if name.startswith(FIGURE))]


def _covered(found: Guess, chosen: Choices) -> set[str]:
    """Fields that need no column because something else stands for them."""
    picked = dict.fromkeys(_matches(found)) if chosen.fields is None else chosen.fields
    covered: set[str] = set()
    if any(name in LEVELS and (chosen.fields is None or choice) for name, choice in picked.items()):
        covered |= {"code", "name"} if found.kind == "categories" else {"category"}
    if any(name.startswith(FIGURE) and (chosen.fields is None or choice) for name, choice in picked.items()):
        covered |= {"key", "value"}
    if chosen.level:
        covered.add("level")
    return covered


def _label(context: PageContext, name: str) -> str:
    if name.startswith(FIGURE):
        return context.t("import.figure", name=name.removeprefix(FIGURE))
    if name in LEVELS:
        return context.t("import.path_level", n=name[-1])
    return word(context, f"import_field.{name}", name)


def _samples(choice: str, preview: Mapping[str, Any]) -> str:
    """What the first rows hold there."""
    if not choice.startswith(COLUMN):
        return ""
    name, every = choice.removeprefix(COLUMN), preview["columns"]
    if name not in every:
        return ""
    place = every.index(name)
    values = dict.fromkeys(row[place] for row in preview["rows"] if place < len(row) and row[place])
    return " · ".join(list(values)[:SAMPLES])
