"""The command line. Each command reads the settings and hands over to the part that does the work."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashboard.cli_briefing import briefing
from dashboard.cli_departments import department
from dashboard.cli_import import import_
from dashboard.cli_rota import rota
from dashboard.cli_rules import rules
from dashboard.cli_settings import DATA_DIR, with_database, with_servers
from dashboard.cli_tokens import token
from dashboard.cli_users import kiosk, user
from dashboard.complaints import sentence_for
from dashboard.config import Settings, load_settings
from dashboard.logs import log_to_the_terminal

if TYPE_CHECKING:
    from data_access.work import Job


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
@click.option(
    "--profile", help="The district: pidu (default), dongguan, haimen, quanshan, xuzhou_yibin, or empty."
)
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
    """Everything on this machine, with a district that lives.

    Servers, the district's history, a feed as from field systems, and the wall."""
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
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on (8808).")
@DATA_DIR
def jt808(host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Take positions of JT/T 808 vehicle terminals over TCP."""
    settings = _started(with_database(data_dir))
    given = {"host": host, "jt808_port": port}
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    from dashboard.reception.terminals import run_terminals

    run_terminals(settings, _stopper())


@commands.command()
@DATA_DIR
def work(data_dir: Path | None) -> None:
    """Timed jobs (partitions, retention, escalation, scheduled briefings), imports, files that people asked for, and
    papers on their way to departments."""
    settings = _started(with_database(data_dir))
    from dashboard.file_runs import Makers, making_files
    from dashboard.import_runs import Place, importing
    from data_access.audit_retention import audit_retention
    from data_access.deliveries import delivering
    from data_access.work import JOBS, run_work

    stop = _stopper()
    url = settings.database_url
    place = Place(database_url=url, folder=settings.uploads)
    makers = Makers(database_url=url, folder=settings.files, demo=settings.sign_in == "demo")
    with importing(place, stop), delivering(url, stop), making_files(makers, stop):
        run_work(url, stop, jobs=(*JOBS, audit_retention(settings.audit_days), *_scheduled(settings)))


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


commands.add_command(briefing)
commands.add_command(department)
commands.add_command(import_)
commands.add_command(rota)
commands.add_command(rules)
commands.add_command(token)
commands.add_command(user)
commands.add_command(kiosk)


@commands.command()
@DATA_DIR
def doctor(data_dir: Path | None) -> None:
    """Say what is wrong with this set-up."""
    from dashboard.doctor import examine

    findings = examine(with_servers(data_dir))
    for finding in findings:
        click.echo(f"{'ok ' if finding.good else '!! '} {finding.text}")
    sys.exit(0 if all(finding.good for finding in findings) else 1)


def _scheduled(settings: Settings) -> list[Job]:
    """The job of briefings, where the settings name a folder for them."""
    if settings.briefing_folder is None:
        return []
    from dashboard.briefing.content import Cadence
    from dashboard.briefing_schedule import Schedule, briefing_schedule

    schedule = Schedule(
        folder=settings.briefing_folder,
        cadences=tuple(Cadence(one) for one in settings.briefing_cadences),
        forms=settings.briefing_forms,
        regions=settings.briefing_regions,
        hour=settings.briefing_hour,
    )
    return [briefing_schedule(settings.database_url, schedule)]


def _started(settings: Settings) -> Settings:
    """Settings of a process that runs for long: from here on it logs."""
    log_to_the_terminal(settings.log_level)
    return settings


def _stopper() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
