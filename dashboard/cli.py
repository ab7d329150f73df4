"""The command line. Each command reads the settings and hands over to the part that does the work."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from dashboard.cli_settings import DATA_DIR, with_database, with_servers
from dashboard.cli_tokens import token
from dashboard.complaints import language, sentence_for
from dashboard.config import Settings, load_settings
from dashboard.logs import FactsFormatter


def main() -> None:
    """Run the command line. A foreseen failure is one sentence on stderr and code 1, never a traceback."""
    try:
        commands.main(prog_name="app.py", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def commands() -> None:
    """Quanyu: one screen sees the whole district."""


@commands.command()
@click.option("--profile", help="The district: pidu (default), dongguan, ... or empty.")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on (8050).")
@DATA_DIR
@click.option(
    "--speed", type=click.FloatRange(0.01, 600), default=1.0, show_default=True, help="Pace of the feed."
)
@click.option("--reset", is_flag=True, help="Throw the data away and begin again.")
@click.option("--no-feed", is_flag=True, help="Do not simulate field systems.")
@click.option("--replay", is_flag=True, help="The feed re-times imported events and tracks to now.")
def demo(
    profile: str | None,
    host: str | None,
    port: int | None,
    data_dir: Path | None,
    speed: float,
    reset: bool,
    no_feed: bool,
    replay: bool,
) -> None:
    """Everything on this machine: servers, a district, its history, a live feed and the wall."""
    settings = load_settings(host=host, port=port, data_dir=data_dir)
    from dashboard.runtime import Demo, Wishes

    Demo(settings, Wishes(profile=profile, speed=speed, reset=reset, feed=not no_feed, replay=replay)).run()


@commands.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on (8050).")
@click.option("--workers", type=int, help="Web processes.")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Web processes against QUANYU_DATABASE_URL and QUANYU_REDIS_URL."""
    settings = _started(load_settings(host=host, port=port, workers=workers).require_servers())
    from dashboard.asgi import serve as serve_web

    serve_web(settings)


@commands.command()
def relay() -> None:
    """Outbox and positions to Redis. A second one waits as standby."""
    settings = _started(load_settings().require_servers())
    from dashboard.relay import run_relay

    run_relay(settings.database_url, settings.redis_url, _stopper())


@commands.command()
@DATA_DIR
def work(data_dir: Path | None) -> None:
    """Timed jobs (partitions, retention, escalation), and the imports that people bring to the page."""
    settings = _started(with_database(data_dir))
    from dashboard.import_runs import Place, importing
    from data_access.work import run_work

    stop = _stopper()
    with importing(Place(database_url=settings.database_url, folder=settings.uploads), stop):
        run_work(settings.database_url, stop)


@commands.command()
@click.option("--profile", default="pidu", show_default=True, help="Which district's habits.")
@click.option("--speed", type=click.FloatRange(0.01, 600), default=1.0, show_default=True)
@click.option("--replay", is_flag=True, help="Re-time imported events and tracks to now.")
@DATA_DIR
def simulate(profile: str, speed: float, replay: bool, data_dir: Path | None) -> None:
    """Write to the operational tables as field systems would."""
    settings = _started(with_database(data_dir))
    from dashboard.simulation import run

    run(settings.database_url, profile=profile, speed=speed, replay=replay, stop=_stopper())


@commands.command(hidden=True)
@click.option("--profile", required=True)
def seed(profile: str) -> None:
    """Make a district and its history in an empty database."""
    settings = _started(with_database(None))
    from dashboard.simulation import seed as seed_district

    seed_district(settings.database_url, profile)


@commands.command()
@DATA_DIR
def migrate(data_dir: Path | None) -> None:
    """Bring the schema to its newest version."""
    settings = with_database(data_dir)
    from data_access.schema import migrate as migrate_schema

    migrate_schema(settings.database_url)
    click.echo("The schema is up to date.")


@commands.command("import")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Which column means what (TOML).",
)
@click.option("--check", is_flag=True, help="Only say what would happen.")
@click.option("--all-or-nothing", is_flag=True, help="Write nothing if a single row is rejected.")
@click.option("--valid-from", metavar="DATE", help="Regions: when these boundaries begin to apply.")
@click.option("--crs", default="", help="The file's coordinates: GCJ-02, BD-09, EPSG:4547, ...")
@click.option("--layer", default="", help="The layer or sheet of the file.")
@click.option(
    "--squares",
    type=click.IntRange(min=1),
    metavar="METRES",
    help="Regions: make a square grid around the data.",
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the report.")
@click.option(
    "--rejected", type=click.Path(dir_okay=False, path_type=Path), help="Write the refused rows there as CSV."
)
@DATA_DIR
def import_(
    kind: str,
    file: Path,
    mapping: Path | None,
    check: bool,
    all_or_nothing: bool,
    valid_from: str | None,
    crs: str,
    layer: str,
    squares: int | None,
    lang: str | None,
    rejected: Path | None,
    data_dir: Path | None,
) -> None:
    """Bring your own data: regions, categories, departments, workers, events, positions, ... from FILE."""
    settings = with_database(data_dir)
    from dashboard.ingest import run_import

    lang = lang or language()
    with _progress(lang) as progress:
        report = run_import(
            settings.database_url,
            kind,
            file,
            mapping=mapping,
            check=check,
            all_or_nothing=all_or_nothing,
            valid_from=valid_from,
            crs=crs,
            layer=layer,
            squares_m=squares,
            lang=lang,
            progress=progress,
        )
    click.echo(report.text(lang))
    if rejected is not None:
        rejected.write_text(report.csv(lang), encoding="utf-8")
    sys.exit(report.exit_code)


@contextmanager
def _progress(lang: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """A bar of rows on the terminal; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    label = "读取" if lang == "zh" else "Reading"
    with click.progressbar(length=1, label=label, file=sys.stderr, show_pos=True) as bar:

        def show(read: int, total: int | None) -> None:
            bar.length = max(total or read, 1)
            bar.update(read - bar.pos)
            if total is not None and read >= total:
                bar.label = "写入" if lang == "zh" else "Writing"
                bar.render_progress()

        yield show


commands.add_command(token)


@commands.command()
@DATA_DIR
def doctor(data_dir: Path | None) -> None:
    """Say what is wrong with this set-up."""
    from dashboard.doctor import examine

    findings = examine(with_servers(data_dir))
    for finding in findings:
        click.echo(f"{'ok ' if finding.good else '!! '} {finding.text}")
    sys.exit(0 if all(finding.good for finding in findings) else 1)


def _started(settings: Settings) -> Settings:
    """Settings of a process that runs for long: from here on it logs."""
    handler = logging.StreamHandler()
    handler.setFormatter(FactsFormatter())
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
    return settings


def _stopper() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
