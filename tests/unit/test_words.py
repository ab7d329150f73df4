"""Words of the interface: both languages say everything, and the pages ask for nothing that is missing."""

from __future__ import annotations

import re
from pathlib import Path

from dashboard.i18n import Lang, catalogue, text
from layouts import ids

ROOT = Path(__file__).resolve().parents[2]
KEY = re.compile(r"""\bt\(\s*(?:[\w.]+ \? )?["']([a-z_0-9]+\.[A-Za-z_0-9]+)["']""")
PLACES = re.compile(r"\{(\w+)\}")
WHOLE = re.compile(r"""["'`]([a-z_]+\.[\w-]+)["'`]""")
BEGUN = re.compile(r"""["'`]([a-z_]+\.[\w-]*)(?:\$?\{|["'`])""")
"""A key that ends with a value."""
TOLD_BY_OTHERS = ("grid.", "weekday.", "setting.")
"""Sections whose values the table, the browser's days and the paths of settings tell."""


def test_every_key_stands_in_both_languages() -> None:
    assert catalogue(Lang.ZH).keys() == catalogue(Lang.EN).keys()


def test_no_text_is_empty() -> None:
    assert [key for lang in Lang for key, words in catalogue(lang).items() if not words.strip()] == []


def test_places_of_a_text_are_known_in_the_other_language() -> None:
    dates = {"date.first", "date.second", "desk.date"}
    for key in catalogue(Lang.ZH).keys() - dates:
        zh, en = (set(PLACES.findall(catalogue(lang)[key])) for lang in Lang)
        assert zh == en, key


def test_scripts_and_layouts_ask_only_for_words_that_exist() -> None:
    files = [
        *(ROOT / "assets" / "js").glob("*.js"),
        *(ROOT / "layouts").rglob("*.py"),
        *(ROOT / "callbacks").glob("*.py"),
    ]
    asked = {key for file in files for key in KEY.findall(file.read_text(encoding="utf-8"))}
    assert len(asked) > 40
    assert asked - catalogue(Lang.ZH).keys() == set()


def test_no_word_is_kept_that_nothing_asks_for() -> None:
    """A key is asked for as it stands, or as a beginning and a value that is spelt somewhere, in up to two parts."""
    folders = ("dashboard", "layouts", "callbacks", "data_access", "assets/js")
    files = [
        file for folder in folders for file in (ROOT / folder).rglob("*.*") if file.suffix in {".py", ".js"}
    ]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    asked, spelt = set(WHOLE.findall(source)), set(re.findall(r"[\w-]+", source))
    begun = {found for found in BEGUN.findall(source) if found not in asked or found.endswith(".")}

    def told(value: str) -> bool:
        halves = [(value[:at], value[at + 1 :]) for at, sign in enumerate(value) if sign == "_"]
        return value in spelt or any(a in spelt and b in spelt for a, b in halves)

    idle = [
        key
        for key in catalogue(Lang.ZH).keys() - asked
        if not any(key.startswith(start) and told(key.removeprefix(start)) for start in begun)
        and not key.startswith(TOLD_BY_OTHERS)
    ]
    assert idle == []


def test_places_are_filled() -> None:
    assert text(Lang.EN, "rank.page", **{"from": 1, "to": 14, "all": 33}) == "1–14 of 33"


def test_a_cookie_of_another_language_means_chinese() -> None:
    assert Lang.chosen("fr") is Lang.ZH
    assert Lang.chosen("en") is Lang.EN


def test_ids_are_defined_once() -> None:
    values = [value for name, value in vars(ids).items() if name.isupper()]
    assert len(values) == len(set(values))


def test_scripts_never_set_markup() -> None:
    banned = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
    found = [
        file.name
        for file in (ROOT / "assets" / "js").glob("*.js")
        if banned.search(file.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_styles_take_their_colours_from_the_tokens() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(")
    found = [
        f"{file.name}: {match}"
        for file in (ROOT / "assets" / "css").glob("*.css")
        if file.name != "tokens.css"
        for match in colour.findall(file.read_text(encoding="utf-8"))
    ]
    assert found == []
