"""Lists on the command line: a header, then a line for each thing, cells apart by tabs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click

from dashboard.complaints import language


def plain(text: str) -> str:
    """A name that somebody wrote, without what would steer a terminal."""
    return "".join(letter for letter in text if letter.isprintable())


def say_lines(
    header: Mapping[str, Iterable[str]], lines: Iterable[Iterable[str]], none: Mapping[str, str]
) -> None:
    """The lines below their header; where there are none, the sentence that says so. By language."""
    written = ["\t".join(plain(cell) for cell in line) for line in lines]
    if not written:
        click.echo(none[language()])
        return
    click.echo("\t".join(header[language()]))
    for line in written:
        click.echo(line)
