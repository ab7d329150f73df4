"""Columns without a mapping: what headers, and the first rows below them, say of themselves. Owns the guess and
its TOML; leaves the names to `aliases`.

A column is "sure" where its header plainly says the field, and "likely" where it only resembles it or where the
values below had to decide. An import without a mapping uses what is sure; what is likely is for people to
confirm.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from dashboard.ingest.aliases import CATEGORY_LEVELS, names_of
from dashboard.ingest.columns import Column
from dashboard.ingest.mapping import FIELDS, REQUIRED, Mapping, TimeRules
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.vocabulary import vocabulary

POINT_FIELDS = ("lon", "lat")
_BRACKETS = re.compile(r"[(\[{（【<].*?[)\]}）】>]")
_NO_WORD = re.compile(r"[\W_]+")
_MOMENT = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: +\d{1,2}:\d\d(:\d\d)?(?: *[AaPp][Mm])?)?")
_SHORTEST = 2
"""Characters that a Chinese name needs, to be looked for inside a longer header."""


class Confidence(StrEnum):
    """How sure a guess is."""

    SURE = "sure"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The column that a field was found in."""

    column: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a file's columns seem to hold.

    `fields`: the column of each field that was found, in the order of FIELDS. `levels`: the columns of a category's
    path, from the top down. `figures`: the column of each figure, by its key (stats only). `formats`: how the
    times are written, where their form alone does not say it. `unmatched`: columns that nothing was found for.
    `missing`: required fields that no column holds.
    """

    kind: str
    fields: MappingOf[str, Match]
    levels: tuple[Match, ...] = ()
    figures: MappingOf[str, Match] = field(default_factory=dict)
    formats: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether nothing in it is only likely."""
        found = (*self.fields.values(), *self.levels, *self.figures.values())
        return not self.formats and all(match.confidence is Confidence.SURE for match in found)

    def mapping(self) -> Mapping:
        """The guess as a mapping, likely columns included. ImportRefused where a required field is missing."""
        header = [match.column for match in self.fields.values()]
        _refuse(self.missing, [*header, *self.unmatched])
        return Mapping(
            kind=self.kind,
            origin="—",
            columns={name: _rule(match.column, self.kind, name) for name, match in self.fields.items()},
            levels=tuple(_rule(match.column, self.kind, "category") for match in self.levels),
            stats={key: _rule(match.column, self.kind, key) for key, match in self.figures.items()},
            times=TimeRules(formats=self.formats),
        )


def guess(kind: str, header: Iterable[str], sample_rows: Sequence[MappingOf[str, str]] = ()) -> Guess:
    """What the columns of a file of a kind hold, judged by the header and by some rows (text by column)."""
    columns = list(header)
    fields = _matches(kind, FIELDS[kind], columns)
    if kind == "stats" and not {"key", "value"} <= fields.keys():
        fields = {name: match for name, match in fields.items() if name not in ("key", "value")}
    levels = _levels(columns) if kind in ("categories", "events") else ()
    if kind == "events" and levels and fields.get("category", levels[0]).confidence is Confidence.LIKELY:
        fields.pop("category", None)
    levels = () if fields.keys() & {"code" if kind == "categories" else "category"} else levels
    if levels and kind == "categories":
        fields = {}
    fields = _untwisted(fields, sample_rows)
    used = {match.column for match in (*fields.values(), *levels)}
    rest = [column for column in columns if column and column not in used]
    figures = _figures(rest, sample_rows) if kind == "stats" and "value" not in fields else {}
    return Guess(
        kind=kind,
        fields=fields,
        levels=levels,
        figures=figures,
        formats=_formats(fields, sample_rows),
        unmatched=tuple(column for column in rest if column not in figures),
        missing=tuple(_missing(kind, fields.keys(), levels=bool(levels), figures=bool(figures))),
    )


def guessed(kind: str, header: Iterable[str]) -> Mapping:
    """A mapping for a file that needs none. ImportRefused names the fields that no column plainly holds."""
    columns = list(header)
    found = guess(kind, columns)
    plain = {name: match for name, match in found.fields.items() if match.confidence is Confidence.SURE}
    missing = _missing(kind, plain.keys(), levels=bool(found.levels), figures=False)
    _refuse(missing, columns)
    return replace(found, fields=plain, missing=()).mapping()


def point_columns(header: Iterable[str]) -> dict[str, Column]:
    """The columns of longitude and latitude."""
    columns = list(header)
    found = _matches("positions", POINT_FIELDS, columns)
    _refuse([name for name in POINT_FIELDS if name not in found], columns)
    return {name: _rule(match.column, "positions", name) for name, match in found.items()}


def mapping_text(found: Guess) -> str:
    """The guess as the TOML of a mapping, to be kept and corrected. Likely columns say so."""
    lines = [f'kind = "{found.kind}"', "", "[columns]"]
    lines += [_line(name, match) for name, match in found.fields.items()]
    lines += [f"# {name} = " for name in found.missing if name != "level"]
    if found.levels:
        listed = ", ".join(_text(match.column) for match in found.levels)
        lines += ["", "[categories]", f"levels = [{listed}]"]
    if found.figures:
        lines += ["", "[stats]", *(_line(key, match) for key, match in found.figures.items())]
    if found.formats:
        lines += ["", "[times]", f"formats = [{', '.join(map(_text, found.formats))}]  # likely"]
    if "level" in found.missing:
        lines += ["", "[regions]", '# level = "grid"']
    lines += ["", *(f"# not used: {_text(column)}" for column in found.unmatched)]
    return "\n".join(lines).rstrip() + "\n"


