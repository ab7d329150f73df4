"""Papers on their way to the departments: signed messages to each one's own address, tried until one is taken.

Owns what is sent, when it is tried again, and the record of every attempt. A delivery is claimed for a while in a
transaction of its own, sent outside of any, and then noted: any number of processes may do so, and where one dies
in between the message is sent once more, under the same number.
"""

from __future__ import annotations

import logging
import random
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
import psycopg

from dashboard.domain.messages import dump
from dashboard.domain.signing import headers
from dashboard.domain.supervision import PaperKind, paper_number
from dashboard.domain.terms import terms_from
from dashboard.errors import ConnectionFailed
from data_access.backoff import Backoff
from data_access.writes.session import writing

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
BATCH: Final = 20
IDLE_S: Final = 1.0
GRACE_S: Final = 2.0
TIMEOUT_S: Final = 10.0
LEASE: Final = timedelta(minutes=2)
"""Nobody else takes a claimed delivery before this has passed."""
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
MOST_ATTEMPTS: Final = 48
"""Nearly two days at the longest wait; then somebody has to look."""
GONE: Final = 410
LONGEST_ERROR: Final = 200

CLAIM: Final = """
with due as (
  select id from board.deliveries where state = 'pending' and next_at <= clock_timestamp()
  order by next_at limit %(batch)s for update skip locked
), claimed as (
  update board.deliveries v set attempts = v.attempts + 1, next_at = clock_timestamp() + %(lease)s
  from due where v.id = due.id
  returning v.id, v.attempts, v.supervision_id, v.webhook_id, v.body
)
select c.id, c.attempts, c.supervision_id, c.body, w.url, w.secret, w.revoked_at is not null
from claimed c join board.webhooks w on w.id = c.webhook_id order by c.id
"""

PAPER: Final = """
select s.id, s.kind, s.issued_at, s.due_at, s.reason, coalesce(s.details->>'name', s.actor), s.level, s.addressee,
       d.code, d.name, e.code, e.stage, e.severity, e.reported_at, e.due_at, c.code, c.name, r.code, r.name
from ops.supervision s
left join ops.departments d on d.id = s.department_id
left join ops.events e on e.id = s.event_id
left join ops.categories c on c.id = e.category_id
left join ops.regions r on r.id = coalesce(s.region_id, e.region_id)
where s.id = %s
"""

NOTED: Final = """
insert into board.delivery_attempts (delivery_id, number, at, elapsed_ms, status, error)
values (%(id)s, %(number)s, clock_timestamp() - make_interval(secs => %(elapsed_s)s), round(%(elapsed_s)s * 1000),
        %(status)s, %(error)s)
on conflict do nothing
"""

