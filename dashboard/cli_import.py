"""`import KIND FILE`: a district's own files on the command line. Owns asking about guessed columns, and the bar
of rows; leaves the import to `dashboard.ingest`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashboard.cli_settings import DATA_DIR, with_database
from dashboard.complaints import language
from dashboard.domain.model import Level

if TYPE_CHECKING:
    from dashboard.ingest.headers import Guess
    from dashboard.ingest.mapping import Mapping

SAMPLE_ROWS = 50
WORDS = {
    "columns": ("从表头认出的列：", "Columns recognised by the header:"),
    "likely": ("（可能）", " (likely)"),
    "formats": ("时间写法（可能）：", "times are written (likely): "),
    "unused": ("未用的列：", "not used: "),
    "ask": ("按此导入？", "Import like this?"),
    "doubt": (
        "表头只能部分确定，未导入。加 --yes 按此导入，或用 --write-mapping M.toml 写出映射，改好后用 --mapping 给出。",
        (
            "The header is not certain, and nothing was imported. Take it with --yes, or write it down with "
            "--write-mapping M.toml, correct that and give it with --mapping."
        ),
    ),
    "written": ("映射已写入 ", "The mapping is in "),
    "reading": ("读取", "Reading"),
    "writing": ("写入", "Writing"),
}


@click.command("import")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Which column means what (TOML).",
)
@click.option("--yes", is_flag=True, help="Take the columns as they were guessed.")
@click.option(
    "--write-mapping",
    type=click.Path(exists=False, dir_okay=False, path_type=Path),
    metavar="M.toml",
    help="Only write the guessed mapping there.",
)
@click.option("--check", is_flag=True, help="Only say what would happen.")
@click.option("--all-or-nothing", is_flag=True, help="Write nothing if a single row is rejected.")
@click.option("--level", type=click.Choice([str(one) for one in Level]), help="Regions: the level of all.")
@click.option("--valid-from", metavar="DATE", help="Regions: when these boundaries begin to apply.")
@click.option("--crs", default="", help="The file's coordinates: GCJ-02, BD-09, EPSG:4547, ...")
@click.option("--layer", default="", help="The layer or sheet of the file.")
@click.option("--only", multiple=True, metavar="COLUMN=VALUE", help="Only the rows that say so.")
@click.option(
    "--squares",
    type=click.IntRange(min=1),
    metavar="METRES",
    help="Regions: make a square grid around the data.",
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the report.")
@click.option(
    "--rejected", type=click.Path(dir_okay=False, path_type=Path), help="Write all findings there as CSV."
)
@DATA_DIR
def import_(
    kind: str,
    file: Path,
    mapping: Path | None,
    yes: bool,
    write_mapping: Path | None,
    check: bool,
    all_or_nothing: bool,
    level: str | None,
    valid_from: str | None,
    crs: str,
    layer: str,
    only: tuple[str, ...],
    squares: int | None,
    lang: str | None,
    rejected: Path | None,
    data_dir: Path | None,
) -> None:
    """Bring your own data of one KIND from FILE.

    KIND: regions, overlays, categories, departments, workers, shifts, events, feedback, stats, positions.
    """
    lang = lang or language()
    guess = None if mapping or squares else _guess(kind, file, crs, layer)
    if write_mapping is not None and guess is not None:
        _write(guess, write_mapping, lang)
        return
    settings = with_database(data_dir)
    from dashboard.ingest import run_import

    with _progress(lang) as progress:
        report = run_import(
            settings.database_url,
            kind,
            file,
            mapping=mapping if guess is None else _confirmed(guess, level, lang, yes=yes),
            check=check,
            all_or_nothing=all_or_nothing,
            valid_from=valid_from,
            crs=crs,
            layer=layer,
            only=_pairs(only),
            squares_m=squares,
            lang=lang,
            progress=progress,
        )
    click.echo(report.text(lang, width=shutil.get_terminal_size((120, 24)).columns))
    if rejected is not None:
        with rejected.open("w", encoding="utf-8", newline="") as out:
            out.writelines(report.csv_lines(lang))
    sys.exit(report.exit_code)


def _pairs(only: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(one.partition("=")[::2] for one in only)
    if any("=" not in one for one in only):
        raise click.UsageError("--only takes COLUMN=VALUE.")
    return pairs


def _guess(kind: str, file: Path, crs: str, layer: str) -> Guess | None:
    """What the columns seem to hold; None where there is no such kind, which the import says better."""
    from dashboard.ingest.files import Record, open_table, with_points
    from dashboard.ingest.headers import guess
    from dashboard.ingest.mapping import FIELDS, FileRules

    if kind not in FIELDS:
        return None
    with open_table(file, FileRules(crs=crs, layer=layer)) as opened:
        table = opened if kind == "regions" else with_points(opened)
        rows = [row.values for row in islice(table.rows, SAMPLE_ROWS) if isinstance(row, Record)]
        return guess(kind, table.columns, rows)


def _confirmed(guess: Guess, level: str | None, lang: str, *, yes: bool) -> Mapping:
    """The guess as a mapping, once somebody said that it is right, where it is not certain."""
    if level is not None:
        guess = replace(guess, missing=tuple(name for name in guess.missing if name != "level"))
    mapping = guess.mapping()
    if level is not None:
        mapping = replace(mapping, level=level)
    if guess.certain or yes:
        return mapping
    click.echo("\n".join(_lines(guess, lang)), err=True)
    if not sys.stdin.isatty():
        raise click.ClickException(_word("doubt", lang))
    if not click.confirm(_word("ask", lang), err=True):
        raise click.Abort
    return mapping


def _lines(guess: Guess, lang: str) -> Iterator[str]:
    yield _word("columns", lang)
    levels = {f"category {place}": match for place, match in enumerate(guess.levels, start=1)}
    for name, match in {**guess.fields, **levels, **guess.figures}.items():
        yield f"  {name:<14} ← {match.column}{_word('likely', lang) if match.confidence == 'likely' else ''}"
    if guess.formats:
        yield "  " + _word("formats", lang) + ", ".join(guess.formats)
    if guess.unmatched:
        yield "  " + _word("unused", lang) + ", ".join(guess.unmatched)


def _write(guess: Guess, place: Path, lang: str) -> None:
    from dashboard.ingest.headers import mapping_text

    try:
        with place.open("x", encoding="utf-8") as out:
            out.write(mapping_text(guess))
    except OSError as error:
        raise click.FileError(str(place), error.strerror or str(error)) from error
    click.echo(f"{_word('written', lang)}{place}")


def _word(key: str, lang: str) -> str:
    zh, en = WORDS[key]
    return zh if lang == "zh" else en


@contextmanager
def _progress(lang: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """A bar of rows on the terminal; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=_word("reading", lang), file=sys.stderr, show_pos=True) as bar:

        def show(read: int, total: int | None) -> None:
            bar.length = max(total or read, 1)
            bar.update(read - bar.pos)
            if total is not None and read >= total:
                bar.label = _word("writing", lang)
                bar.render_progress()

        yield show