def plain(header: str) -> str:
    """A header as names are compared: one width, small letters, no brackets, no signs."""
    text = unicodedata.normalize("NFKC", header).strip().lower()
    return _NO_WORD.sub("", _BRACKETS.sub("", text)) or _NO_WORD.sub("", text)


def _matches(kind: str, fields: Iterable[str], columns: Sequence[str]) -> dict[str, Match]:
    """Plain names first, in the order of the lists; then names inside longer headers. A column serves once."""
    wanted = list(fields)
    free = {column: plain(column) for column in columns if column}
    found: dict[str, Match] = {}
    for confidence in Confidence:
        for name in wanted:
            if name in found:
                continue
            finder = _named if confidence is Confidence.SURE else _resembling
            column = finder(names_of(kind, name), free)
            if column is not None:
                found[name] = Match(column=column, confidence=confidence)
                del free[column]
    return {name: found[name] for name in wanted if name in found}


def _named(names: Sequence[str], free: MappingOf[str, str]) -> str | None:
    for name in names:
        for column, text in free.items():
            if text == plain(name):
                return column
    return None


def _resembling(names: Sequence[str], free: MappingOf[str, str]) -> str | None:
    """A header that ends with a Chinese name, or holds all words of an English one."""
    for name in names:
        for column, text in free.items():
            if name.isascii():
                if len(name) > _SHORTEST and set(_words(name)) <= set(_words(column)):
                    return column
            elif len(name) >= _SHORTEST and text.endswith(plain(name)):
                return column
    return None


def _words(text: str) -> list[str]:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return [word.lower() for word in re.split(r"[\W_]+", parted) if word]


def _levels(columns: Sequence[str]) -> tuple[Match, ...]:
    free = {column: plain(column) for column in columns if column}
    found = []
    for names in CATEGORY_LEVELS:
        column = _named(names, free)
        if column is None:
            break
        found.append(Match(column=column, confidence=Confidence.SURE))
    return tuple(found)


def _missing(kind: str, found: Iterable[str], *, levels: bool, figures: bool) -> Iterator[str]:
    have = set(found)
    if levels:
        have |= {"category"} if kind == "events" else set(REQUIRED[kind])
    if figures:
        have |= {"key", "value"}
    needed = [*REQUIRED[kind]]
    needed += {"events": ["category"], "regions": ["level"]}.get(kind, [])
    yield from (name for name in needed if name not in have)


def _untwisted(fields: dict[str, Match], rows: Sequence[MappingOf[str, str]]) -> dict[str, Match]:
    """Longitude and latitude the other way round, where the values leave no doubt that the header is wrong."""
    if not set(POINT_FIELDS) <= fields.keys():
        return fields
    lons, lats = (list(_numbers(rows, fields[name].column)) for name in POINT_FIELDS)
    if not lats or not all(90 < abs(value) <= 180 for value in lats) or not all(abs(v) <= 90 for v in lons):
        return fields
    lon, lat = (replace(fields[name], confidence=Confidence.LIKELY) for name in ("lat", "lon"))
    return {**fields, "lon": lon, "lat": lat}


def _numbers(rows: Sequence[MappingOf[str, str]], column: str) -> Iterator[float]:
    for row in rows:
        try:
            yield float(row.get(column, ""))
        except ValueError:
            continue


def _figures(columns: Sequence[str], rows: Sequence[MappingOf[str, str]]) -> dict[str, Match]:
    """Columns that hold nothing but numbers, as figures under their own names."""
    found = {}
    for column in columns:
        filled = [row for row in rows if row.get(column, "").strip()]
        if filled and len(list(_numbers(filled, column))) == len(filled):
            found[column] = Match(column=column, confidence=Confidence.LIKELY)
    return found


def _formats(fields: MappingOf[str, Match], rows: Sequence[MappingOf[str, str]]) -> tuple[str, ...]:
    """How times with a two-digit day and month in front are written, where a value settles which is which."""
    clocks = [match.column for name, match in fields.items() if name.endswith("_at") or name == "date"]
    texts = [text for column in clocks for row in rows if (text := row.get(column, "").strip())]
    found = [shape for text in texts if (shape := _MOMENT.fullmatch(text))]
    if not found or len(found) != len(texts):
        return ()
    first, second = (max(int(shape.group(place)) for shape in found) for place in (1, 2))
    if (first > 12) == (second > 12):
        return ()
    day = "%d/%m/%Y" if first > 12 else "%m/%d/%Y"
    twelve = any(text[-1] in "mM" for text in texts)
    clock = ("%I:%M", "%I:%M:%S") if twelve else ("%H:%M", "%H:%M:%S")
    forms = [f"{day} {part}{' %p' if twelve else ''}" for part in clock] + [day]
    return tuple(form for form in forms if any(_reads(text, form) for text in texts))


def _reads(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 only whether it fits
    except ValueError:
        return False
    return True


def _rule(column: str, kind: str, name: str) -> Column:
    return Column(columns=(column,), section=f"values.{name}", vocabulary=vocabulary(kind, name))


def _line(name: str, match: Match) -> str:
    key = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)
    remark = "  # likely" if match.confidence is Confidence.LIKELY else ""
    return f"{key} = {_text(match.column)}{remark}"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _refuse(missing: Iterable[str], header: Iterable[str]) -> None:
    names = list(missing)
    if names:
        zh, en, has = "、".join(names), ", ".join(names), ", ".join(header)
        raise ImportRefused(
            f"无法从表头认出 {zh}；请用 --mapping 给出映射。表头：{has}",
            f"The header does not plainly hold {en}; give a mapping with --mapping. The header: {has}",
        )