ENDED: Final = """
update board.deliveries set state = %(state)s, next_at = clock_timestamp() + %(wait)s,
  ended_at = case when %(state)s = 'pending' then null else clock_timestamp() end
where id = %(id)s and state = 'pending'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A claimed delivery: what to send where. `number`: of this attempt."""

    id: int
    number: int
    url: str
    secret: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an attempt. `status`: of the answer, None where there was none."""

    status: int | None
    error: str | None
    elapsed_s: float

    @property
    def taken(self) -> bool:
        """Whether the department has it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How soon and how often it is tried again."""

    first: timedelta = FIRST_WAIT
    longest: timedelta = LONGEST_WAIT
    most_attempts: int = MOST_ATTEMPTS
    timeout_s: float = TIMEOUT_S
    idle_s: float = IDLE_S


USUAL: Final = Pace()


@contextmanager
def delivering(database_url: str, stop: threading.Event, pace: Pace = USUAL) -> Iterator[None]:
    """While this is open, papers are delivered. At the end what is on its way is sent again later."""
    thread = threading.Thread(
        target=run_deliveries, args=(database_url, stop, pace), name="run_deliveries", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(pace.timeout_s + GRACE_S)


def run_deliveries(database_url: str, stop: threading.Event, pace: Pace = USUAL) -> None:
    """Deliver what is due, until `stop`; waits out a database that is away."""
    backoff = Backoff(first_s=0.5)
    with _client(pace) as client, ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivery") as pool:
        while not stop.is_set():
            try:
                sent = deliver_due(database_url, client, pool, pace)
                backoff.reset()
                if not sent:
                    stop.wait(pace.idle_s)
            except ConnectionFailed as error:
                log.warning(
                    "deliveries wait for the database", extra={"action": "deliver", "reason": str(error)}
                )
                backoff.wait(stop)
            except Exception as error:  # nobody else would begin again
                extra = {"action": "deliver", "error": type(error).__name__}
                fault = None if isinstance(error, psycopg.Error) else error  # it may quote rows
                log.error("deliveries failed; they are tried again", extra=extra, exc_info=fault)
                backoff.wait(stop)


def deliver_due(database_url: str, client: httpx.Client, pool: ThreadPoolExecutor, pace: Pace) -> int:
    """Send what is due now, at most a batch; how many."""
    with writing(database_url, "deliveries") as connection:
        messages = claim(connection)
    if not messages:
        return 0
    outcomes = list(pool.map(lambda message: send(client, message), messages))
    with writing(database_url, "deliveries") as connection:
        for message, outcome in zip(messages, outcomes, strict=True):
            record(connection, message, outcome, pace)
    return len(messages)


def claim(connection: psycopg.Connection[Any]) -> list[Message]:
    """Take what is due, so that nobody else does for a while. What has no address any more is cancelled."""
    found = []
    zone: ZoneInfo | None = None
    rows = connection.execute(CLAIM, {"batch": BATCH, "lease": LEASE}).fetchall()
    for id_, number, supervision_id, body, url, secret, revoked in rows:
        if revoked:
            connection.execute(ENDED, {"id": id_, "state": "cancelled", "wait": timedelta(0)})
            continue
        if body is None:
            zone = zone or _zone(connection)
            body = _body(connection, id_, supervision_id, zone)  # noqa: PLW2901 - sent alike ever after
            connection.execute("update board.deliveries set body = %s where id = %s", (body, id_))
        found.append(Message(id=id_, number=number, url=url, secret=secret, body=body))
    return found


def send(client: httpx.Client, message: Message) -> Outcome:
    """One attempt. Only the status of the answer matters: its body is not read."""
    body = message.body.encode()
    begun = time.monotonic()
    status: int | None = None
    error: str | None = None
    try:
        signed = headers(message.secret, int(time.time()), body, message.id)
        with client.stream("POST", message.url, content=body, headers=signed) as answer:
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as failure:
        error = f"{type(failure).__name__}: {failure}"[:LONGEST_ERROR]
    return Outcome(status=status, error=error, elapsed_s=time.monotonic() - begun)


def record(
    connection: psycopg.Connection[Any], message: Message, outcome: Outcome, pace: Pace = USUAL
) -> None:
    """Put an attempt on record, and what follows from it."""
    attempt = {
        "id": message.id,
        "number": message.number,
        "elapsed_s": round(outcome.elapsed_s, 3),
        "status": outcome.status,
        "error": outcome.error,
    }
    connection.execute(NOTED, attempt)
    given_up = message.number >= pace.most_attempts or outcome.status == GONE
    state = "delivered" if outcome.taken else "failed" if given_up else "pending"
    wait = wait_after(message.number, pace)
    connection.execute(ENDED, {"id": message.id, "state": state, "wait": wait})
    facts = {"action": "deliver", "delivery": message.id, "attempt": message.number, "status": outcome.status}
    if state == "failed":
        log.error("a delivery was given up", extra=facts)
    else:
        log.info("a delivery was tried", extra={**facts, "state": state})


def wait_after(number: int, pace: Pace = USUAL) -> timedelta:
    """How long to wait after the attempt of that number: doubling, capped, spread by a fifth."""
    doubled = pace.first * (1 << min(number - 1, 30))
    spread: float = random.uniform(0.8, 1.2)  # noqa: S311 - spreads attempts, guards nothing
    return min(doubled, pace.longest) * spread


def _client(pace: Pace) -> httpx.Client:
    """Asks the machine's own authorities, follows nobody elsewhere, and takes no proxy from the environment."""
    return httpx.Client(
        timeout=pace.timeout_s, verify=ssl.create_default_context(), trust_env=False, follow_redirects=False
    )


def _zone(connection: psycopg.Connection[Any]) -> ZoneInfo:
    return terms_from(dict(connection.execute("select key, value from board.settings").fetchall())).zone


def _body(connection: psycopg.Connection[Any], delivery_id: int, supervision_id: int, zone: ZoneInfo) -> str:
    """The message about a paper. It tells of nobody who reported anything."""
    row = connection.execute(PAPER, (supervision_id,)).fetchone()
    assert row is not None
    kind = PaperKind(row[1])
    event = None
    if row[10] is not None:
        event = {
            "code": row[10],
            "stage": row[11],
            "severity": row[12],
            "reported_at": _iso(row[13], zone),
            "due_at": _iso(row[14], zone),
            "category": {"code": row[15], "name": row[16]},
        }
    return dump(
        {
            "delivery": delivery_id,
            "kind": kind,
            "number": paper_number(kind, row[0], row[2], zone),
            "issued_at": _iso(row[2], zone),
            "due_at": _iso(row[3], zone),
            "reason": row[4],
            "issued_by": row[5],
            "level": row[6],
            "addressee": row[7],
            "department": {"code": row[8], "name": row[9]},
            "region": {"code": row[17], "name": row[18]} if row[17] else None,
            "event": event,
        }
    )


def _iso(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")
