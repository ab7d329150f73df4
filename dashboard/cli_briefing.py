"""`app.py briefing`: a briefing as a file, without a browser."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from dashboard.cli_settings import DATA_DIR, with_database
from dashboard.domain.policy import EVERYTHING, Role, Viewer
from dashboard.errors import DashboardError

BY: Final = Viewer(login="cli", name="", roles=frozenset({Role.ANALYST}), scope=EVERYTHING)


class OnePeriod(DashboardError):
    """Give one of --week, --month and --day."""

    zh = "请给出 --week、--month、--day 中的一个。"


@click.command()
@click.option("--region", help="Code of the district or a street; the district where it is left out.")
@click.option("--week", help="A week: 2026-W46.")
@click.option("--month", help="A month: 2026-11.")
@click.option("--day", help="A day: 2026-11-15.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The file: .pptx, .docx or .xlsx."
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@DATA_DIR
def briefing(
    region: str | None,
    week: str | None,
    month: str | None,
    day: str | None,
    out: Path,
    lang: str,
    data_dir: Path | None,
) -> None:
    """Make a briefing of a day, a week or a month as a file. Personal data are masked."""
    from dashboard.briefing.content import Cadence, Order
    from dashboard.briefing_desk import BriefingDesk
    from dashboard.briefing_files import bytes_of, form_of
    from dashboard.desk import Desk
    from dashboard.watermark import Watermark
    from data_access.engine import make_engine

    given = {Cadence.WEEKLY: week, Cadence.MONTHLY: month, Cadence.DAILY: day}
    asked = [(cadence, text) for cadence, text in given.items() if text is not None]
    if len(asked) != 1:
        raise OnePeriod
    form, settings = form_of(out), with_database(data_dir)

    def clock() -> datetime:
        return datetime.now(UTC)

    engine = make_engine(settings.database_url, pool_size=2, application="quanyu briefing")
    try:
        code = region or Desk(engine, clock).top(EVERYTHING) or ""
        order = Order(region=code, cadence=asked[0][0], day=asked[0][1], lang=lang)
        found = BriefingDesk(engine, clock).draft(BY, order)
        data = bytes_of(found, form, Watermark(engine, clock=clock).on_exports(BY))
    finally:
        engine.dispose()
    out.write_bytes(data)
    click.echo(f"{out}  {found.title}  {found.period}")
