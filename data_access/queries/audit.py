"""The record as the auditor reads it: searched, exported, and checked against its chain of hashes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, text

MOST = 1000
BATCH = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuestion:
    """What is searched for. `what` and `about` are beginnings; None: any. `before_id` pages on."""

    since: datetime | None = None
    until: datetime | None = None
    actor: str | None = None
    what: str | None = None
    about: str | None = None
    outcome: str | None = None
    before_id: int | None = None
    limit: int = 100

    def values(self) -> dict[str, object]:
        """Bound parameters of the search."""
        return {
            "since": self.since,
            "until": self.until,
            "actor": self.actor,
            "what": _beginning(self.what),
            "about": _beginning(self.about),
            "outcome": self.outcome,
            "before_id": self.before_id,
            "limit": max(1, min(self.limit, MOST)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """A line of the record. `text` is what was hashed, `hash` its place in the chain (hex)."""

    id: int
    seq: int
    at: datetime
    actor: str
    what: str
    about: str
    outcome: str
    address: str | None
    text: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What checking the chain found. `broken_at`: the first place where it does not hold; None: it holds.

    `pruned_through`: up to there lines were dropped as the policy says; `checked`: lines whose hash was computed.
    """

    checked: int
    pruned_through: int
    broken_at: int | None

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, added or taken away."""
        return self.broken_at is None


SEARCH = text("""
select a.id, c.seq, a.at, a.actor, a.what, a.about, a.outcome, a.address,
       board.audit_text(a) as text, encode(c.hash, 'hex') as hash
from board.audit a join board.audit_chain c on c.audit_id = a.id
where (cast(:since as timestamptz) is null or a.at >= :since)
  and (cast(:until as timestamptz) is null or a.at < :until)
  and (cast(:actor as text) is null or a.actor = :actor)
  and (cast(:what as text) is null or a.what like :what)
  and (cast(:about as text) is null or a.about like :about)
  and (cast(:outcome as text) is null or a.outcome = :outcome)
  and (cast(:before_id as bigint) is null or a.id < :before_id)
order by a.id desc limit :limit
""")
CHAIN = text("""
select c.seq, c.hash, case when a.id is null then null else board.audit_text(a) end as text
from board.audit_chain c left join board.audit a on a.id = c.audit_id
where c.seq > :after order by c.seq limit :batch
""")
PRUNED = text("""
select coalesce(max(about::bigint), 0) from board.audit where what = 'audit.pruned' and about ~ '^[0-9]{1,18}$'
""")
LOOSE = text("""
select count(*) from board.audit a where not exists (select from board.audit_chain c where c.audit_id = a.id)
""")


def search(conn: Connection, question: AuditQuestion) -> list[AuditRow]:
    """Lines that match, the newest first."""
    return [
        AuditRow(
            id=row.id,
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            what=row.what,
            about=row.about,
            outcome=row.outcome,
            address=row.address,
            text=row.text,
            hash=row.hash,
        )
        for row in conn.execute(SEARCH, question.values())
    ]


def verify(conn: Connection) -> Verdict:
    """Compute every hash anew. Lines without one, and gaps that no pruning explains, break the chain."""
    pruned = int(conn.execute(PRUNED).scalar_one())
    last, checked, expected = b"", 0, 1
    for seq, stored, line in _chain(conn):
        if seq != expected or (line is None and seq > pruned):
            return Verdict(checked=checked, pruned_through=pruned, broken_at=expected)
        if line is not None:
            checked += 1
            if sha256(last + line.encode()).digest() != stored:
                return Verdict(checked=checked, pruned_through=pruned, broken_at=seq)
        last, expected = stored, seq + 1
    broken = expected if conn.execute(LOOSE).scalar_one() or expected <= pruned else None
    return Verdict(checked=checked, pruned_through=pruned, broken_at=broken)


def _chain(conn: Connection) -> Iterator[tuple[int, bytes, str | None]]:
    after = 0
    while rows := conn.execute(CHAIN, {"after": after, "batch": BATCH}).all():
        for row in rows:
            yield row.seq, bytes(row.hash), row.text
        after = rows[-1].seq


def _beginning(text_: str | None) -> str | None:
    if text_ is None:
        return None
    return text_.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
